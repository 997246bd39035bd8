//! Makes a typed URL into one that every client sends unchanged.
//!
//! The URL is read as browsers read it (<https://url.spec.whatwg.org>). Then everything is
//! percent-encoded that RFC 3986 does not allow, and decoded what needs no encoding: otherwise some
//! clients would do so and others not.

use std::fmt::Write;

use model::target::encoded_byte;
use url::{ParseError, Url};

/// The longest URL that all clients send, in bytes: the limit of Rust's `http`.
const LONGEST: usize = 65_534;
/// How many characters of a long URL a message shows.
const SHOWN: usize = 80;

/// A URL that every client sends unchanged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NormalUrl {
    /// The URL without user name and fragment.
    pub(super) url: String,
    /// The user name and password, percent-encoded.
    pub(super) userinfo: Option<String>,
    /// Whether it was typed with a scheme.
    pub(super) has_scheme: bool,
}

/// Why a text is not a URL that can be measured.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[expect(missing_docs, reason = "each variant is documented by its sentence")]
pub enum BadUrl {
    #[error("{0:?} is not a URL: write http://HOST/PATH or https://HOST/PATH")]
    NotAUrl(String),
    #[error("{url:?} begins with {scheme}://, but only http:// and https:// can be measured")]
    Scheme { url: String, scheme: String },
    #[error("{0:?} has no host: write http://HOST/PATH or https://HOST/PATH")]
    NoHost(String),
    #[error("{0:?} has no valid port: write a number from 1 to 65535 after the host, or no colon")]
    Port(String),
    #[error(
        "{0:?} has no valid IPv6 address: write http://[::1]:8080/, without a zone such as %eth0"
    )]
    Ipv6(String),
    #[error("{0:?} has no valid IPv4 address: write four numbers from 0 to 255, or a host name")]
    Ipv4(String),
    #[error(
        "{0:?} has a host name with a character that no host name may have: check what is between \
         // and the next /"
    )]
    HostName(String),
    #[error("{0:?} contains a line break or another control character: write it as %0A, %09, …")]
    Control(String),
    #[error("\"{start}…\" has {length} bytes, but the clients send at most {LONGEST}: shorten it")]
    TooLong { start: String, length: usize },
}

/// Reads a URL.
///
/// # Errors
/// If it is not a URL of a scheme, host and length that all clients can use.
pub(super) fn read(typed: &str) -> Result<NormalUrl, BadUrl> {
    let text = typed.trim();
    if text.chars().any(char::is_control) {
        return Err(BadUrl::Control(text.to_owned()));
    }
    let (whole, has_scheme) = with_scheme(text)?;
    let url = Url::parse(&whole).map_err(|error| explain(text, error))?;
    if url.port() == Some(0) {
        return Err(BadUrl::Port(text.to_owned()));
    }
    let normal = NormalUrl { url: written(&url), userinfo: userinfo(&url), has_scheme };
    if normal.url.len() > LONGEST {
        let start = text.chars().take(SHOWN).collect();
        return Err(BadUrl::TooLong { start, length: normal.url.len() });
    }
    Ok(normal)
}

/// The text with `http://` if it has no scheme, as curl adds it, and whether it had one.
fn with_scheme(text: &str) -> Result<(String, bool), BadUrl> {
    let before = text.split(['/', '?', '#', '@']).next().unwrap_or_default();
    let scheme = before.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    match scheme.as_deref() {
        Some("http" | "https") => return Ok((text.to_owned(), true)),
        Some(scheme) if text[scheme.len()..].starts_with("://") => {
            return Err(BadUrl::Scheme { url: text.to_owned(), scheme: scheme.to_owned() });
        }
        _ => {}
    }
    // A single word is rather a misspelled subcommand than a host.
    let is_word = !text.contains(['.', ':', '/', '[']) && text != "localhost";
    if is_word || text.starts_with('/') && !text.starts_with("//") {
        return Err(BadUrl::NotAUrl(text.to_owned()));
    }
    Ok((format!("http://{}", text.trim_start_matches('/')), false))
}

fn explain(text: &str, error: ParseError) -> BadUrl {
    let text = text.to_owned();
    match error {
        ParseError::EmptyHost => BadUrl::NoHost(text),
        ParseError::InvalidPort => BadUrl::Port(text),
        ParseError::InvalidIpv6Address => BadUrl::Ipv6(text),
        ParseError::InvalidIpv4Address => BadUrl::Ipv4(text),
        ParseError::IdnaError | ParseError::InvalidDomainCharacter => BadUrl::HostName(text),
        _ => BadUrl::NotAUrl(text),
    }
}

fn userinfo(url: &Url) -> Option<String> {
    match (url.username(), url.password()) {
        ("", None) => None,
        (user, None) => Some(user.to_owned()),
        (user, Some(password)) => Some(format!("{user}:{password}")),
    }
}

/// The URL without user name, fragment and default port.
fn written(url: &Url) -> String {
    let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
    let host = url.host_str().unwrap_or_default();
    // An empty query is left out, as most clients do.
    let query = url.query().filter(|query| !query.is_empty());
    let query = query.map(|query| format!("?{}", requoted(query, "?"))).unwrap_or_default();
    format!("{}://{host}{port}{}{query}", url.scheme(), requoted(url.path(), ""))
}

/// A path or query in which exactly those characters are percent-encoded that must be.
fn requoted(text: &str, also_allowed: &str) -> String {
    /// What needs no encoding, besides letters and digits.
    const ALLOWED: &str = "-._~!$&()*+,;=:@/";
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    let is_allowed = |byte: u8| {
        let letter = char::from(byte);
        letter.is_ascii_alphanumeric() || ALLOWED.contains(letter) || also_allowed.contains(letter)
    };
    let mut requoted = String::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let encoded = encoded_byte(rest);
        rest = if encoded.is_some() { &rest[3..] } else { after };
        let is_plain = encoded.map_or_else(|| is_allowed(byte), is_unreserved);
        let byte = encoded.unwrap_or(byte);
        if is_plain {
            requoted.push(char::from(byte));
        } else {
            // Cannot fail: the text is in memory.
            let _ = write!(requoted, "%{byte:02X}");
        }
    }
    requoted
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normal(text: &str) -> String {
        read(text).expect("reads").url
    }

    #[test]
    fn encodes_as_browsers_do() {
        for (typed, expected) in [
            ("http://h", "http://h/"),
            ("http://h?q=1/2", "http://h/?q=1/2"),
            ("HTTP://Example.ORG:80/A", "http://example.org/A"),
            ("https://h:443/", "https://h/"),
            ("https://h:80/", "https://h:80/"),
            ("http://h:/", "http://h/"),
            ("http://h/ä b", "http://h/%C3%A4%20b"),
            ("http://h/?ä=ö 1", "http://h/?%C3%A4=%C3%B6%201"),
            ("http://bücher.example/", "http://xn--bcher-kva.example/"),
            ("http://BÜCHER.example/", "http://xn--bcher-kva.example/"),
            ("http://日本。jp/", "http://xn--wgv71a.jp/"),
            ("http://h/?filter[name]=x", "http://h/?filter%5Bname%5D=x"),
            ("http://h/{a}|^`\"'", "http://h/%7Ba%7D%7C%5E%60%22%27"),
            ("http://h/?{a}|^`\"<>'\\?", "http://h/?%7Ba%7D%7C%5E%60%22%3C%3E%27%5C?"),
            ("http://h/a#b", "http://h/a"),
            ("http://h/?#b", "http://h/"),
            ("http://h/a/../b/./c", "http://h/b/c"),
            ("http://h/%7e%41%2f%c3%a4", "http://h/~A%2F%C3%A4"),
            ("http://h/100%/%zz", "http://h/100%25/%25zz"),
            ("http://h/?a+b=c%20d&e=%2B%26", "http://h/?a+b=c%20d&e=%2B%26"),
            ("http://[::1]:8080/", "http://[::1]:8080/"),
            ("http://[0:0::1]", "http://[::1]/"),
            ("http://127.0.0.1:1/", "http://127.0.0.1:1/"),
            ("  http://h/  ", "http://h/"),
            ("http:/h/a", "http://h/a"),
            ("h.example/a", "http://h.example/a"),
            ("localhost", "http://localhost/"),
            ("localhost:8080/a", "http://localhost:8080/a"),
            ("//h.example/a", "http://h.example/a"),
            ("h/a?u=http://x", "http://h/a?u=http://x"),
            ("[::1]:80/a", "http://[::1]/a"),
        ] {
            assert_eq!(normal(typed), expected, "{typed}");
            assert_eq!(normal(expected), expected, "once is as good as twice");
        }
    }

    #[test]
    fn takes_out_the_user_name_and_password() {
        let userinfo = |text: &str| {
            let read = read(text).expect("reads");
            assert_eq!(read.url, "http://h/");
            read.userinfo
        };
        assert_eq!(userinfo("http://h/"), None);
        assert_eq!(userinfo("http://@h/"), None);
        assert_eq!(userinfo("http://user@h/").as_deref(), Some("user"));
        assert_eq!(userinfo("http://user:p%40ss@h/").as_deref(), Some("user:p%40ss"));
        assert_eq!(userinfo("http://u:p@ss wörd@h/").as_deref(), Some("u:p%40ss%20w%C3%B6rd"));
        assert_eq!(userinfo("user:password@h/").as_deref(), Some("user:password"));
    }

    #[test]
    fn says_what_to_type_instead() {
        let sentence = |text: &str| read(text).expect_err("is refused").to_string();
        for text in ["", "report", "/todos/1", "?a"] {
            let end = "is not a URL: write http://HOST/PATH or https://HOST/PATH";
            assert!(sentence(text).ends_with(end), "{text}");
        }
        assert!(sentence("ftp://h/").contains("begins with ftp://, but only http://"));
        for text in ["https://", "http://:80/", "http://?a", "http://u:p@/"] {
            assert!(sentence(text).contains("has no host"), "{text}: {}", sentence(text));
        }
        for text in ["http://h:0/", "http://h:99999/", "http://h:a/", "http://u:p/w@h/"] {
            assert!(sentence(text).contains("has no valid port"), "{text}");
        }
        for text in ["http://[::1/", "http://[fe80::1%25eth0]/", "http://[x]/"] {
            assert!(sentence(text).contains("has no valid IPv6 address"), "{text}");
        }
        assert!(sentence("http://1.2.3.999/").contains("has no valid IPv4 address"));
        for text in ["http://a b/", "http://a<b/", "http://xn--a/"] {
            assert!(sentence(text).contains("a character that no host name may have"), "{text}");
        }
        assert!(sentence("http://h/a\nb").contains("line break"));
        let long = format!("http://h/{}", "a".repeat(70_000));
        assert!(sentence(&long).contains("has 70009 bytes, but the clients send at most 65534"));
    }
}
