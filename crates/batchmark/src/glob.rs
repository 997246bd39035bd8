//! Expands URL patterns in curl's syntax: `[1-16]`, `[001-100]`, `[0-20:5]`, `[a-z]`,
//! `{todos,users}`.
//!
//! Several patterns in one URL make every combination; the last pattern varies fastest. A backslash
//! escapes the next character. The brackets of an IPv6 address are not a pattern, nor are
//! those that contain no range, as in `filter[name]=x`.

/// The maximum number of URLs of one pattern.
const MOST_URLS: usize = 1_000_000;

/// Why a URL pattern cannot be expanded.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadGlob {
    /// A bracket or brace is not closed.
    #[error(
        "{url}: the {open:?} at character {position} is not closed: write \\{open} for a literal one, or -g"
    )]
    Unclosed {
        /// The pattern.
        url: String,
        /// The character that opens.
        open: char,
        /// Its position, from 1 on.
        position: usize,
    },
    /// A bracket or brace is not opened.
    #[error(
        "{url}: the {close:?} at character {position} is not opened: write \\{close} for a literal one, or -g"
    )]
    Unopened {
        /// The pattern.
        url: String,
        /// The character that closes.
        close: char,
        /// Its position, from 1 on.
        position: usize,
    },
    /// A range is not valid.
    #[error(
        "{url}: [{range}] is not a range: write [1-16], [001-100], [0-20:5] or [a-z], or -g to take brackets literally"
    )]
    Range {
        /// The pattern.
        url: String,
        /// The text between the brackets.
        range: String,
    },
    /// Too many URLs.
    #[error("{url}: the pattern expands to more than {MOST_URLS} URLs")]
    TooMany {
        /// The pattern.
        url: String,
    },
}

/// All URLs of a pattern, in order.
///
/// # Errors
/// If a bracket or brace is not closed, a range is not valid, or there are too many URLs.
pub fn expand(url: &str) -> Result<Vec<String>, BadGlob> {
    let mut urls = vec![String::new()];
    for part in parse(url)? {
        if urls.len().saturating_mul(part.len()) > MOST_URLS {
            return Err(BadGlob::TooMany { url: url.to_owned() });
        }
        urls = urls
            .iter()
            .flat_map(|begun| part.iter().map(move |choice| format!("{begun}{choice}")))
            .collect();
    }
    Ok(urls)
}

/// The parts of a pattern in order, each with its alternatives.
fn parse(url: &str) -> Result<Vec<Vec<String>>, BadGlob> {
    let mut parts = Vec::new();
    let mut plain = String::new();
    let characters: Vec<char> = url.chars().collect();
    let mut position = 0;
    while let Some(&character) = characters.get(position) {
        let rest = &characters[position..];
        if let Some(length) = ipv6_length(rest).or_else(|| literal_length(rest)) {
            plain.extend(&rest[..length]);
            position += length;
            continue;
        }
        match character {
            '\\' if rest.len() > 1 => {
                plain.push(rest[1]);
                position += 2;
            }
            '[' | '{' => {
                let inner = inside(url, rest, position)?;
                position += inner.len() + 2;
                parts.push(vec![std::mem::take(&mut plain)]);
                parts.push(choices(url, character, &inner)?);
            }
            ']' | '}' => {
                let url = url.to_owned();
                return Err(BadGlob::Unopened { url, close: character, position: position + 1 });
            }
            _ => {
                plain.push(character);
                position += 1;
            }
        }
    }
    parts.push(vec![plain]);
    Ok(parts)
}

/// The length of the IPv6 address in brackets at the start of `rest`, if there is one.
fn ipv6_length(rest: &[char]) -> Option<usize> {
    if rest.first() != Some(&'[') {
        return None;
    }
    let end = rest.iter().position(|&character| character == ']')?;
    let inner: String = rest[1..end].iter().collect();
    // A zone, as in fe80::1%eth0, is not part of the address.
    let address = inner.split('%').next().unwrap_or_default();
    address.parse::<std::net::Ipv6Addr>().is_ok().then_some(end + 1)
}

/// The length of the brackets at the start of `rest`, if what they contain cannot be meant as a range.
fn literal_length(rest: &[char]) -> Option<usize> {
    let inner = rest.strip_prefix(&['['])?;
    let end = inner.iter().position(|character| "[]{}-:".contains(*character))?;
    (inner[end] == ']').then_some(end + 2)
}

fn inside(url: &str, rest: &[char], position: usize) -> Result<Vec<char>, BadGlob> {
    let close = if rest[0] == '[' { ']' } else { '}' };
    let end = rest.iter().position(|&character| character == close).ok_or_else(|| {
        BadGlob::Unclosed { url: url.to_owned(), open: rest[0], position: position + 1 }
    })?;
    Ok(rest[1..end].to_vec())
}

fn choices(url: &str, open: char, inner: &[char]) -> Result<Vec<String>, BadGlob> {
    let inner: String = inner.iter().collect();
    if open == '{' {
        return Ok(inner.split(',').map(str::to_owned).collect());
    }
    let range = numbers(&inner).or_else(|| letters(&inner));
    let bad = || BadGlob::Range { url: url.to_owned(), range: inner.clone() };
    let range = range.ok_or_else(bad)?;
    if range.count() > MOST_URLS as u64 {
        return Err(BadGlob::TooMany { url: url.to_owned() });
    }
    range.texts().ok_or_else(bad)
}

/// What a range counts through.
struct Range {
    first: u64,
    last: u64,
    step: u64,
    writing: Writing,
}

enum Writing {
    Number { width: usize },
    Letter,
}

impl Range {
    const fn count(&self) -> u64 {
        (self.last - self.first) / self.step + 1
    }

    fn texts(&self) -> Option<Vec<String>> {
        (0..self.count())
            .map(|turn| {
                let value = self.first + turn * self.step;
                match self.writing {
                    Writing::Number { width } => Some(format!("{value:0width$}")),
                    Writing::Letter => {
                        u32::try_from(value).ok().and_then(char::from_u32).map(String::from)
                    }
                }
            })
            .collect()
    }
}

/// Splits `FIRST-LAST` or `FIRST-LAST:STEP`.
fn ends(inner: &str) -> Option<(&str, &str, u64)> {
    let (range, step) = match inner.split_once(':') {
        Some((range, step)) => (range, step.parse().ok().filter(|&step| step > 0)?),
        None => (inner, 1),
    };
    let (first, last) = range.split_once('-')?;
    Some((first, last, step))
}

fn numbers(inner: &str) -> Option<Range> {
    let (first_text, last, step) = ends(inner)?;
    let whole = |text: &str| {
        text.bytes().all(|byte| byte.is_ascii_digit()).then(|| text.parse::<u64>().ok())?
    };
    let (first, last) = (whole(first_text)?, whole(last)?);
    // A leading zero asks for numbers of equal width, as with curl.
    let width = if first_text.starts_with('0') { first_text.len() } else { 0 };
    (first <= last && last < u64::MAX).then_some(Range {
        first,
        last,
        step,
        writing: Writing::Number { width },
    })
}

fn letters(inner: &str) -> Option<Range> {
    let (first, last, step) = ends(inner)?;
    let letter = |text: &str| match text.as_bytes() {
        [byte] if byte.is_ascii_alphabetic() => Some(*byte),
        _ => None,
    };
    let (first, last) = (letter(first)?, letter(last)?);
    let same_case = first.is_ascii_lowercase() == last.is_ascii_lowercase();
    (first <= last && same_case).then_some(Range {
        first: first.into(),
        last: last.into(),
        step,
        writing: Writing::Letter,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn expanded(url: &str) -> Vec<String> {
        expand(url).expect("expands")
    }

    #[test]
    fn expands_patterns_as_curl_does() {
        assert_eq!(expanded("http://h/plain"), ["http://h/plain"]);
        assert_eq!(expanded("h/[9-11]"), ["h/9", "h/10", "h/11"]);
        assert_eq!(expanded("h/[08-10]"), ["h/08", "h/09", "h/10"]);
        assert_eq!(expanded("h/[0-20:10]"), ["h/0", "h/10", "h/20"]);
        assert_eq!(expanded("h/[a-e:2]"), ["h/a", "h/c", "h/e"]);
        assert_eq!(expanded("h/[5-5]"), ["h/5"]);
        assert_eq!(expanded("h/{todos,users,}"), ["h/todos", "h/users", "h/"]);
    }

    #[test]
    fn varies_the_last_pattern_fastest() {
        assert_eq!(expanded("{a,b}/[1-2]"), ["a/1", "a/2", "b/1", "b/2"]);
    }

    #[test]
    fn leaves_ipv6_addresses_and_escaped_characters_unchanged() {
        assert_eq!(expanded("http://[::1]:80/[1-2]"), ["http://[::1]:80/1", "http://[::1]:80/2"]);
        assert_eq!(expanded("http://[fe80::1%25eth0]/"), ["http://[fe80::1%25eth0]/"]);
        assert_eq!(expanded(r"h/\[1-2\]\{a\}"), ["h/[1-2]{a}"]);
        assert_eq!(expanded(r"h/\"), [r"h/\"]);
    }

    #[test]
    fn leaves_brackets_without_a_range_unchanged() {
        assert_eq!(
            expanded("h/?filter[name]=x&a[]=[1-2]"),
            ["h/?filter[name]=x&a[]=1", "h/?filter[name]=x&a[]=2"]
        );
        assert_eq!(expanded("h/?a[0]={b,c}"), ["h/?a[0]=b", "h/?a[0]=c"]);
    }

    #[test]
    fn explains_a_bad_pattern() {
        let sentence = |url: &str| expand(url).expect_err("is refused").to_string();
        assert_eq!(
            sentence("h/[1-3"),
            r#"h/[1-3: the '[' at character 3 is not closed: write \[ for a literal one, or -g"#
        );
        assert!(sentence("h/{a,b").contains("the '{' at character 3 is not closed"));
        assert!(sentence("h/1]").contains("the ']' at character 4 is not opened"));
        for range in ["3-1", "a-1", "Z-a", "1-3:0", "1-3:x", "-1-3", "1--3", "ä-ö", "+1-3"] {
            let url = format!("h/[{range}]");
            assert!(matches!(expand(&url), Err(BadGlob::Range { .. })), "{url} was accepted");
        }
    }

    #[test]
    fn refuses_too_many_urls_before_expanding() {
        for url in ["[1-18446744073709551614]", "[1-1000]/[1-1000]/[1-1000]"] {
            assert!(matches!(expand(url), Err(BadGlob::TooMany { .. })), "{url} was accepted");
        }
    }
}
