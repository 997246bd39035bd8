//! Reads the headers of `-H`, as curl does: `Name: value`, `Name;` without a value, `@FILE` with one
//! on each line.

use model::target::Header;

use crate::urls::text_or_file;
use crate::usage::UsageError;

/// All headers of these arguments.
///
/// # Errors
/// If a file cannot be read, or a text is not a header. The sentence does not repeat the text: it may
/// be a secret.
pub fn read(typed: &[String]) -> Result<Vec<Header>, UsageError> {
    let mut headers = Vec::new();
    for (text, number) in typed.iter().zip(1..) {
        if let Some(file) = text.strip_prefix('@') {
            for (line, number) in text_or_file(text)?.lines().zip(1..) {
                let place = format!("line {number} of {file}");
                if !line.trim().is_empty() {
                    headers.push(read_one(line, || place)?);
                }
            }
        } else {
            headers.push(read_one(text, || place_of_option(number, typed.len()))?);
        }
    }
    Ok(headers)
}

/// The headers among these texts; the others are left out.
pub fn read_possible(typed: &[String]) -> Vec<Header> {
    typed.iter().filter_map(|text| parse(text)).collect()
}

fn place_of_option(number: usize, options: usize) -> String {
    if options == 1 { "-H".to_owned() } else { format!("-H number {number}") }
}

fn read_one(text: &str, place: impl FnOnce() -> String) -> Result<Header, UsageError> {
    parse(text).ok_or_else(|| UsageError::NotAHeader { place: place() })
}

fn parse(text: &str) -> Option<Header> {
    let parts = text.split_once(':').or_else(|| text.strip_suffix(';').map(|name| (name, "")));
    let (name, value) = parts.filter(|(name, _)| !name.trim().is_empty())?;
    Some(Header { name: name.trim().to_owned(), value: value.trim().to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(typed: &[&str]) -> Result<Vec<(String, String)>, String> {
        let typed: Vec<String> = typed.iter().map(|&text| text.to_owned()).collect();
        let headers = read(&typed).map_err(|error| error.to_string())?;
        Ok(headers.into_iter().map(|header| (header.name, header.value)).collect())
    }

    fn pair(name: &str, value: &str) -> (String, String) {
        (name.to_owned(), value.to_owned())
    }

    #[test]
    fn reads_headers_as_curl_does() {
        assert_eq!(texts(&["Accept:  text/plain "]), Ok(vec![pair("Accept", "text/plain")]));
        assert_eq!(texts(&["X-Empty;"]), Ok(vec![pair("X-Empty", "")]));
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), "A: 1\r\n\r\nB: 2\n").expect("is written");
        let named = format!("@{}", file.path().display());
        let expected = vec![pair("A", "1"), pair("B", "2"), pair("C", "3")];
        assert_eq!(texts(&[&named, "C: 3"]), Ok(expected));
    }

    #[test]
    fn names_the_place_of_a_bad_header_and_not_its_text() {
        let expected = "is not a header: write 'Name: value', 'Name;' for an empty value, or @FILE";
        assert_eq!(texts(&["secret"]), Err(format!("-H {expected}")));
        assert_eq!(texts(&["A: 1", ": value"]), Err(format!("-H number 2 {expected}")));
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        std::fs::write(file.path(), "A: 1\nsecret\n").expect("is written");
        let sentence = texts(&[&format!("@{}", file.path().display())]).expect_err("is refused");
        assert!(sentence.starts_with("line 2 of /") && !sentence.contains("secret"), "{sentence}");
        assert!(texts(&["@/nonexistent"]).expect_err("is refused").contains("cannot be read"));
    }
}
