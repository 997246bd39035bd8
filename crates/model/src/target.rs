//! What is fetched, from which server, and which responses are accepted.

mod requests;

use std::borrow::Cow;
use std::path::PathBuf;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::packed::rows::Rows;
use crate::time::Span;

pub use requests::Requests;

/// The requests of all batches, and what they have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The requests; a batch of n makes the first n.
    pub requests: Requests,
    /// The user name and password that the URLs were given with, percent-encoded, if they were. The
    /// URLs lack them, and `headers` holds them. Code that gets only URLs needs them in there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo: Option<String>,
    /// Headers of every request, in addition to the client's own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub headers: Vec<Header>,
    /// Whose certificates are trusted.
    pub trust: Trust,
    /// The checks of every response.
    pub checks: Checks,
    /// The time limit of a trial, in nanoseconds.
    pub time_limit: Span,
}

/// A target as recordings hold it: with its requests packed where they are many. Drivers get them one by one.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "RecordedTarget")]
pub(crate) struct RecordedTarget<'a> {
    /// The requests; a batch of n makes the first n.
    #[serde(serialize_with = "Requests::serialize_packed")]
    #[schemars(with = "Rows<Request>")]
    requests: &'a Requests,
    /// The user name and password that the URLs were given with, percent-encoded, if they were.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    userinfo: Option<&'a str>,
    /// Headers of every request, in addition to the client's own.
    #[serde(skip_serializing_if = "<[Header]>::is_empty")]
    #[schemars(with = "Option<Vec<Header>>")]
    headers: &'a [Header],
    /// Whose certificates are trusted.
    trust: &'a Trust,
    /// The checks of every response.
    checks: &'a Checks,
    /// The time limit of a trial, in nanoseconds.
    time_limit: Span,
}

impl RecordedTarget<'_> {
    /// Writes a target as recordings hold it.
    pub(crate) fn serialize<S: Serializer>(target: &Target, into: S) -> Result<S::Ok, S::Error> {
        let Target { requests, userinfo, headers, trust, checks, time_limit } = target;
        let (time_limit, userinfo) = (*time_limit, userinfo.as_deref());
        let recorded = RecordedTarget { requests, userinfo, headers, trust, checks, time_limit };
        Serialize::serialize(&recorded, into)
    }
}

/// The name of the header that a user name and password are sent in.
const AUTHORIZATION: &str = "Authorization";

impl Target {
    /// The target with a user name and password, which every client sends as curl does: as `Basic`,
    /// unless there is a header `Authorization` already.
    #[must_use]
    pub fn with_userinfo(mut self, userinfo: Option<String>) -> Self {
        let is_given = self.headers.iter().any(is_authorization);
        if let Some(userinfo) = userinfo.as_deref().filter(|_| !is_given) {
            let name = AUTHORIZATION.to_owned();
            self.headers.push(Header { name, value: basic(userinfo) });
        }
        Self { userinfo, ..self }
    }

    /// The headers that a client must be given even if its URLs contain the user name and password.
    pub fn headers_beside_userinfo(&self) -> impl Iterator<Item = &Header> {
        let made = self.userinfo.as_deref().map(basic);
        let is_made = move |header: &&Header| {
            is_authorization(header) && made.as_ref() == Some(&header.value)
        };
        self.headers.iter().filter(move |header| !is_made(header))
    }

    /// The URL of a request with the user name and password, for code that gets only URLs.
    pub fn url_with_userinfo(&self, request: &Request) -> String {
        match (&self.userinfo, request.url.split_once("://")) {
            (Some(userinfo), Some((scheme, rest))) => format!("{scheme}://{userinfo}@{rest}"),
            _ => request.url.clone(),
        }
    }
}

fn is_authorization(header: &Header) -> bool {
    header.name.eq_ignore_ascii_case(AUTHORIZATION)
}

/// The header's value for a percent-encoded user name and password (RFC 7617).
fn basic(userinfo: &str) -> String {
    let (user, password) = userinfo.split_once(':').unwrap_or((userinfo, ""));
    let pair = [percent_decoded(user), b":".to_vec(), percent_decoded(password)].concat();
    format!("Basic {}", STANDARD.encode(pair))
}

/// The bytes of a percent-encoded text.
pub fn percent_decoded(text: &str) -> Vec<u8> {
    let mut decoded = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        let byte = encoded_byte(rest);
        rest = if byte.is_some() { &rest[3..] } else { after };
        decoded.push(byte.unwrap_or(first));
    }
    decoded
}

/// The byte that `%41` at the start of a text means.
pub fn encoded_byte(text: &[u8]) -> Option<u8> {
    let [b'%', high, low, ..] = text else { return None };
    let digit = |byte: u8| char::from(byte).to_digit(16);
    u8::try_from(digit(*high)? * 16 + digit(*low)?).ok()
}

/// One HTTP request to make.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Request {
    /// The method, such as `GET`.
    pub method: String,
    /// The absolute `http` or `https` URL.
    pub url: String,
    /// The body, if the request has one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub body: Option<String>,
}

impl Request {
    /// The path for the server: the URL without scheme, authority and fragment.
    pub fn path(&self) -> Cow<'_, str> {
        let after = self.url.split_once("://").map_or(&*self.url, |(_scheme, after)| after);
        let after = after.split_once('#').map_or(after, |(before, _fragment)| before);
        match after.find(['/', '?']).map(|place| &after[place..]) {
            Some(path) if path.starts_with('/') => Cow::Borrowed(path),
            query => Cow::Owned(format!("/{}", query.unwrap_or_default())),
        }
    }
}

/// The server that a URL names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Server<'a> {
    /// Its name or address, an IPv6 address without brackets.
    pub host: &'a str,
    /// Its port, or the default port of the scheme.
    pub port: u16,
}

impl Request {
    /// The server of the URL; nothing where it has no host or no valid port.
    pub fn server(&self) -> Option<Server<'_>> {
        let (scheme, after) = self.url.split_once("://")?;
        let authority = after.split(['/', '?', '#']).next()?;
        let bare = authority.rsplit_once('@').map_or(authority, |(_userinfo, bare)| bare);
        let end = bare.find(']').unwrap_or_default();
        let (host, port) = match bare[end..].rfind(':') {
            Some(colon) => (&bare[..end + colon], bare[end + colon + 1..].parse().ok()?),
            None => (bare, if scheme.eq_ignore_ascii_case("https") { 443 } else { 80 }),
        };
        let host = host.trim_start_matches('[').trim_end_matches(']');
        (!host.is_empty()).then_some(Server { host, port })
    }
}

/// A header of a request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Header {
    /// The header's name.
    pub name: String,
    /// The header's value.
    pub value: String,
}

/// Whose certificates are trusted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "roots", rename_all = "snake_case")]
pub enum Trust {
    /// The client's own default.
    Default,
    /// The certificates of a PEM file instead of the default.
    File {
        /// The file's path.
        path: PathBuf,
    },
    /// The certificates of a PEM file in addition to the client's own default.
    Added {
        /// The file's path.
        path: PathBuf,
    },
    /// Any certificate: certificates are not verified.
    Anyone,
}

/// The checks of a response.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Checks {
    /// The accepted statuses.
    pub statuses: Vec<u16>,
    /// The minimum size of the body, in bytes.
    pub min_bytes: u64,
}

impl Checks {
    /// The minimum size of a JSON body with content: more than `{}`.
    pub const MORE_THAN_EMPTY: u64 = 3;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn target(header: Option<&str>) -> Target {
        let name = || "authorization".to_owned();
        let header = header.map(|value| Header { name: name(), value: value.to_owned() });
        Target {
            requests: vec![Request { method: "GET".into(), url: "http://h/a".into(), body: None }]
                .into(),
            userinfo: None,
            headers: header.into_iter().collect(),
            trust: Trust::Default,
            checks: Checks { statuses: vec![200], min_bytes: 0 },
            time_limit: Span::from_secs(1),
        }
    }

    #[test]
    fn sends_a_user_name_and_password_as_basic() {
        let with = |userinfo: &str| target(None).with_userinfo(Some(userinfo.to_owned()));
        let value = |userinfo: &str| with(userinfo).headers[0].value.clone();
        assert_eq!(value("user:p%40ss%3A"), "Basic dXNlcjpwQHNzOg==");
        assert_eq!(value("user"), "Basic dXNlcjo=");
        let target = with("user:p%40ss");
        assert_eq!(
            target.url_with_userinfo(&target.requests.first().expect("has one")),
            "http://user:p%40ss@h/a"
        );
        assert_eq!(target.headers_beside_userinfo().count(), 0);
    }

    #[test]
    fn prefers_a_given_header_to_the_user_name() {
        let target = target(Some("Bearer x")).with_userinfo(Some("user:password".to_owned()));
        let values: Vec<&str> = target.headers.iter().map(|header| &*header.value).collect();
        assert_eq!(values, ["Bearer x"]);
        assert_eq!(target.headers_beside_userinfo().count(), 1);
    }

    #[test]
    fn takes_the_server_from_a_url() {
        for (url, expected) in [
            ("https://127.0.0.1:40001/todos/1", Some(("127.0.0.1", 40001))),
            ("http://host?a:b", Some(("host", 80))),
            ("HTTPS://host", Some(("host", 443))),
            ("http://user:p@host:81/", Some(("host", 81))),
            ("http://[::1]:80?q", Some(("::1", 80))),
            ("https://[::1]/", Some(("::1", 443))),
            ("http://host:port/", None),
            ("http:///path", None),
            ("nonsense", None),
        ] {
            let request = Request { method: "GET".into(), url: url.into(), body: None };
            let server = request.server().map(|server| (server.host, server.port));
            assert_eq!(server, expected, "{url}");
        }
    }

    #[test]
    fn takes_the_path_from_a_url() {
        for (url, expected) in [
            ("https://127.0.0.1:40001/todos/1", "/todos/1"),
            ("http://host/todos?page=2#top", "/todos?page=2"),
            ("http://host", "/"),
            ("http://host?q=1/2", "/?q=1/2"),
            ("nonsense", "/"),
        ] {
            let request = Request { method: "GET".into(), url: url.into(), body: None };
            assert_eq!(request.path(), expected);
        }
    }
}
