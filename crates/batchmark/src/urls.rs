//! Reads the URLs to fetch, from the command line or a file.

mod list;
mod normal;

use std::path::Path;

use crate::glob::{BadGlob, expand};
use crate::usage::UsageError;

pub use list::text_or_file;
pub use normal::BadUrl;

use normal::NormalUrl;

/// Whether `[1-16]` and `{a,b}` are patterns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Globbing {
    /// Patterns are expanded.
    On,
    /// Every character is literal.
    Off,
}

/// The URLs of a run, as every client can send them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TargetUrls {
    /// The URLs, with patterns expanded, encoded, without user names.
    pub urls: Vec<String>,
    /// The user name and password of all of them, percent-encoded as in a URL.
    pub userinfo: Option<String>,
    /// The URLs that were given without a scheme.
    pub without_scheme: Option<WithoutScheme>,
}

/// URLs that were given without a scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WithoutScheme {
    /// The first one, as it is fetched.
    pub first: String,
    /// How many there are.
    pub count: usize,
}

/// Why a URL or a pattern cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadTargetUrl {
    /// A pattern cannot be expanded.
    #[error(transparent)]
    Glob(#[from] BadGlob),
    /// A URL cannot be fetched.
    #[error(transparent)]
    Url(#[from] BadUrl),
    /// Two URLs have different user names or passwords.
    #[error(
        "the URLs have different user names or passwords, but every request gets the same \
         headers: write the same user name and password into all URLs, or none and -H \
         'Authorization: …'"
    )]
    UserInfos,
}

/// A typed URL or pattern, and where it was typed.
#[derive(Debug)]
struct TypedUrl {
    /// `line 3 of urls.txt: `, or nothing for an argument.
    place: String,
    text: String,
}

/// All URLs; none if none are given. A file replaces the URLs of the command line.
///
/// # Errors
/// If a pattern or a URL cannot be used, or a file holds none.
pub fn read(
    typed: &[String],
    file: Option<&Path>,
    globbing: Globbing,
) -> Result<Option<TargetUrls>, UsageError> {
    let argument = |text: &String| TypedUrl { place: String::new(), text: text.clone() };
    let typed = match file {
        Some(path) => list::read(path)?,
        None if typed.is_empty() => return Ok(None),
        None => typed.iter().map(argument).collect(),
    };
    let mut all = TargetUrls::default();
    for TypedUrl { place, text } in typed {
        let added = all.add(&text, globbing);
        added.map_err(|error| UsageError::Url { place, error })?;
    }
    Ok(Some(all))
}

impl TargetUrls {
    fn add(&mut self, text: &str, globbing: Globbing) -> Result<(), BadTargetUrl> {
        let texts = match globbing {
            Globbing::On => expand(text)?,
            Globbing::Off => vec![text.to_owned()],
        };
        for text in texts {
            let NormalUrl { url, userinfo, has_scheme } = normal::read(&text)?;
            if self.urls.is_empty() {
                self.userinfo = userinfo;
            } else if self.userinfo != userinfo {
                return Err(BadTargetUrl::UserInfos);
            }
            if !has_scheme {
                let first = WithoutScheme { first: url.clone(), count: 0 };
                self.without_scheme.get_or_insert(first).count += 1;
            }
            self.urls.push(url);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(urls: &[&str]) -> Result<Option<TargetUrls>, UsageError> {
        let urls: Vec<String> = urls.iter().map(|&url| url.to_owned()).collect();
        read(&urls, None, Globbing::On)
    }

    #[test]
    fn joins_the_urls_of_several_patterns() {
        let urls = typed(&["http://h/[1-2]", "https://h/{a,b}"]).expect("reads").expect("are some");
        assert_eq!(urls.urls, ["http://h/1", "http://h/2", "https://h/a", "https://h/b"]);
        assert_eq!((urls.userinfo, urls.without_scheme), (None, None));
        assert_eq!(typed(&[]).expect("reads"), None);
    }

    #[test]
    fn expands_no_pattern_with_globbing_off() {
        let url = "http://h/[1-2]?a={b,c}".to_owned();
        let urls = read(&[url], None, Globbing::Off).expect("reads").expect("are some");
        assert_eq!(urls.urls, ["http://h/%5B1-2%5D?a=%7Bb,c%7D"]);
    }

    #[test]
    fn takes_the_user_name_out_of_all_urls() {
        let urls = typed(&["http://u:p@h/[1-2]"]).expect("reads").expect("are some");
        assert_eq!(urls.urls, ["http://h/1", "http://h/2"]);
        assert_eq!(urls.userinfo.as_deref(), Some("u:p"));
        for other in ["http://h/", "http://u:q@h/"] {
            let refusal = typed(&["http://u:p@h/", other]).expect_err("is refused").to_string();
            assert!(refusal.starts_with("the URLs have different user names"), "{refusal}");
        }
    }

    #[test]
    fn counts_urls_without_a_scheme() {
        let urls = typed(&["http://h/", "h.example/[1-2]"]).expect("reads").expect("are some");
        let without = urls.without_scheme.expect("are some");
        assert_eq!((without.first.as_str(), without.count), ("http://h.example/1", 2));
    }
}
