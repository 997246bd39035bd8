//! Reads a file with one URL on each line.

use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::TypedUrl;
use crate::usage::UsageError;

/// The argument that means stdin instead of a file.
const STDIN: &str = "-";
/// What some editors write at the start of a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

/// The URLs of a file. Empty lines, and what follows a `#` at the start of a line or after a space,
/// are left out.
///
/// # Errors
/// If the file cannot be read, a line is not text, or there is no URL.
pub(super) fn read(path: &Path) -> Result<Vec<TypedUrl>, UsageError> {
    let file = if path == Path::new(STDIN) { "stdin".into() } else { path.to_string_lossy() };
    let bytes = read_bytes(path)?;
    if bytes.starts_with(b"\xff\xfe") || bytes.starts_with(b"\xfe\xff") {
        return Err(UsageError::NotUtf8 { place: file.into_owned() });
    }
    let mut urls = Vec::new();
    for (line, number) in bytes.split(|&byte| byte == b'\n').zip(1..) {
        let place = format!("line {number} of {file}");
        let Ok(line) = std::str::from_utf8(line) else { return Err(UsageError::NotUtf8 { place }) };
        let url = without_comment(line.trim_start_matches(BYTE_ORDER_MARK));
        if !url.is_empty() {
            urls.push(TypedUrl { place: format!("{place}: "), text: url.to_owned() });
        }
    }
    if urls.is_empty() {
        return Err(UsageError::NoUrls(path.to_owned()));
    }
    Ok(urls)
}

fn without_comment(line: &str) -> &str {
    let mut before = line.match_indices('#').map(|(start, _)| &line[..start]);
    let comment = before.find(|before| before.chars().next_back().is_none_or(char::is_whitespace));
    comment.unwrap_or(line).trim()
}

/// A text, or the content of the file that it names as `@FILE`.
///
/// # Errors
/// If the file cannot be read.
pub fn text_or_file(text: &str) -> Result<String, UsageError> {
    let Some(path) = text.strip_prefix('@') else { return Ok(text.to_owned()) };
    let bytes = read_bytes(Path::new(path))?;
    String::from_utf8(bytes).map_err(|_| UsageError::NotUtf8 { place: path.to_owned() })
}

fn read_bytes(path: &Path) -> Result<Vec<u8>, UsageError> {
    let unreadable = |source| UsageError::Unreadable { path: path.to_owned(), source };
    if path != Path::new(STDIN) {
        return fs::read(path).map_err(unreadable);
    }
    let mut bytes = Vec::new();
    io::stdin().read_to_end(&mut bytes).map_err(unreadable)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::urls::{self, Globbing};

    fn urls(content: &[u8]) -> Result<Vec<String>, String> {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), content).expect("is written");
        let urls = urls::read(&[], Some(file.path()), Globbing::On);
        let name = file.path().display().to_string();
        let urls = urls.map_err(|error| error.to_string().replace(&name, "FILE"))?;
        Ok(urls.map(|urls| urls.urls).unwrap_or_default())
    }

    #[test]
    fn reads_a_pattern_from_each_line_without_comments() {
        let content = "\u{feff}# all todos\r\n\r\nhttp://h/[1-2]\r\n  http://h/9 # the last\n\
                       http://h/a#b\n\t#http://h/not\n";
        let expected = ["http://h/1", "http://h/2", "http://h/9", "http://h/a"];
        assert_eq!(urls(content.as_bytes()).expect("reads"), expected);
        let only = urls("\u{feff}http://h/x".as_bytes());
        assert_eq!(only.expect("reads"), ["http://h/x"]);
    }

    #[test]
    fn names_the_line_in_every_message() {
        let sentence = |content: &[u8]| urls(content).expect_err("is refused");
        assert_eq!(
            sentence(b"http://h/\n\n# x\nftp://h/\n"),
            "line 4 of FILE: \"ftp://h/\" begins with ftp://, but only http:// and https:// can be \
             measured"
        );
        assert!(sentence(b"http://h/[1-3\n").starts_with("line 1 of FILE: http://h/[1-3: the '['"));
        assert!(sentence(b"http://h/\nhttp://u:p@h/").starts_with("line 2 of FILE: the URLs have"));
        assert_eq!(sentence(b"http://h/\n\xff\n"), "line 2 of FILE is not UTF-8: save it as UTF-8");
        assert_eq!(sentence(b"\xff\xfeh\0"), "FILE is not UTF-8: save it as UTF-8");
        assert_eq!(sentence(b"# only\n"), "there are no URLs in FILE: write one on each line");
    }
}
