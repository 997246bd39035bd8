//! Collects the secrets of a run from what was typed, before anything is written.
//!
//! Every value gets a mark that is written instead of it: a keyed hash, so that equal values have
//! equal marks in all recordings of one user. The key never leaves the user's state directory, so
//! no other user can find a value by trying.

mod hash_key;
mod values;

use model::secrets::{HIDDEN, Secrets};
use model::target::{Header, Request, Target};

use crate::arguments::{RequestArguments, RunArguments};
use crate::headers;
use crate::hosts::HostArguments;

pub(crate) use hash_key::HashKey;

/// The options of commands whose next word is a secret: curl's and wget's.
const SECRET_OPTIONS: [&str; 8] =
    ["-u", "--user", "-U", "--proxy-user", "--oauth2-bearer", "-b", "--cookie", "--http-password"];

/// Whether a recorded target lacks secrets that it was sent with.
pub(crate) fn has_hidden(target: &Target) -> bool {
    let is_hidden = |text: &String| text.contains(HIDDEN);
    let in_request =
        |request: Request| is_hidden(&request.url) || request.body.as_ref().is_some_and(is_hidden);
    target.headers.iter().map(|header| &header.value).chain(&target.userinfo).any(is_hidden)
        || target.requests.iter().any(in_request)
}

/// The secrets of a run, while they are collected.
#[derive(Debug, Default)]
pub struct SecretCollector {
    secrets: Secrets,
    /// Read when the first secret is found.
    key: Option<HashKey>,
}

impl SecretCollector {
    /// The secrets in the arguments of a run.
    pub fn of_run(arguments: &RunArguments) -> Self {
        let mut collector = Self::default();
        collector.add_run(arguments);
        collector
    }

    /// The secrets in the commands of these arguments.
    pub fn of_hosts(arguments: &HostArguments) -> Self {
        let mut collector = Self::default();
        collector.add_commands(arguments);
        collector
    }

    /// What was collected.
    pub const fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    fn add_run(&mut self, arguments: &RunArguments) {
        let RequestArguments { headers, data, data_raw, json_body, secrets, .. } =
            &arguments.request;
        self.secrets = Secrets::named(secrets.clone());
        self.add_headers(&headers::read_possible(headers));
        arguments.urls.iter().for_each(|url| self.add_url(url));
        data.iter().chain(data_raw).chain(json_body).for_each(|body| self.add_body(body));
        self.add_commands(&arguments.hosts);
    }

    /// Adds the secrets of what is sent: files may have added URLs and a body.
    pub fn add_target(&mut self, target: &Target) {
        self.add_headers(&target.headers);
        target.userinfo.iter().for_each(|userinfo| self.add_all(values::of_userinfo(userinfo)));
        for request in target.requests.iter() {
            self.add_url(&request.url);
        }
        // All requests have the same body.
        if let Some(body) = target.requests.first().and_then(|request| request.body) {
            self.add_body(&body);
        }
    }

    fn add_headers(&mut self, headers: &[Header]) {
        for Header { name, value } in headers {
            if self.secrets.is_secret_name(name) {
                self.add_all(values::of_header(name, value));
            }
            // A URL or a form may be a header's value.
            self.add_url(value);
        }
    }

    fn add_url(&mut self, url: &str) {
        let found = values::of_url(url, |name| self.secrets.is_secret_name(name));
        self.add_all(found);
    }

    fn add_body(&mut self, body: &str) {
        let found = values::of_body(body, |name| self.secrets.is_secret_name(name));
        self.add_all(found);
    }

    fn add_commands(&mut self, arguments: &HostArguments) {
        for text in arguments.commands.iter().chain(&arguments.nulls) {
            let line = text.split_once('=').map_or(text.as_str(), |(_name, line)| line);
            let words = shell_words::split(line)
                .unwrap_or_else(|_| line.split_whitespace().map(str::to_owned).collect());
            self.add_command(&words);
        }
    }

    fn add_command(&mut self, words: &[String]) {
        let mut option = "";
        for word in words {
            if SECRET_OPTIONS.contains(&option) {
                self.add_all(values::of_userinfo(word));
            } else if option.starts_with('-') && self.secrets.is_secret_name(option) {
                self.add(word);
            }
            if let Some((name, value)) = word.split_once(':') {
                self.add_headers(&[Header {
                    name: name.to_owned(),
                    value: value.trim().to_owned(),
                }]);
            }
            self.add_url(word);
            self.add_body(word);
            option = word;
        }
    }

    fn add_all(&mut self, values: Vec<String>) {
        values.iter().for_each(|value| self.add(value));
    }

    fn add(&mut self, value: &str) {
        let key = self.key.get_or_insert_with(HashKey::of_user);
        let mark = format!("{HIDDEN}{}", key.tag(value));
        self.secrets.add(value, &mark);
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    fn hidden(words: &[&str], text: &str) -> String {
        let words = ["batchmark"].iter().chain(words);
        let arguments = crate::arguments::Arguments::try_parse_from(words).expect("parses").run;
        let mut collector = SecretCollector { key: Some(HashKey::fixed()), ..Default::default() };
        collector.add_run(&arguments);
        collector.secrets.hide(text).into_owned()
    }

    #[test]
    fn hides_what_headers_urls_bodies_and_commands_contain() {
        for (words, secret) in [
            (&["-H", "Authorization: Bearer abcdefgh"][..], "abcdefgh"),
            (&["-H", "Authorization: Basic dXNlcjpzd29yZGZpc2g="], "swordfish"),
            (&["-H", "Cookie: a=1; session=abcdefgh"], "abcdefgh"),
            (&["-H", "X-Mine: abcdefgh", "--secret", "x-mine"], "abcdefgh"),
            (&["http://user:sword%66ish@h/"], "swordfish"),
            (&["http://user:swordfish@h/"], "dXNlcjpzd29yZGZpc2g="),
            (&["http://abcdefgh@h/"], "abcdefgh"),
            (&["http://h/?a=1&api_key=abc%20defgh"], "abc defgh"),
            (&["http://h/?mine=abcdefgh", "--secret", "mine"], "abcdefgh"),
            (&["-d", "a=1&password=abcdefgh"], "abcdefgh"),
            (&["-d", "{\"a\":[{\"password\":\"abc\\\"defgh\"}]}"], "abc\"defgh"),
            (&["--command", "c=curl -H 'X-Api-Key: abcdefgh' {urls}"], "abcdefgh"),
            (&["--command", "c=curl -u user:swordfish {urls}"], "swordfish"),
            (&["--command", "c=x --token abcdefgh {urls}"], "abcdefgh"),
            (&["--command", "c=x --token=abcdefgh {urls}"], "abcdefgh"),
            (&["--command", "c=env TOKEN=abcdefgh x {urls}"], "abcdefgh"),
        ] {
            let shown = hidden(words, &format!("= {secret} ="));
            assert!(shown.starts_with("= ***") && !shown.contains(secret), "{words:?}: {shown}");
        }
        assert_eq!(
            hidden(&["-H", "Accept: abcdefgh", "http://h/?q=abcdefgh"], "abcdefgh"),
            "abcdefgh"
        );
    }

    #[test]
    fn gives_equal_values_equal_marks() {
        let mark = |value: &str| hidden(&["-H", &format!("X-Api-Key: {value}")], value);
        assert_eq!(mark("abcdefgh"), mark("abcdefgh"));
        assert_ne!(mark("abcdefgh"), mark("abcdefgi"));
    }
}
