//! Finds the end of a response, and reads of it only its status and what decides its length. It does no
//! input or output, and keeps no part of the body.

use std::mem::{MaybeUninit, take};

use httparse::{EMPTY_HEADER, ParserConfig, Response, Status, parse_chunk_size, parse_headers};
use model::time::Moment;

const MOST_HEADERS: usize = 128;
/// The most bytes of a head, of trailers and of the size of a chunk.
const LONGEST: usize = 64 * 1024;

/// Whether the answer to a request may have a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerBody {
    Possible,
    /// The answer to `HEAD` has none, whatever its head says.
    Never,
}

/// What is wrong with bytes that are no response.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Malformed {
    #[error(transparent)]
    Head(#[from] httparse::Error),
    #[error("the content-length is not valid")]
    Length,
    #[error("a response of HTTP/1.0 has a transfer-encoding")]
    Coding,
    #[error("a chunk is not valid")]
    Chunk,
    #[error("a head is longer than 64 KiB")]
    TooLong,
}

/// Takes the bytes of one response, however they are cut.
pub(super) struct ResponseParser {
    answer: AnswerBody,
    place: Place,
    /// How many bytes are left of a body or of a chunk.
    left: u64,
    /// The start of a head or of a line whose end has not arrived. Only what was cut is copied.
    cut: Vec<u8>,
    /// When the first byte of the last head arrived, if that was observed.
    pub(super) began: Option<Moment>,
    /// What the final head says, as soon as all of it was taken.
    pub(super) head: Option<Head>,
    pub(super) body_bytes: u64,
}

/// What the head of the final response says.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) status: u16,
    /// Whether the connection can carry another response.
    pub(super) keeps_connection: bool,
}

/// What the next bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Head,
    Body,
    BodyUntilClose,
    ChunkSize,
    Chunk,
    /// The line break after a chunk.
    ChunkEnd,
    Trailers,
    Complete,
}

impl ResponseParser {
    /// A parser that has taken nothing yet.
    pub(super) fn new(answer: AnswerBody) -> Self {
        let (place, cut) = (Place::Head, Vec::new());
        Self { answer, place, left: 0, cut, began: None, head: None, body_bytes: 0 }
    }

    /// Takes bytes that arrived at a moment, and returns how many of them belong to the response.
    pub(super) fn take(&mut self, bytes: &[u8], at: Option<Moment>) -> Result<usize, Malformed> {
        let mut rest = bytes;
        while !rest.is_empty() && !self.is_complete() {
            let taken = match self.place {
                Place::Body | Place::Chunk | Place::BodyUntilClose => self.take_body(rest),
                _ => self.take_piece(rest, at)?,
            };
            rest = &rest[taken..];
        }
        Ok(bytes.len() - rest.len())
    }

    /// The connection has ended, which completes a body without an announced length.
    pub(super) fn end(&mut self) {
        if self.place == Place::BodyUntilClose {
            self.place = Place::Complete;
        }
    }

    pub(super) fn is_complete(&self) -> bool {
        self.place == Place::Complete
    }

    fn take_body(&mut self, bytes: &[u8]) -> usize {
        let taken = usize::try_from(self.left).unwrap_or(usize::MAX).min(bytes.len());
        self.left -= taken as u64;
        self.body_bytes += taken as u64;
        if self.left == 0 {
            self.place = if self.place == Place::Chunk { Place::ChunkEnd } else { Place::Complete };
        }
        taken
    }

    /// Takes what comes between bytes of the body, or the part of it that has arrived.
    fn take_piece(&mut self, bytes: &[u8], at: Option<Moment>) -> Result<usize, Malformed> {
        let mut cut = take(&mut self.cut);
        let before = cut.len();
        if before > 0 {
            cut.extend_from_slice(bytes);
        } else if self.place == Place::Head {
            self.began = at;
        }
        let piece = if before > 0 { &cut } else { bytes };
        match self.read_piece(piece)? {
            Status::Complete(length) if length <= LONGEST => Ok(length - before),
            Status::Partial if piece.len() <= LONGEST => {
                self.cut = if before > 0 { cut } else { bytes.to_vec() };
                Ok(bytes.len())
            }
            _ => Err(Malformed::TooLong),
        }
    }

    /// Reads what is next, if all of it is there, and returns its length.
    fn read_piece(&mut self, bytes: &[u8]) -> Result<Status<usize>, Malformed> {
        let (length, next) = match (self.place, bytes) {
            (Place::ChunkEnd, [b'\r', b'\n', ..]) => (2, Place::ChunkSize),
            (Place::ChunkEnd, [b'\r']) => return Ok(Status::Partial),
            (Place::ChunkSize, [b'0'..=b'9' | b'a'..=b'f' | b'A'..=b'F', ..]) => {
                match parse_chunk_size(bytes).map_err(|_| Malformed::Chunk)? {
                    Status::Partial => return Ok(Status::Partial),
                    Status::Complete((length, 0)) => (length, Place::Trailers),
                    Status::Complete((length, size)) => {
                        self.left = size;
                        (length, Place::Chunk)
                    }
                }
            }
            (Place::ChunkEnd | Place::ChunkSize, _) => return Err(Malformed::Chunk),
            (Place::Trailers, _) => {
                match parse_headers(bytes, &mut [EMPTY_HEADER; MOST_HEADERS])? {
                    Status::Partial => return Ok(Status::Partial),
                    Status::Complete((length, _)) => (length, Place::Complete),
                }
            }
            _ => return self.read_head(bytes),
        };
        self.place = next;
        Ok(Status::Complete(length))
    }

    /// Reads a head: the rules of RFC 9112, section 6.3.
    fn read_head(&mut self, bytes: &[u8]) -> Result<Status<usize>, Malformed> {
        let mut headers = [const { MaybeUninit::uninit() }; MOST_HEADERS];
        let mut response = Response::new(&mut []);
        let parsed = ParserConfig::default().parse_response_with_uninit_headers(
            &mut response,
            bytes,
            &mut headers,
        )?;
        if parsed.is_partial() {
            return Ok(Status::Partial);
        }
        let status = response.code.filter(|&code| code >= 100).ok_or(httparse::Error::Status)?;
        let length = content_length(&response)?;
        let coding = words(&response, "transfer-encoding").last();
        if coding.is_some() && response.version == Some(0) {
            return Err(Malformed::Coding);
        }
        self.left = length.filter(|_| coding.is_none()).unwrap_or(u64::MAX);
        self.place = match (status, coding) {
            (101 | 204 | 304, _) => Place::Complete,
            // An interim response, which the final one follows.
            (100..=199, _) => return Ok(parsed),
            _ if self.answer == AnswerBody::Never || self.left == 0 => Place::Complete,
            (_, Some(coding)) if coding.eq_ignore_ascii_case(b"chunked") => Place::ChunkSize,
            (_, None) if length.is_some() => Place::Body,
            _ => Place::BodyUntilClose,
        };
        let keeps_connection = status != 101 && keeps_connection(&response);
        self.head = Some(Head { status, keeps_connection });
        Ok(parsed)
    }
}

/// The length that a head announces; it may repeat it, and not contradict itself.
fn content_length(response: &Response<'_, '_>) -> Result<Option<u64>, Malformed> {
    let mut known = None;
    for word in words(response, "content-length") {
        let is_number = word.iter().all(u8::is_ascii_digit);
        let length =
            str::from_utf8(word).ok().filter(|_| is_number).and_then(|word| word.parse().ok());
        if length.is_none() || known.is_some_and(|known| Some(known) != length) {
            return Err(Malformed::Length);
        }
        known = length;
    }
    Ok(known)
}

fn keeps_connection(response: &Response<'_, '_>) -> bool {
    let has =
        |option: &[u8]| words(response, "connection").any(|word| word.eq_ignore_ascii_case(option));
    !has(b"close") && (response.version == Some(1) || has(b"keep-alive"))
}

/// The words of the headers of this name, which commas separate.
fn words<'a>(response: &'a Response<'_, '_>, name: &'a str) -> impl Iterator<Item = &'a [u8]> {
    let headers = response.headers.iter().filter(|header| header.name.eq_ignore_ascii_case(name));
    headers.flat_map(|header| header.value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii))
}

#[cfg(test)]
mod tests;
