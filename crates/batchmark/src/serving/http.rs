//! One HTTP/1.1 request and its response. A connection carries one exchange.

use std::io::{self, Read, Write};
use std::net::IpAddr;

/// A request with a longer head is refused.
const LONGEST_HEAD: usize = 8 * 1024;
const MOST_HEADERS: usize = 64;

/// A request, as far as it matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Request {
    pub(super) method: Method,
    /// The path without its first slash.
    pub(super) path: String,
    /// What follows the question mark.
    pub(super) query: String,
}

/// A method that is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Method {
    Get,
    Head,
}

/// Why a request is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    /// It is no request of HTTP/1.1.
    Malformed,
    /// Its head is too long.
    TooLong,
    /// Pages can only be read.
    Method,
    /// It names another host: a foreign page that had its own name point here would read the recordings.
    Host,
}

/// A response.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Response {
    pub(super) status: Status,
    pub(super) body: String,
    /// What the page may load.
    pub(super) policy: String,
}

/// A status with its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    Ok,
    BadRequest,
    NotFound,
    MethodNotAllowed,
    Misdirected,
    HeadTooLong,
    Unavailable,
}

impl Status {
    const fn line(self) -> &'static str {
        match self {
            Self::Ok => "200 OK",
            Self::BadRequest => "400 Bad Request",
            Self::NotFound => "404 Not Found",
            Self::MethodNotAllowed => "405 Method Not Allowed",
            Self::Misdirected => "421 Misdirected Request",
            Self::HeadTooLong => "431 Request Header Fields Too Large",
            Self::Unavailable => "500 Internal Server Error",
        }
    }
}

/// Reads a request up to the end of its head.
///
/// # Errors
/// When the connection breaks. A request that cannot be answered is no error but a refusal.
pub(super) fn read(stream: &mut impl Read) -> io::Result<Result<Request, Refusal>> {
    let mut head = Vec::new();
    let mut piece = [0; 1024];
    while !ends_head(&head) {
        let length = stream.read(&mut piece)?;
        if length == 0 {
            return Ok(Err(Refusal::Malformed));
        }
        head.extend_from_slice(&piece[..length]);
        if head.len() > LONGEST_HEAD {
            return Ok(Err(Refusal::TooLong));
        }
    }
    Ok(parse(&head))
}

fn ends_head(head: &[u8]) -> bool {
    head.windows(4).any(|end| end == b"\r\n\r\n")
}

fn parse(head: &[u8]) -> Result<Request, Refusal> {
    let mut headers = [httparse::EMPTY_HEADER; MOST_HEADERS];
    let mut parsed = httparse::Request::new(&mut headers);
    match parsed.parse(head) {
        Ok(httparse::Status::Complete(_)) => {}
        Err(httparse::Error::TooManyHeaders) => return Err(Refusal::TooLong),
        _ => return Err(Refusal::Malformed),
    }
    let method = match parsed.method {
        Some("GET") => Method::Get,
        Some("HEAD") => Method::Head,
        _ => return Err(Refusal::Method),
    };
    let mut hosts = parsed.headers.iter().filter(|header| header.name.eq_ignore_ascii_case("host"));
    let host = match (hosts.next(), hosts.next()) {
        (Some(host), None) => str::from_utf8(host.value).map_err(|_| Refusal::Malformed)?,
        _ => return Err(Refusal::Malformed),
    };
    if !names_an_address(host) {
        return Err(Refusal::Host);
    }
    let target = parsed.path.and_then(|path| path.strip_prefix('/')).ok_or(Refusal::Malformed)?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    Ok(Request { method, path: path.to_owned(), query: query.to_owned() })
}

/// Whether a `Host` header holds an IP address or `localhost`, and no name that anybody could register and
/// have point here.
fn names_an_address(host: &str) -> bool {
    let name = match host.rsplit_once(':') {
        Some((name, port)) if port.chars().all(|digit| digit.is_ascii_digit()) => name,
        _ => host,
    };
    let inner = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    name.eq_ignore_ascii_case("localhost") || inner.parse::<IpAddr>().is_ok()
}

impl Response {
    /// Writes the response; without its body where only the head was asked for.
    ///
    /// # Errors
    /// When the connection breaks.
    pub(super) fn write(&self, stream: &mut impl Write, method: Method) -> io::Result<()> {
        let Self { status, body, policy } = self;
        let head = format!(
            "HTTP/1.1 {}\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: {}\r\n\
             Content-Security-Policy: {policy}; frame-ancestors 'self'\r\n\
             X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n\
             Cross-Origin-Resource-Policy: same-origin\r\nCross-Origin-Opener-Policy: same-origin\r\n\
             Cache-Control: no-store\r\nAllow: GET, HEAD\r\nConnection: close\r\n\r\n",
            status.line(),
            body.len()
        );
        stream.write_all(head.as_bytes())?;
        if method == Method::Get {
            stream.write_all(body.as_bytes())?;
        }
        stream.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn request(head: &str) -> Result<Request, Refusal> {
        read(&mut head.as_bytes()).expect("a slice can be read")
    }

    fn with_host(host: &str) -> Result<Request, Refusal> {
        request(&format!("GET / HTTP/1.1\r\nHost: {host}\r\n\r\n"))
    }

    #[test]
    fn reads_the_path_and_the_query() {
        let head = "HEAD /side-by-side?left=1 HTTP/1.1\r\nHost: 127.0.0.1:80\r\n\r\n";
        let (path, query) = ("side-by-side".to_owned(), "left=1".to_owned());
        assert_eq!(request(head), Ok(Request { method: Method::Head, path, query }));
    }

    #[test]
    fn answers_no_request_that_names_another_host() {
        for host in
            ["localhost", "LOCALHOST:8000", "127.0.0.1:8000", "[::1]:8000", "192.168.0.7:80"]
        {
            assert!(with_host(host).is_ok(), "{host}");
        }
        for host in
            ["attacker.example", "127.0.0.1.attacker.example:80", "localhost.example", "", "a:b"]
        {
            assert_eq!(with_host(host), Err(Refusal::Host), "{host}");
        }
        let two = "GET / HTTP/1.1\r\nHost: localhost\r\nHost: attacker.example\r\n\r\n";
        assert_eq!(request(two), Err(Refusal::Malformed));
        assert_eq!(request("GET / HTTP/1.1\r\n\r\n"), Err(Refusal::Malformed));
    }

    #[test]
    fn refuses_what_is_no_reading_request() {
        let post = "POST / HTTP/1.1\r\nHost: localhost\r\n\r\n";
        assert_eq!(request(post), Err(Refusal::Method));
        assert_eq!(request("\x16\x03\x01\r\n\r\n"), Err(Refusal::Malformed));
        assert_eq!(
            request("GET http://x/ HTTP/1.1\r\nHost: localhost\r\n\r\n"),
            Err(Refusal::Malformed)
        );
        let long = format!("GET /{} HTTP/1.1\r\nHost: localhost\r\n\r\n", "a".repeat(10_000));
        assert_eq!(request(&long), Err(Refusal::TooLong));
        assert_eq!(request("GET / HT"), Err(Refusal::Malformed));
    }
}
