//! What is fetched, from which server, and which responses are accepted.

use std::borrow::Cow;
use std::path::PathBuf;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Span;

/// The requests of all batches, and what they have in common.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Target {
    /// The requests; a batch of n makes the first n.
    pub requests: Vec<Request>,
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
