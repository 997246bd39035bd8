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

/// How many header fields are read.
const MOST_HEADERS: usize = 100;

/// The parts of a request that the server needs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Request {
    /// The method, as it was sent.
    pub(crate) method: String,
    /// The target, as it was sent.
    pub(crate) target: String,
    /// Whether the client wants to keep the connection open.
    pub(crate) persistence: Persistence,
}

impl Request {
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
    Request(Request),
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
    open: Option<(Request, Framing)>,
}

/// How the end of a body is found.
#[derive(Debug)]
enum Framing {
    Length(u64),
    Chunks(Chunks),
}

/// A parsed head.
struct Head {
    request: Request,
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
    fn body(&mut self) -> Result<Option<Request>, RequestError> {
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
    Ok(Head {
        request: Request { method: method.to_owned(), target: target.to_owned(), persistence },
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
mod tests {
    use super::*;

    fn read_in_pieces(text: &[u8], size: usize) -> Result<Vec<RequestEvent>, RequestError> {
        let mut reader = RequestReader::default();
        let mut all = Vec::new();
        for piece in text.chunks(size) {
            reader.push(piece);
            while let Some(found) = reader.next()? {
                all.push(found);
            }
        }
        Ok(all)
    }

    fn read(text: &str) -> Result<Vec<RequestEvent>, RequestError> {
        read_in_pieces(text.as_bytes(), text.len().max(1))
    }

    fn targets(found: &[RequestEvent]) -> Vec<&str> {
        found
            .iter()
            .map(|found| match found {
                RequestEvent::Request(request) => request.target.as_str(),
                RequestEvent::ExpectContinue => "(expectation)",
            })
            .collect()
    }

    #[test]
    fn reads_the_same_requests_in_pieces_of_every_size() {
        let text = b"GET /a HTTP/1.1\r\nhost: h\r\n\r\n\
            POST /b HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 5\r\n\r\nGET /\
            PUT /c HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n\
            3;ext=1\r\nGET\r\n1a\r\nabcdefghijklmnopqrstuvwxyz\r\n0\r\ntrailer: t\r\n\r\n\
            GET /d HTTP/1.1\r\nhost: h\r\n\r\n";
        let whole = read_in_pieces(text, text.len()).expect("reads");
        assert_eq!(targets(&whole), ["/a", "(expectation)", "/b", "/c", "/d"]);
        for size in 1..text.len() {
            assert_eq!(read_in_pieces(text, size).expect("reads"), whole, "in pieces of {size}");
        }
    }

    #[test]
    fn persistence_follows_the_version_and_the_header() {
        let stays = |text: &str| match read(text).expect("reads").pop() {
            Some(RequestEvent::Request(request)) => request.persistence == Persistence::KeepAlive,
            other => panic!("not a request: {other:?}"),
        };
        assert!(stays("GET / HTTP/1.1\r\nhost: h\r\n\r\n"));
        assert!(!stays("GET / HTTP/1.1\r\nhost: h\r\nconnection: foo, Close\r\n\r\n"));
        assert!(!stays("GET / HTTP/1.0\r\n\r\n"));
        assert!(stays("GET / HTTP/1.0\r\nconnection: keep-alive\r\n\r\n"));
    }

    #[test]
    fn rejects_bytes_that_are_not_a_request() {
        let status = |text: &str| read(text).expect_err("is an error").0;
        assert_eq!(status("nonsense\r\n\r\n"), 400);
        assert_eq!(status("\x16\x03\x01\x02\x05"), 400);
        assert_eq!(status("GET / HTTP/1.1\r\n\r\n"), 400, "no host");
        assert_eq!(status("GET / HTTP/2.0\r\nhost: h\r\n\r\n"), 505);
        let body = |header: &str| format!("POST / HTTP/1.1\r\nhost: h\r\n{header}\r\n\r\n");
        for header in [
            "content-length: +1",
            "content-length: -1",
            "content-length: ",
            "content-length: 99999999999999999999",
            "content-length: 1\r\ncontent-length: 2",
            "content-length: 1\r\ntransfer-encoding: chunked",
        ] {
            assert_eq!(status(&body(header)), 400, "{header}");
        }
        assert_eq!(status(&body("transfer-encoding: gzip")), 501);
        assert_eq!(status(&(body("transfer-encoding: chunked") + "zz\r\n")), 400);
    }

    #[test]
    fn rejects_a_head_that_is_too_large() {
        let mut reader = RequestReader::default();
        reader.push(b"GET / HTTP/1.1\r\nlong: ");
        assert_eq!(reader.next(), Ok(None));
        reader.push(&vec![b'a'; LARGEST_HEAD]);
        assert_eq!(reader.next(), Err(TOO_LARGE));
        let many = "a: b\r\n".repeat(MOST_HEADERS + 1);
        assert_eq!(read(&format!("GET / HTTP/1.1\r\n{many}\r\n")), Err(TOO_LARGE));
    }

    #[test]
    fn skips_a_long_body_without_keeping_it() {
        let mut reader = RequestReader::default();
        reader.push(b"POST / HTTP/1.1\r\nhost: h\r\ncontent-length: 1048576\r\n\r\n");
        assert_eq!(reader.next(), Ok(None));
        for _ in 0..1024 {
            reader.push(&[0; 1024]);
            assert!(reader.buffer.len() <= 2048);
            if reader.next().expect("reads").is_some() {
                return;
            }
        }
        panic!("the body did not end");
    }

    #[test]
    fn whatever_comes_nothing_panics() {
        let mut seed = 1u64;
        let mut random = move || {
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            seed >> 33
        };
        let pieces: [&[u8]; 12] = [
            b"GET ",
            b"POST / HTTP/1.1\r\n",
            b"/todos/1",
            b" HTTP/1.1\r\n",
            b"host: h\r\n",
            b"\r\n",
            b"content-length: 3\r\n",
            b"transfer-encoding: chunked\r\n",
            b"5\r\n",
            b"0\r\n",
            b"\0\xff",
            b"ffffffffffffffff\r\n",
        ];
        for _ in 0..5000 {
            let text: Vec<u8> = (0..random() % 20)
                .flat_map(|_| pieces[random() as usize % pieces.len()].iter().copied())
                .collect();
            let size = 1 + random() as usize % 40;
            let _ = read_in_pieces(&text, size);
        }
    }
}
