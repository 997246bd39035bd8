//! Finds the end of a response. It does no input or output, and keeps no part of the body.

use std::mem::take;

use httparse::{EMPTY_HEADER, Status, parse_chunk_size, parse_headers};
use model::time::Moment;

use super::head::{Framing, Head, HeadReader, MOST_HEADERS, Malformed};

/// The most bytes of a head, of trailers and of the size of a chunk.
const LONGEST: usize = 64 * 1024;

/// Whether the answer to a request may have a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum AnswerBody {
    Possible,
    /// The answer to `HEAD` has none, whatever its head says.
    Never,
}

/// Takes the bytes of one response after another, however they are cut.
pub(super) struct ResponseParser {
    heads: HeadReader,
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
        Self {
            heads: HeadReader::default(),
            answer,
            place: Place::Head,
            left: 0,
            cut: Vec::new(),
            began: None,
            head: None,
            body_bytes: 0,
        }
    }

    /// Expects the next response.
    pub(super) fn restart(&mut self, answer: AnswerBody) {
        *self = Self { heads: take(&mut self.heads), ..Self::new(answer) };
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

    /// Reads a head, and what follows it by the rules of RFC 9112, section 6.3.
    fn read_head(&mut self, bytes: &[u8]) -> Result<Status<usize>, Malformed> {
        let read = self.heads.read(bytes)?;
        let Some(head) = self.heads.last().filter(|_| read.is_complete()) else {
            return Ok(Status::Partial);
        };
        self.left = u64::MAX;
        self.place = match (head.status, head.framing) {
            (101 | 204 | 304, _) => Place::Complete,
            // An interim response, which the final one follows.
            (100..=199, _) => return Ok(read),
            _ if self.answer == AnswerBody::Never => Place::Complete,
            (_, Framing::Length(0)) => Place::Complete,
            (_, Framing::Length(length)) => {
                self.left = length;
                Place::Body
            }
            (_, Framing::Chunked) => Place::ChunkSize,
            (_, Framing::Unannounced | Framing::OtherCoding) => Place::BodyUntilClose,
        };
        self.head = Some(head);
        Ok(read)
    }
}

#[cfg(test)]
mod tests;
