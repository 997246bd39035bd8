//! The requests of a target, checked once before any trial. Every client sends them unchanged.

use std::net::IpAddr;
use std::sync::Arc;

use hyper::body::Bytes;
use hyper::http::{HeaderMap, HeaderName, HeaderValue, Method, Request, Uri, header};
use model::target::{Header, Target};

/// Names the tool to the measured servers.
const USER_AGENT: &str = concat!("batchmark/", env!("CARGO_PKG_VERSION"));

/// Why a target cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum BadTarget {
    /// The target is empty.
    #[error("the target has no requests")]
    Empty,
    /// An invalid method, or `CONNECT`.
    #[error("{0:?} is not a valid method: use one such as GET or POST")]
    Method(String),
    /// A text that is not a URL.
    #[error("{url:?} is not a URL: {reason}")]
    Url { url: String, reason: String },
    /// A URL of another scheme.
    #[error("{0:?} is not an http or https URL")]
    Scheme(String),
    /// A URL without a host or with an invalid port.
    #[error("{0:?} has no valid host and port")]
    Host(String),
    /// A URL that contains credentials.
    #[error("{0:?} contains credentials: send them in an Authorization header")]
    Credentials(String),
    /// An invalid name of a header.
    #[error("{0:?} is not a valid header name")]
    HeaderName(String),
    /// An invalid value of a header.
    #[error("{1:?} is not a valid value of the header {0}")]
    HeaderValue(String, String),
    /// A header that describes the body.
    #[error("leave out the header {0}: the client sets it from the body")]
    Framing(String),
    /// A header that may occur only once.
    #[error("the header {0} is given twice")]
    Twice(String),
}

/// One request, ready to be sent.
#[derive(Clone, Debug)]
pub(crate) struct PreparedRequest {
    method: Method,
    uri: Uri,
    /// Shared by consecutive requests: a large target would not fit into the processor's caches.
    headers: Arc<HeaderMap>,
    body: Option<Bytes>,
}

impl PreparedRequest {
    /// The method.
    pub(crate) fn method(&self) -> &Method {
        &self.method
    }

    /// Every header but `host`, unless the target gives that too.
    pub(crate) fn headers(&self) -> &HeaderMap {
        &self.headers
    }

    /// The URL.
    pub(crate) fn uri(&self) -> &Uri {
        &self.uri
    }

    /// The value of a header, including those that the client adds.
    pub(crate) fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body. It is empty for a method that needs a body where none was given.
    pub(crate) fn body(&self) -> Option<&Bytes> {
        self.body.as_ref()
    }

    /// The request with `body`, as the client's library takes it.
    pub(crate) fn with_body<B>(&self, body: B) -> Request<B> {
        let mut request = Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.uri.clone();
        *request.headers_mut() = HeaderMap::clone(&self.headers);
        request
    }
}

/// The host of a URL as lookups and certificates need it: an IPv6 address without brackets.
pub(crate) fn host(uri: &Uri) -> &str {
    uri.host().unwrap_or_default().trim_start_matches('[').trim_end_matches(']')
}

/// Whether a host is a name to look up, and not an address.
pub(crate) fn is_name(host: &str) -> bool {
    host.parse::<IpAddr>().is_err()
}

/// The port of a URL, or the default port of its scheme.
pub(crate) fn port(uri: &Uri) -> u16 {
    uri.port_u16().unwrap_or(if uri.scheme_str() == Some("https") { 443 } else { 80 })
}

/// Checks every request of a target and prepares it for sending.
///
/// # Errors
/// Names the first method, URL or header that cannot be used.
pub(crate) fn prepare_all(target: &Target) -> Result<Vec<PreparedRequest>, BadTarget> {
    let mut all = Vec::with_capacity(target.requests.len());
    prepare_each(target, |request| all.push(request))?;
    Ok(all)
}

/// Checks the requests of a target, and visits each of them ready for sending.
///
/// # Errors
/// As [`prepare_all`].
pub(crate) fn prepare_each(
    target: &Target,
    mut visit: impl FnMut(PreparedRequest),
) -> Result<(), BadTarget> {
    if target.requests.is_empty() {
        return Err(BadTarget::Empty);
    }
    let without_body = Arc::new(read_headers(&target.headers)?);
    let mut last = Arc::clone(&without_body);
    for request in target.requests.iter() {
        let method = read_method(&request.method)?;
        let needs_body = [Method::POST, Method::PUT, Method::PATCH].contains(&method);
        let body = match &request.body {
            Some(body) => Some(Bytes::copy_from_slice(body.as_bytes())),
            None => needs_body.then(Bytes::new),
        };
        let length = body.as_ref().map(|body| HeaderValue::from(body.len()));
        if last.get(header::CONTENT_LENGTH) != length.as_ref() {
            let mut headers = HeaderMap::clone(&without_body);
            headers.extend(length.map(|length| (header::CONTENT_LENGTH, length)));
            last = Arc::new(headers);
        }
        let headers = Arc::clone(&last);
        visit(PreparedRequest { method, uri: read_url(&request.url)?, headers, body });
    }
    Ok(())
}

fn read_method(text: &str) -> Result<Method, BadTarget> {
    Method::from_bytes(text.as_bytes())
        .ok()
        .filter(|method| method != Method::CONNECT)
        .ok_or_else(|| BadTarget::Method(text.to_owned()))
}

fn read_url(text: &str) -> Result<Uri, BadTarget> {
    let shown = || text.to_owned();
    let uri: Uri = text
        .parse()
        .map_err(|error| BadTarget::Url { url: shown(), reason: format!("{error}") })?;
    if !matches!(uri.scheme_str(), Some("http" | "https")) {
        return Err(BadTarget::Scheme(shown()));
    }
    let authority = uri.authority().ok_or_else(|| BadTarget::Host(shown()))?;
    if authority.as_str().contains('@') {
        return Err(BadTarget::Credentials(shown()));
    }
    let is_whole = match uri.port_u16() {
        Some(port) => port != 0,
        None => authority.as_str() == authority.host(),
    };
    if authority.host().is_empty() || !is_whole {
        return Err(BadTarget::Host(shown()));
    }
    Ok(uri)
}

/// The target's headers, and the standard headers that the target does not replace.
fn read_headers(given: &[Header]) -> Result<HeaderMap, BadTarget> {
    let mut own = HeaderMap::new();
    for Header { name, value } in given {
        let header_name = HeaderName::from_bytes(name.as_bytes())
            .map_err(|_| BadTarget::HeaderName(name.clone()))?;
        let header_value = HeaderValue::from_str(value)
            .map_err(|_| BadTarget::HeaderValue(name.clone(), value.clone()))?;
        if [header::CONTENT_LENGTH, header::TRANSFER_ENCODING].contains(&header_name) {
            return Err(BadTarget::Framing(name.clone()));
        }
        if header_name == header::HOST && own.contains_key(&header_name) {
            return Err(BadTarget::Twice(name.clone()));
        }
        own.append(header_name, header_value);
    }
    let standard = [
        (header::ACCEPT, "*/*"),
        (header::ACCEPT_ENCODING, "identity"),
        (header::USER_AGENT, USER_AGENT),
    ];
    for (name, value) in standard {
        own.entry(name).or_insert(HeaderValue::from_static(value));
    }
    Ok(own)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::target::{Checks, Request, Requests, Trust};
    use model::time::Span;

    type Headers = &'static [(&'static str, &'static str)];

    fn target(method: &str, url: &str, headers: Headers) -> Target {
        let header = |&(name, value): &(&str, &str)| Header {
            name: name.to_owned(),
            value: value.to_owned(),
        };
        Target {
            userinfo: None,
            requests: vec![Request { method: method.to_owned(), url: url.to_owned(), body: None }]
                .into(),
            headers: headers.iter().map(header).collect(),
            trust: Trust::Default,
            checks: Checks { statuses: vec![200], min_bytes: 0 },
            time_limit: Span::from_secs(1),
        }
    }

    #[test]
    fn names_what_cannot_be_sent() {
        const GOOD: &str = "http://localhost:80/";
        let refused = |method, url, headers, named: &str| {
            let error =
                prepare_all(&target(method, url, headers)).expect_err("is refused").to_string();
            assert!(error.contains(named), "{error:?} does not name {named:?}");
        };
        for method in ["", "GE T", "CONNECT"] {
            refused(method, GOOD, &[], &format!("{method:?}"));
        }
        let urls = [
            "",
            "localhost",
            "/todos/1",
            "ftp://localhost/",
            "http:///todos",
            "http://a b/",
            "http://localhost:/",
            "http://localhost:0/",
            "http://localhost:99999/",
            "http://user:secret@localhost/",
        ];
        for url in urls {
            refused("GET", url, &[], &format!("{url:?}"));
        }
        refused("GET", GOOD, &[("bad name", "x")], "bad name");
        refused("GET", GOOD, &[("X-A", "line\nbreak")], "X-A");
        refused("GET", GOOD, &[("Content-Length", "3")], "Content-Length");
        refused("GET", GOOD, &[("Host", "a"), ("host", "b")], "host");
        let empty = Target { requests: Requests::default(), ..target("GET", GOOD, &[]) };
        assert_eq!(prepare_all(&empty).map(|_| ()), Err(BadTarget::Empty));
    }

    #[test]
    fn given_headers_replace_the_standard_ones_and_may_repeat() {
        let headers: Headers = &[("accept", "text/html"), ("X-A", "1"), ("x-a", "2")];
        let requests = prepare_all(&target("GET", "https://[::1]/", headers)).expect("can be sent");
        assert_eq!((host(requests[0].uri()), port(requests[0].uri())), ("::1", 443));
        let request = requests[0].with_body(());
        let all = |name: &str| -> Vec<_> { request.headers().get_all(name).iter().collect() };
        assert_eq!(all("accept"), ["text/html"]);
        assert_eq!(all("accept-encoding"), ["identity"]);
        assert_eq!(all("user-agent"), [USER_AGENT]);
        assert_eq!(all("x-a"), ["1", "2"]);
    }
}
