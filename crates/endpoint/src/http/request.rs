//! Reads HTTP/1.0 and HTTP/1.1 requests from bytes that come in pieces of any size.
//!
//! Bodies are skipped. Whatever arrives, the reader keeps no more than one head of [`LARGEST_HEAD`]
//! bytes and the last piece.

use httparse::{EMPTY_HEADER, Header, Status};

use crate::http::chunked::Chunks;

/// The largest head that is read, the limit of common servers.
pub(crate) const LARGEST_HEAD: usize = 64 * 1024;

/// Whether a connection stays open after a response (RFC 9112, section 9.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Persistence {
    /// More requests may follow.
    KeepAlive,
    /// The response is the last one.
    Close,
}

/// Whether a request carries the header `Authorization`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Credentials {
    /// It does.
    Given,
    /// It does not.
    Missing,
}

/// How many header fields are read.
const MOST_HEADERS: usize = 100;

/// The parts of a request that the server needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpRequest {
    /// The method, as it was sent.
    pub(crate) method: String,
    /// The target, as it was sent.
    pub(crate) target: String,
    /// Whether the client wants to keep the connection open.
    pub(crate) persistence: Persistence,
    /// Whether it carries credentials, whatever they are.
    pub(crate) credentials: Credentials,
}

impl HttpRequest {
    /// The path of the resource: the target without scheme, host and query.
    pub(crate) fn resource(&self) -> &str {
        let path = match self.target.split_once("://") {
            Some((_, rest)) if !self.target.starts_with('/') => {
                rest.find('/').map_or("", |slash| &rest[slash..])
            }
            _ => &self.target,
        };
        path.split_once('?').map_or(path, |(path, _)| path)
    }
}

/// What the reader found.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum RequestEvent {
    /// A whole request, its body included.
    Request(HttpRequest),
    /// A head whose client waits for `100 Continue` before it sends the body.
    ExpectContinue,
}

/// Why the bytes are not a request, as the status of the response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct RequestError(pub(crate) u16);

const MALFORMED: RequestError = RequestError(400);
const TOO_LARGE: RequestError = RequestError(431);
const UNKNOWN_CODING: RequestError = RequestError(501);
const UNKNOWN_VERSION: RequestError = RequestError(505);

/// Reads the requests of one connection.
#[derive(Debug, Default)]
pub(crate) struct RequestReader {
    buffer: Vec<u8>,
    /// How much of the buffer has been read.
    read: usize,
    /// The request whose body is being skipped.
    open: Option<(HttpRequest, Framing)>,
}

/// How the end of a body is found.
#[derive(Debug)]
enum Framing {
    Length(u64),
    Chunks(Chunks),
}

/// A parsed head.
struct Head {
    request: HttpRequest,
    framing: Framing,
    expects: bool,
}

impl RequestReader {
    /// Appends bytes that arrived.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        if self.read > 0 {
            self.buffer.drain(..self.read);
            self.read = 0;
        }
        self.buffer.extend_from_slice(bytes);
    }

    /// The next event in the bytes so far; none if they end before it.
    ///
    /// # Errors
    /// When they are not a request. After an error the connection cannot be read any further.
    pub(crate) fn next(&mut self) -> Result<Option<RequestEvent>, RequestError> {
        if self.open.is_none() {
            let Some(head) = self.head()? else { return Ok(None) };
            self.open = Some((head.request, head.framing));
            if head.expects {
                return Ok(Some(RequestEvent::ExpectContinue));
            }
        }
        Ok(self.body()?.map(RequestEvent::Request))
    }

    fn head(&mut self) -> Result<Option<Head>, RequestError> {
        let bytes = &self.buffer[self.read..];
        if bytes.is_empty() {
            return Ok(None);
        }
        let mut headers = [EMPTY_HEADER; MOST_HEADERS];
        let mut parsed = httparse::Request::new(&mut headers);
        let length = match parsed.parse(bytes) {
            Ok(Status::Complete(length)) if length <= LARGEST_HEAD => length,
            Ok(Status::Partial) if bytes.len() <= LARGEST_HEAD => return Ok(None),
            Ok(_) | Err(httparse::Error::TooManyHeaders) => return Err(TOO_LARGE),
            Err(httparse::Error::Version) => return Err(UNKNOWN_VERSION),
            Err(_) => return Err(MALFORMED),
        };
        let head = interpret(&parsed)?;
        self.read += length;
        Ok(Some(head))
    }

    /// Skips as much of the body as has arrived; gives the request at the body's end.
    fn body(&mut self) -> Result<Option<HttpRequest>, RequestError> {
        let Some((_, framing)) = &mut self.open else { return Ok(None) };
        let bytes = &self.buffer[self.read..];
        let ended = match framing {
            Framing::Length(left) => {
                let passed =
                    usize::try_from(*left).map_or(bytes.len(), |left| left.min(bytes.len()));
                *left -= passed as u64;
                self.read += passed;
                *left == 0
            }
            Framing::Chunks(chunks) => {
                self.read += chunks.skip(bytes).map_err(|_| MALFORMED)?;
                chunks.has_ended()
            }
        };
        Ok(if ended { self.open.take().map(|(request, _)| request) } else { None })
    }
}

fn interpret(parsed: &httparse::Request<'_, '_>) -> Result<Head, RequestError> {
    let (Some(method), Some(target), Some(version)) = (parsed.method, parsed.path, parsed.version)
    else {
        return Err(MALFORMED);
    };
    let is_http_1_1 = version == 1;
    if is_http_1_1 && values(parsed.headers, "host").count() != 1 {
        return Err(MALFORMED);
    }
    let framing = framing(parsed.headers)?;
    let has_no_body = matches!(framing, Framing::Length(0));
    let asks = |name, token| values(parsed.headers, name).any(|value| has_token(value, token));
    let keeps_alive =
        if is_http_1_1 { !asks("connection", "close") } else { asks("connection", "keep-alive") };
    let persistence = if keeps_alive { Persistence::KeepAlive } else { Persistence::Close };
    let credentials = match values(parsed.headers, "authorization").next() {
        Some(_) => Credentials::Given,
        None => Credentials::Missing,
    };
    let (method, target) = (method.to_owned(), target.to_owned());
    Ok(Head {
        request: HttpRequest { method, target, persistence, credentials },
        framing,
        expects: is_http_1_1 && !has_no_body && asks("expect", "100-continue"),
    })
}

/// How the body ends (RFC 9112, section 6.3). Both framings at once and two lengths are errors,
/// since they allow request smuggling.
fn framing(headers: &[Header<'_>]) -> Result<Framing, RequestError> {
    let mut codings = values(headers, "transfer-encoding");
    let mut lengths = values(headers, "content-length");
    match (codings.next(), lengths.next()) {
        (None, None) => Ok(Framing::Length(0)),
        (None, Some(length)) if lengths.next().is_none() => whole_number(length).ok_or(MALFORMED),
        (Some(coding), None) if codings.next().is_none() => {
            if coding.eq_ignore_ascii_case(b"chunked") {
                Ok(Framing::Chunks(Chunks::default()))
            } else {
                Err(UNKNOWN_CODING)
            }
        }
        _ => Err(MALFORMED),
    }
}

fn whole_number(digits: &[u8]) -> Option<Framing> {
    let digits = str::from_utf8(digits).ok()?;
    // `parse` would accept a sign.
    digits
        .bytes()
        .all(|byte| byte.is_ascii_digit())
        .then(|| digits.parse().ok())?
        .map(Framing::Length)
}

fn values<'a>(headers: &'a [Header<'_>], name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    headers
        .iter()
        .filter(move |header| header.name.eq_ignore_ascii_case(name))
        .map(|header| header.value.trim_ascii())
}

fn has_token(value: &[u8], token: &str) -> bool {
    value
        .split(|&byte| byte == b',')
        .any(|part| part.trim_ascii().eq_ignore_ascii_case(token.as_bytes()))
}

#[cfg(test)]
mod tests;
