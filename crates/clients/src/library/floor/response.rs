//! Finds the end of a response: reads only what decides its length, and whether its connection can
//! carry another. It does no input or output, and keeps no part of the body.

use std::io::BufRead;

const VERSION: &[u8] = b"HTTP/1.";
const LONGEST_LINE: usize = 64 * 1024;

/// Whether the answer to a request may have a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum AnswerBody {
    Possible,
    /// The answer to `HEAD` has none, whatever its head says.
    Never,
}

/// The part of the bytes that is no part of a response.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0} is not valid")]
pub(super) struct Malformed(&'static str);

const STATUS_LINE: Malformed = Malformed("the status line");
const HEADER: Malformed = Malformed("a header");
const LENGTH: Malformed = Malformed("the content-length");
const CODING: Malformed = Malformed("a transfer-encoding under HTTP/1.0");
const CHUNK: Malformed = Malformed("a chunk");
const LINE: Malformed = Malformed("a line of more than 64 KiB");

/// Takes the bytes of one response, however they are cut.
pub(super) struct ResponseParser {
    answer: AnswerBody,
    place: Place,
    /// The start of a line whose end has not arrived: only a line that was cut needs memory.
    line: Vec<u8>,
    head: Head,
    body_bytes: u64,
}

/// What the next bytes are.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    StatusLine,
    Headers,
    /// This many bytes, which end the response.
    Body(u64),
    BodyUntilClose,
    ChunkSize,
    /// This many bytes, before the line break that ends the chunk.
    Chunk(u64),
    ChunkEnd,
    Trailers,
    Complete,
}

/// What a head says.
#[derive(Clone, Copy, Default)]
struct Head {
    status: u16,
    is_version_1_0: bool,
    keeps_connection: bool,
    framing: Framing,
}

/// How a head announces the length of its body.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum Framing {
    #[default]
    Unannounced,
    Length(u64),
    Chunked,
    OtherCoding,
}

impl ResponseParser {
    /// A parser that has taken nothing yet.
    pub(super) fn new(answer: AnswerBody) -> Self {
        let (place, head) = (Place::StatusLine, Head::default());
        Self { answer, place, line: Vec::new(), head, body_bytes: 0 }
    }

    /// Takes bytes, and returns how many of them belong to the response.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        let mut rest = bytes;
        while !rest.is_empty() && !self.is_complete() {
            let taken = match self.place {
                Place::Body(left) | Place::Chunk(left) => self.take_body(left, rest.len()),
                Place::BodyUntilClose => self.take_body(u64::MAX, rest.len()),
                _ => self.take_piece(rest)?,
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

    /// The status, as soon as the whole head was taken.
    pub(super) fn status(&self) -> Option<u16> {
        (!matches!(self.place, Place::StatusLine | Place::Headers)).then_some(self.head.status)
    }

    pub(super) fn body_bytes(&self) -> u64 {
        self.body_bytes
    }

    /// Whether the server keeps the connection for another response.
    pub(super) fn keeps_connection(&self) -> bool {
        self.head.keeps_connection && self.head.status != 101
    }

    /// Takes bytes of a body, of which this many are left and this many have arrived.
    fn take_body(&mut self, left: u64, arrived: usize) -> usize {
        let taken = usize::try_from(left).unwrap_or(usize::MAX).min(arrived);
        self.body_bytes += taken as u64;
        let left = left - taken as u64;
        self.place = match self.place {
            Place::Body(_) if left == 0 => Place::Complete,
            Place::Body(_) => Place::Body(left),
            Place::Chunk(_) if left == 0 => Place::ChunkEnd,
            Place::Chunk(_) => Place::Chunk(left),
            other => other,
        };
        taken
    }

    /// Takes a line, or the part of it that has arrived, and returns its length.
    fn take_piece(&mut self, bytes: &[u8]) -> Result<usize, Malformed> {
        // Reading bytes in memory cannot fail. No other way to find a line break is as fast.
        let length = (&mut &*bytes).skip_until(b'\n').unwrap_or(bytes.len());
        let piece = &bytes[..length];
        let is_ended = piece.ends_with(b"\n");
        if self.line.len() + length > LONGEST_LINE {
            return Err(LINE);
        }
        if is_ended && self.line.is_empty() {
            self.take_line(piece)?;
            return Ok(length);
        }
        self.line.extend_from_slice(piece);
        if is_ended {
            let line = std::mem::take(&mut self.line);
            self.take_line(&line)?;
        } else if self.place == Place::StatusLine && !may_be_status_line(&self.line) {
            return Err(STATUS_LINE);
        }
        Ok(length)
    }

    /// Takes a whole line with its line break.
    fn take_line(&mut self, line: &[u8]) -> Result<(), Malformed> {
        let text = line.strip_suffix(b"\n").unwrap_or(line);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        self.place = match self.place {
            Place::StatusLine => {
                self.head = read_status_line(text)?;
                Place::Headers
            }
            Place::Headers if text.is_empty() => self.after_head(),
            Place::Headers => {
                self.head.read_header(text)?;
                Place::Headers
            }
            // Only in a head a line feed alone may end a line.
            _ if !line.ends_with(b"\r\n") => return Err(CHUNK),
            Place::ChunkSize => match read_chunk_size(text)? {
                0 => Place::Trailers,
                size => Place::Chunk(size),
            },
            Place::ChunkEnd if text.is_empty() => Place::ChunkSize,
            Place::Trailers if text.is_empty() => Place::Complete,
            Place::Trailers => Place::Trailers,
            _ => return Err(CHUNK),
        };
        Ok(())
    }

    /// What follows the head: the rules of RFC 9112, section 6.3.
    fn after_head(&self) -> Place {
        match (self.head.status, self.head.framing) {
            (101 | 204 | 304, _) => Place::Complete,
            // An interim response, which the final one follows.
            (100..=199, _) => Place::StatusLine,
            _ if self.answer == AnswerBody::Never => Place::Complete,
            (_, Framing::Length(0)) => Place::Complete,
            (_, Framing::Length(length)) => Place::Body(length),
            (_, Framing::Chunked) => Place::ChunkSize,
            (_, Framing::Unannounced | Framing::OtherCoding) => Place::BodyUntilClose,
        }
    }
}

fn may_be_status_line(start: &[u8]) -> bool {
    let compared = start.len().min(VERSION.len());
    start[..compared] == VERSION[..compared]
}

/// Reads `HTTP/1.1 200 OK`.
fn read_status_line(line: &[u8]) -> Result<Head, Malformed> {
    let Some([version @ (b'0' | b'1'), b' ', first @ b'1'..=b'9', second, third, reason @ ..]) =
        line.strip_prefix(VERSION)
    else {
        return Err(STATUS_LINE);
    };
    let status = read_number(&[*first, *second, *third], 10).ok_or(STATUS_LINE)? as u16;
    if reason.first().is_some_and(|&byte| byte != b' ') {
        return Err(STATUS_LINE);
    }
    let is_version_1_0 = *version == b'0';
    let framing = Framing::Unannounced;
    Ok(Head { status, is_version_1_0, keeps_connection: !is_version_1_0, framing })
}

impl Head {
    /// Reads `name: value`, if it is a header that matters.
    fn read_header(&mut self, line: &[u8]) -> Result<(), Malformed> {
        if line.first().is_some_and(u8::is_ascii_whitespace) {
            // It continues the line before it, which may be one that matters.
            return Err(HEADER);
        }
        if let Some(mut options) = words_of(line, b"connection")? {
            let option: &[u8] = if self.keeps_connection { b"close" } else { b"keep-alive" };
            self.keeps_connection ^= options.any(|word| word.eq_ignore_ascii_case(option));
        } else if let Some(mut lengths) = words_of(line, b"content-length")? {
            lengths.try_for_each(|word| self.read_length(word))?;
        } else if let Some(mut codings) = words_of(line, b"transfer-encoding")? {
            if self.is_version_1_0 {
                return Err(CODING);
            }
            let last = codings.next_back();
            let is_chunked = last.is_some_and(|word| word.eq_ignore_ascii_case(b"chunked"));
            self.framing = if is_chunked { Framing::Chunked } else { Framing::OtherCoding };
        }
        Ok(())
    }

    fn read_length(&mut self, word: &[u8]) -> Result<(), Malformed> {
        let length = Framing::Length(read_number(word, 10).ok_or(LENGTH)?);
        match self.framing {
            Framing::Unannounced => self.framing = length,
            Framing::Length(_) if self.framing != length => return Err(LENGTH),
            // A coding decides without the length.
            _ => {}
        }
        Ok(())
    }
}

/// The words of a header of this name, which commas separate; none if the line has another name.
fn words_of<'a>(
    line: &'a [u8],
    name: &[u8],
) -> Result<Option<impl DoubleEndedIterator<Item = &'a [u8]>>, Malformed> {
    // Looks at one byte of most lines.
    let is_named = |end: &u8| matches!(end, b':' | b' ' | b'\t');
    let Some((start, [end, value @ ..])) = line.split_at_checked(name.len()) else {
        return Ok(None);
    };
    match end {
        end if !is_named(end) || !start.eq_ignore_ascii_case(name) => Ok(None),
        b':' => Ok(Some(value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii))),
        _ => Err(HEADER),
    }
}

/// Reads the size before `;`, which starts an extension.
fn read_chunk_size(line: &[u8]) -> Result<u64, Malformed> {
    let size = line.split(|&byte| byte == b';').next().unwrap_or_default();
    read_number(size.trim_ascii_end(), 16).ok_or(CHUNK)
}

/// Reads digits; none if there is anything else, or the number is too large.
fn read_number(digits: &[u8], radix: u32) -> Option<u64> {
    let add = |number: u64, &byte: &u8| {
        let digit = char::from(byte).to_digit(radix)?;
        number.checked_mul(radix.into())?.checked_add(digit.into())
    };
    if digits.is_empty() { None } else { digits.iter().try_fold(0, add) }
}

#[cfg(test)]
mod tests;
