//! Reads the URLs to fetch, from the command line or a file.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use crate::glob::expand;
use crate::usage::UsageError;

/// The argument that means stdin instead of a file.
const STDIN: &str = "-";

/// All URLs, with patterns expanded; none if none are given. A file replaces the URLs of the
/// command line.
///
/// # Errors
/// If a pattern or a URL cannot be used, or a file holds none.
pub fn read(typed: &[String], file: Option<&Path>) -> Result<Option<Vec<String>>, UsageError> {
    let patterns = match file {
        Some(path) => from_file(path)?,
        None if typed.is_empty() => return Ok(None),
        None => typed.to_vec(),
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

/// A text, or the content of the file that it names as `@FILE`.
///
/// # Errors
/// If the file cannot be read.
pub fn text_or_file(text: &str) -> Result<String, UsageError> {
    match text.strip_prefix('@') {
        Some(path) => read_text(Path::new(path)),
        None => Ok(text.to_owned()),
    }
}

fn from_file(path: &Path) -> Result<Vec<String>, UsageError> {
    let text = read_text(path)?;
    let lines: Vec<String> =
        text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
    if lines.is_empty() {
        return Err(UsageError::NoUrls(path.to_owned()));
    }
    Ok(lines)
}

fn read_text(path: &Path) -> Result<String, UsageError> {
    let unreadable = |source| UsageError::Unreadable { path: path.to_owned(), source };
    if path == Path::new(STDIN) {
        let mut text = String::new();
        io::stdin().read_to_string(&mut text).map_err(unreadable)?;
        return Ok(text);
    }
    fs::read_to_string(path).map_err(unreadable)
}

/// Whether a URL has the scheme http or https, a host, and only characters that URLs may have.
fn is_fetchable(url: &str) -> bool {
    let rest = url.strip_prefix("http://").or_else(|| url.strip_prefix("https://"));
    let has_host = |rest: &str| !rest.starts_with(['/', ':', '?', '#']) && !rest.is_empty();
    rest.is_some_and(has_host) && url.chars().all(|c| c.is_ascii_graphic())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typed(urls: &[&str]) -> Result<Option<Vec<String>>, UsageError> {
        let urls: Vec<String> = urls.iter().map(|&url| url.to_owned()).collect();
        read(&urls, None)
    }

    #[test]
    fn joins_the_urls_of_several_patterns() {
        let urls = typed(&["http://h/[1-2]", "https://h/{a,b}"]).expect("reads").expect("are some");
        assert_eq!(urls, ["http://h/1", "http://h/2", "https://h/a", "https://h/b"]);
        assert_eq!(typed(&[]).expect("reads"), None);
    }

    #[test]
    fn refuses_what_cannot_be_fetched() {
        for url in [
            "h/1",
            "ftp://h/",
            "https://",
            "https:///1",
            "http://:80/",
            "http://h/a b",
            "http://hö/",
        ] {
            let refusal = typed(&[url]).expect_err("is refused").to_string();
            assert!(refusal.contains("is not a URL"), "{refusal}");
        }
    }

    #[test]
    fn reads_a_pattern_from_each_line_of_a_file() {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        let refusal = read(&[], Some(file.path())).expect_err("is refused").to_string();
        assert!(refusal.starts_with("there are no URLs in"), "{refusal}");
        fs::write(file.path(), "http://h/[1-2]\n\n  http://h/9 \n").expect("is written");
        let urls = read(&[], Some(file.path())).expect("reads").expect("are some");
        assert_eq!(urls, ["http://h/1", "http://h/2", "http://h/9"]);
    }
}
