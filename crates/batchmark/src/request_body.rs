//! The body of every request and the headers that describe it, with curl's defaults.

use model::target::Header;

use crate::arguments::RequestArguments;
use crate::urls::text_or_file;
use crate::usage::UsageError;

/// The body of every request, with the headers that go with it unless `-H` gives others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestBody {
    /// The body.
    pub(crate) text: String,
    headers: &'static [(&'static str, &'static str)],
}

impl RequestBody {
    /// What curl sends with `--data`.
    const FORM: &'static [(&'static str, &'static str)] =
        &[("Content-Type", "application/x-www-form-urlencoded")];
    /// What curl sends with `--json`.
    const JSON: &'static [(&'static str, &'static str)] =
        &[("Content-Type", "application/json"), ("Accept", "application/json")];

    /// The body of `--data`, `--data-raw` or `--json-body`; none without either.
    ///
    /// # Errors
    /// If a file cannot be read.
    pub(crate) fn read(arguments: &RequestArguments) -> Result<Option<Self>, UsageError> {
        if let Some(typed) = &arguments.json_body {
            return Ok(Some(Self { text: text_or_file(typed)?, headers: Self::JSON }));
        }
        let mut parts: Vec<String> =
            arguments.data.iter().map(|typed| form_data(typed)).collect::<Result<_, _>>()?;
        parts.extend_from_slice(&arguments.data_raw);
        if parts.is_empty() {
            return Ok(None);
        }
        Ok(Some(Self { text: parts.join("&"), headers: Self::FORM }))
    }

    /// The headers of every request: those of `-H`, and those of the body that `-H` does not give.
    pub(crate) fn headers_with(&self, given: &[Header]) -> Vec<Header> {
        let is_given =
            |name: &str| given.iter().any(|header| header.name.eq_ignore_ascii_case(name));
        let added = self.headers.iter().filter(|(name, _)| !is_given(name));
        let added = added.map(|&(name, value)| Header { name: name.into(), value: value.into() });
        given.iter().cloned().chain(added).collect()
    }
}

/// A part of `--data`. As in curl, the line breaks of a file are left out.
fn form_data(typed: &str) -> Result<String, UsageError> {
    let text = text_or_file(typed)?;
    Ok(if typed.starts_with('@') { text.replace(['\r', '\n', '\0'], "") } else { text })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use clap::Parser;

    use super::*;

    fn body(words: &[&str]) -> Option<RequestBody> {
        let words = ["batchmark"].iter().chain(words);
        let arguments = crate::arguments::Arguments::try_parse_from(words).expect("parses").run;
        RequestBody::read(&arguments.request).expect("reads")
    }

    /// The body and the headers, each as `name: value`.
    fn sent(words: &[&str], given: &[(&str, &str)]) -> (String, Vec<String>) {
        let header =
            |&(name, value): &(&str, &str)| Header { name: name.into(), value: value.into() };
        let given: Vec<Header> = given.iter().map(header).collect();
        let body = body(words).expect("has a body");
        let headers = body.headers_with(&given);
        let written = headers.iter().map(|header| format!("{}: {}", header.name, header.value));
        (body.text, written.collect())
    }

    #[test]
    fn describes_data_as_a_form_and_json_as_json() {
        let form = "Content-Type: application/x-www-form-urlencoded".to_owned();
        assert_eq!(sent(&["-d", "a=1"], &[]), ("a=1".to_owned(), vec![form.clone()]));
        assert_eq!(sent(&["-d", "a=1", "-d", "b=2"], &[]), ("a=1&b=2".to_owned(), vec![form]));
        let json = ["Content-Type: application/json", "Accept: application/json"];
        let expected = ("{}".to_owned(), json.map(str::to_owned).to_vec());
        assert_eq!(sent(&["--json-body", "{}"], &[]), expected);
        assert_eq!(body(&[]), None);
    }

    #[test]
    fn keeps_the_headers_that_are_given() {
        let given = [("content-type", "text/csv"), ("X-A", "1")];
        let (_, headers) = sent(&["-d", "a,b"], &given);
        assert_eq!(headers, ["content-type: text/csv", "X-A: 1"]);
        let (_, headers) = sent(&["--json-body", "[]"], &[("ACCEPT", "*/*")]);
        assert_eq!(headers, ["ACCEPT: */*", "Content-Type: application/json"]);
    }

    #[test]
    fn joins_the_lines_of_a_file_of_data_but_not_of_json() {
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(b"{\r\n\"a\": 1\n}\n").expect("is written");
        let name = format!("@{}", file.path().display());
        assert_eq!(sent(&["-d", &name], &[]).0, "{\"a\": 1}");
        assert_eq!(sent(&["--json-body", &name], &[]).0, "{\r\n\"a\": 1\n}\n");
    }
}
