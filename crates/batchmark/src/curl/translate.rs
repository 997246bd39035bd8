//! Translates the options of a curl command into those of a run.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use super::body::{self, Part};
use super::options::{Given, Meaning};
use super::{BadCurl, CurlCommand};
use crate::option_texts::{OptionId, OptionTexts};
use crate::usage::UsageError;

/// What every client can decode. curl asks for more, which some clients then cannot read.
const ENCODINGS: &str = "gzip, deflate";

/// A translation in progress.
#[derive(Debug, Default)]
pub(super) struct Translation {
    texts: OptionTexts,
    headers: Vec<String>,
    urls: Vec<String>,
    cookies: Vec<String>,
    parts: Vec<Part>,
    json: String,
    has_json: bool,
    in_url: bool,
    compressed: bool,
    /// The options that change no request.
    silent: Vec<String>,
    notes: Vec<String>,
}

impl Translation {
    /// Takes an option.
    ///
    /// # Errors
    /// If it cannot be measured.
    pub(super) fn take(&mut self, given: Given) -> Result<(), BadCurl> {
        let Given { typed, meaning, value } = given;
        match meaning {
            Meaning::Url => self.urls.push(value),
            Meaning::Method => self.texts.set(OptionId::named("method"), vec![value.into()]),
            Meaning::Head => self.texts.set(OptionId::named("method"), vec!["HEAD".into()]),
            Meaning::Get => self.in_url = true,
            Meaning::Header => self.take_header(value),
            Meaning::Named(name) => self.headers.push(format!("{name}: {value}")),
            Meaning::Range => self.headers.push(format!("Range: bytes={value}")),
            Meaning::Bearer => self.headers.push(format!("Authorization: Bearer {value}")),
            Meaning::User => self.headers.push(basic(typed, &value)?),
            Meaning::Cookie => self.cookies.push(cookie(typed, value)?),
            Meaning::Data | Meaning::DataRaw | Meaning::DataBinary | Meaning::DataUrlencode => {
                self.parts.push(Part { meaning, text: value });
            }
            Meaning::Json => {
                self.has_json = true;
                self.json.push_str(&value);
            }
            Meaning::Compressed => self.compressed = true,
            Meaning::Insecure => self.texts.add_flag(OptionId::named("insecure")),
            Meaning::CaCert => self.texts.set(OptionId::named("cacert"), vec![value.into()]),
            Meaning::Globoff => self.texts.add_flag(OptionId::named("no_globbing")),
            Meaning::NoRequest => self.silent.push(typed),
            Meaning::Ignored(reason) => {
                self.notes.push(format!("{typed} of curl is ignored: {reason}"));
            }
            Meaning::Refused(reason) => {
                return Err(BadCurl::Unsupported { option: typed, reason });
            }
        }
        Ok(())
    }

    /// Keeps a header that clients can be given.
    fn take_header(&mut self, header: String) {
        let name = header.split([':', ';']).next().unwrap_or_default().trim();
        let is_removed = header.split_once(':').is_some_and(|(_, value)| value.trim().is_empty());
        if name.eq_ignore_ascii_case("content-length") || name.is_empty() {
            let name = if name.is_empty() { "a header that begins with a colon" } else { name };
            self.notes.push(format!("{name} of curl is ignored: each client sets it itself"));
        } else if is_removed && !header.starts_with('@') {
            let reason = "clients keep their own headers";
            self.notes.push(format!("-H '{name}:' of curl is ignored: {reason}"));
        } else {
            self.headers.push(header);
        }
    }

    /// What the command means.
    ///
    /// # Errors
    /// If it has no URL, or a file cannot be read.
    pub(super) fn finish(mut self) -> Result<CurlCommand, UsageError> {
        if self.urls.is_empty() {
            return Err(UsageError::CurlWithoutUrl);
        }
        self.finish_body()?;
        self.finish_headers();
        let Self { mut texts, headers, urls, mut notes, silent, .. } = self;
        headers.into_iter().for_each(|header| texts.add(OptionId::named("headers"), header));
        urls.into_iter().for_each(|url| texts.add(OptionId::named("urls"), url));
        notes.extend(ignored(&silent));
        Ok(CurlCommand { texts, notes })
    }

    fn finish_body(&mut self) -> Result<(), UsageError> {
        if self.has_json && !self.parts.is_empty() {
            let reason = "a request has one body: leave out -d or --json";
            return Err(BadCurl::Unsupported { option: "--json".to_owned(), reason }.into());
        }
        if self.has_json {
            self.texts.set(OptionId::named("json_body"), vec![self.json.clone().into()]);
        } else if self.in_url && !self.parts.is_empty() {
            let query = body::text(&self.parts)?;
            self.urls.iter_mut().for_each(|url| *url = with_query(url, &query));
        } else {
            body::give(&self.parts, &mut self.texts)?;
        }
        Ok(())
    }

    fn finish_headers(&mut self) {
        if !self.cookies.is_empty() {
            self.headers.push(format!("Cookie: {}", self.cookies.join("; ")));
        }
        if !self.compressed {
            return;
        }
        let is_encoding = |header: &String| {
            let name = header.split(':').next().unwrap_or_default();
            name.trim().eq_ignore_ascii_case("accept-encoding")
        };
        if self.headers.iter().any(is_encoding) {
            self.headers.retain(|header| !is_encoding(header));
            self.notes.push(format!(
                "Accept-Encoding: {ENCODINGS} is sent: not every client can decode more"
            ));
        }
        self.headers.push(format!("Accept-Encoding: {ENCODINGS}"));
    }
}

/// The header of a user name with a password.
fn basic(option: String, pair: &str) -> Result<String, BadCurl> {
    if !pair.contains(':') {
        let reason = "curl would ask for the password: write NAME:PASSWORD";
        return Err(BadCurl::Unsupported { option, reason });
    }
    Ok(format!("Authorization: Basic {}", STANDARD.encode(pair)))
}

/// The cookies of a text; without `=` it would be a file.
fn cookie(option: String, text: String) -> Result<String, BadCurl> {
    if !text.contains('=') {
        let reason = "it names a file of cookies: write them as NAME=VALUE";
        return Err(BadCurl::Unsupported { option, reason });
    }
    Ok(text.trim().trim_end_matches(';').to_owned())
}

/// A URL with more of a query, before its fragment.
fn with_query(url: &str, query: &str) -> String {
    let (address, fragment) = url.find('#').map_or((url, ""), |at| url.split_at(at));
    let separator = if address.contains('?') { '&' } else { '?' };
    format!("{address}{separator}{query}{fragment}")
}

/// The note about options that change no request.
fn ignored(silent: &[String]) -> Option<String> {
    let mut options: Vec<&str> = Vec::new();
    for option in silent {
        if !options.contains(&option.as_str()) {
            options.push(option);
        }
    }
    match options.as_slice() {
        [] => None,
        [only] => Some(format!("{only} of curl changes no request: ignored")),
        [firsts @ .., last] => {
            let firsts = firsts.join(", ");
            Some(format!("{firsts} and {last} of curl change no request: ignored"))
        }
    }
}
