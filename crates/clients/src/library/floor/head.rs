//! Reads the head of a response: only its status and what decides its length.

use std::mem::MaybeUninit;

use httparse::{Error, ParserConfig, Response, Status};

/// The most headers of a response.
pub(super) const MOST_HEADERS: usize = 128;

/// What is wrong with bytes that are no response.
#[derive(Clone, Copy, Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum Malformed {
    #[error(transparent)]
    Head(#[from] Error),
    #[error("the content-length is not valid")]
    Length,
    #[error("a response of HTTP/1.0 has a transfer-encoding")]
    Coding,
    #[error("a chunk is not valid")]
    Chunk,
    #[error("a head is longer than 64 KiB")]
    TooLong,
}

/// What a head says.
#[derive(Clone, Copy)]
pub(super) struct Head {
    pub(super) status: u16,
    /// Whether the connection can carry another response.
    pub(super) keeps_connection: bool,
    pub(super) framing: Framing,
}

/// How a head announces the length of its body.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Framing {
    Unannounced,
    Length(u64),
    Chunked,
    OtherCoding,
}

/// Reads heads. A server often repeats its last one, which is then not parsed again.
#[derive(Default)]
pub(super) struct HeadReader {
    bytes: Vec<u8>,
    head: Option<Head>,
}

impl HeadReader {
    /// Reads a head at the start of `bytes` and returns its length, if all of it is there.
    pub(super) fn read(&mut self, bytes: &[u8]) -> Result<Status<usize>, Malformed> {
        if self.head.is_some() && bytes.starts_with(&self.bytes) {
            return Ok(Status::Complete(self.bytes.len()));
        }
        let mut headers = [const { MaybeUninit::uninit() }; MOST_HEADERS];
        let mut response = Response::new(&mut []);
        let config = ParserConfig::default();
        let read = config.parse_response_with_uninit_headers(&mut response, bytes, &mut headers)?;
        if let Status::Complete(length) = read {
            self.head = Some(Head::of(&response)?);
            self.bytes.clear();
            self.bytes.extend_from_slice(&bytes[..length]);
        }
        Ok(read)
    }

    /// The head that was read last.
    pub(super) fn last(&self) -> Option<Head> {
        self.head
    }
}

impl Head {
    fn of(response: &Response<'_, '_>) -> Result<Self, Malformed> {
        let is_version_1_1 = response.version == Some(1);
        let status = response.code.filter(|&code| code >= 100).ok_or(Error::Status)?;
        let mut head =
            Self { status, keeps_connection: is_version_1_1, framing: Framing::Unannounced };
        for header in response.headers.iter() {
            let mut words = header.value.split(|&byte| byte == b',').map(<[u8]>::trim_ascii);
            if header.name.eq_ignore_ascii_case("content-length") {
                words.try_for_each(|word| head.announce(word))?;
            } else if header.name.eq_ignore_ascii_case("transfer-encoding") {
                if !is_version_1_1 {
                    return Err(Malformed::Coding);
                }
                let is_chunked =
                    words.next_back().is_some_and(|word| word.eq_ignore_ascii_case(b"chunked"));
                head.framing = if is_chunked { Framing::Chunked } else { Framing::OtherCoding };
            } else if header.name.eq_ignore_ascii_case("connection") {
                let option: &[u8] = if is_version_1_1 { b"close" } else { b"keep-alive" };
                if words.any(|word| word.eq_ignore_ascii_case(option)) {
                    head.keeps_connection = !is_version_1_1;
                }
            }
        }
        // Another protocol follows this status.
        head.keeps_connection &= status != 101;
        Ok(head)
    }

    /// Takes an announced length. It may be repeated, and a coding decides without it.
    fn announce(&mut self, word: &[u8]) -> Result<(), Malformed> {
        let is_number = word.iter().all(u8::is_ascii_digit);
        let digits = str::from_utf8(word).ok().filter(|_| is_number).ok_or(Malformed::Length)?;
        let length = Framing::Length(digits.parse().map_err(|_| Malformed::Length)?);
        match self.framing {
            Framing::Unannounced => self.framing = length,
            Framing::Length(_) if self.framing != length => return Err(Malformed::Length),
            _ => {}
        }
        Ok(())
    }
}
