//! The requests that a batch is taken from, out of what was typed or out of a file.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use model::target::Request;

use crate::arguments::{RequestArguments, RunArguments};
use crate::glob::expand;
use crate::usage::UsageError;

/// Reads from stdin instead of a file.
const STDIN: &str = "-";

/// All URLs of the command line, patterns expanded; nothing when none was given.
///
/// # Errors
/// When a pattern or a URL cannot be used, or a file holds none.
pub fn urls(arguments: &RunArguments) -> Result<Option<Vec<String>>, UsageError> {
    let patterns = match &arguments.urls_file {
        Some(path) => from_file(path)?,
        None if arguments.urls.is_empty() => return Ok(None),
        None => arguments.urls.clone(),
    };
    let mut urls = Vec::new();
    for pattern in &patterns {
        urls.extend(expand(pattern)?);
    }
    match urls.iter().find(|url| !is_fetchable(url)) {
        Some(url) => Err(UsageError::NotAUrl { url: url.clone() }),
        None => Ok(Some(urls)),
    }
}

/// The requests for URLs, with the method and the body that were asked for.
///
/// # Errors
/// When the method is none, or the body's file cannot be read.
pub fn requests(urls: &[String], arguments: &RequestArguments) -> Result<Vec<Request>, UsageError> {
    let method = method(arguments)?;
    let body = body(arguments)?;
    let request =
        |url: &String| Request { method: method.clone(), url: url.clone(), body: body.clone() };
    Ok(urls.iter().map(request).collect())
}

/// The method that was asked for: GET, or POST where there is a body.
///
/// # Errors
/// When it is not a word.
pub fn method(arguments: &RequestArguments) -> Result<String, UsageError> {
    match &arguments.method {
        None if arguments.data.is_some() => Ok("POST".to_owned()),
        None => Ok("GET".to_owned()),
        Some(method) if !method.is_empty() && method.chars().all(|c| c.is_ascii_alphabetic()) => {
            Ok(method.to_ascii_uppercase())
        }
        Some(method) => Err(UsageError::BadMethod(method.clone())),
    }
}

fn body(arguments: &RequestArguments) -> Result<Option<String>, UsageError> {
    match arguments.data.as_deref() {
        None => Ok(None),
        Some(data) => match data.strip_prefix('@') {
            Some(path) => Ok(Some(read(Path::new(path))?)),
            None => Ok(Some(data.to_owned())),
        },
    }
}

fn from_file(path: &Path) -> Result<Vec<String>, UsageError> {
    let text = read(path)?;
    let lines: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if lines.is_empty() {
        return Err(UsageError::NoUrls(path.to_owned()));
    }
    Ok(lines)
}

fn read(path: &Path) -> Result<String, UsageError> {
    let unreadable = |source| UsageError::Unreadable { path: path.to_owned(), source };
    if path == Path::new(STDIN) {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        return Ok(text);
    }
    fs::read_to_string(path).map_err(unreadable)
}

/// Whether a URL has a scheme that can be fetched, a host, and no character that no URL has.
fn is_fetchable(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let has_host = |rest: &str| !rest.starts_with(['/', ':', '?', '#']) && !rest.is_empty();
    rest.is_some_and(has_host) && url.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::Parser;

    fn arguments(words: &[&str]) -> RunArguments {
        let words = ["batchmark"].iter().chain(words);
        crate::arguments::Arguments::try_parse_from(words).expect("reads").run
    }

    #[test]
    fn several_patterns_make_one_list() {
        let arguments = arguments(&["http://h/[1-2]", "https://h/{a,b}"]);
        let urls = urls(&arguments).expect("reads").expect("there are some");
        assert_eq!(urls, ["http://h/1", "http://h/2", "https://h/a", "https://h/b"]);
        assert_eq!(super::urls(&self::arguments(&[])).expect("reads"), None);
    }

    #[test]
    fn what_cannot_be_fetched_is_refused() {
        for url in [
            "h/1",
            "ftp://h/",
            "https://",
            "https:///1",
            "http://:80/",
            "http://h/a b",
            "http://hö/",
        ] {
            let refusal = urls(&arguments(&[url])).expect_err("is refused").to_string();
            assert!(refusal.contains("is not a URL"), "{refusal}");
        }
    }

    #[test]
    fn a_file_has_a_pattern_a_line_and_an_empty_one_is_told() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let path = file.path().to_str().expect("a plain path");
        let refusal = urls(&arguments(&["--urls", path])).expect_err("is refused").to_string();
        assert!(refusal.starts_with("there is no URL in"), "{refusal}");
        fs::write(path, "http://h/[1-2]\n\n  http://h/9 \n").expect("is written");
        let urls = urls(&arguments(&["--urls", path])).expect("reads").expect("there are some");
        assert_eq!(urls, ["http://h/1", "http://h/2", "http://h/9"]);
    }

    #[test]
    fn the_method_is_gets_unless_there_is_a_body() {
        let method = |words: &[&str]| method(&arguments(words).request);
        assert_eq!(method(&[]).expect("is one"), "GET");
        assert_eq!(method(&["-d", "{}"]).expect("is one"), "POST");
        assert_eq!(method(&["-d", "{}", "-X", "put"]).expect("is one"), "PUT");
        assert!(method(&["-X", "GE T"]).is_err());
    }
}
