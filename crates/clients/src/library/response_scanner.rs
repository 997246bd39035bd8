//! Finds the start of the final response among the bytes that a connection brings.

use model::time::Moment;

/// `HTTP/1.1 200`: a status line up to the end of its status.
const STATUS_LINE: usize = 12;
const VERSION: &[u8] = b"HTTP/1.";
/// Where the status begins in a status line.
const STATUS: usize = 9;
/// The size of the head of a frame of HTTP/2.
const FRAME_HEAD: usize = 9;

/// Reads the plaintext of one exchange. An interim response, such as 103 Early Hints, comes before
/// the final one. A 101 is final, because another protocol follows it.
#[derive(Clone, Debug, Default)]
pub(super) struct ResponseScanner {
    /// When the first byte of the present head arrived.
    began: Option<Moment>,
    place: Place,
    found: bool,
}

/// Where in the bytes of an exchange the scanner is.
#[derive(Clone, Debug)]
enum Place {
    /// In a status line, of which these bytes are known.
    StatusLine { known: usize, bytes: [u8; STATUS_LINE] },
    /// In the head of an interim response, after this number of bytes of a line.
    InterimHead { line: usize },
}

impl Default for Place {
    fn default() -> Self {
        Self::StatusLine { known: 0, bytes: [0; STATUS_LINE] }
    }
}

impl ResponseScanner {
    /// Whether the final response has begun.
    pub(super) fn has_found(&self) -> bool {
        self.found
    }

    /// Takes bytes that arrived at a moment. Returns when the first byte of the final response
    /// arrived, once, as soon as its status shows that it is final.
    pub(super) fn take(&mut self, bytes: &[u8], at: Moment) -> Option<Moment> {
        if !self.found
            && self.began.is_none()
            && matches!(self.place, Place::StatusLine { known: 0, .. })
            && bytes.get(..STATUS_LINE).is_some_and(|line| !is_interim(line))
        {
            // Nearly every response: its whole status line arrives at once.
            self.found = true;
            return Some(at);
        }
        for &byte in bytes {
            if self.found {
                break;
            }
            match &mut self.place {
                Place::StatusLine { known, bytes } => {
                    bytes[*known] = byte;
                    *known += 1;
                    let line = &bytes[..*known];
                    let began = *self.began.get_or_insert(at);
                    if is_interim(line) {
                        self.began = None;
                        self.place = Place::InterimHead { line: *known };
                    } else if line.len() == STATUS_LINE || !may_be_status_line(line) {
                        self.found = true;
                        return Some(began);
                    }
                }
                Place::InterimHead { line: 0 } if byte == b'\n' => self.place = Place::default(),
                Place::InterimHead { line } => match byte {
                    b'\n' => *line = 0,
                    b'\r' => {}
                    _ => *line += 1,
                },
            }
        }
        None
    }
}

fn may_be_status_line(line: &[u8]) -> bool {
    let compared = line.len().min(VERSION.len());
    line[..compared] == VERSION[..compared]
}

fn is_interim(line: &[u8]) -> bool {
    line.len() == STATUS_LINE
        && may_be_status_line(line)
        && line[STATUS] == b'1'
        && &line[STATUS..] != b"101"
}

/// Whether the first bytes that a connection brings begin a response of HTTP/1.1.
pub(super) fn is_http1(bytes: &[u8]) -> bool {
    bytes.starts_with(VERSION)
}

/// Whether the first bytes that a connection brings are a frame of HTTP/2: settings or a farewell
/// (GOAWAY), of no stream.
pub(super) fn is_http2(bytes: &[u8]) -> bool {
    const SETTINGS: u8 = 4;
    const GOAWAY: u8 = 7;
    let head = bytes.first_chunk::<FRAME_HEAD>();
    matches!(head, Some([0, 0, _, SETTINGS | GOAWAY, 0, 0, 0, 0, 0]))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// When the final response began: the number of the part that holds its first byte.
    fn found(parts: &[&str]) -> Option<u64> {
        let mut scanner = ResponseScanner::default();
        let moments = (0..).map(Moment::from_nanos);
        let found =
            parts.iter().zip(moments).find_map(|(part, at)| scanner.take(part.as_bytes(), at));
        assert_eq!(scanner.has_found(), found.is_some());
        found.map(Moment::as_nanos)
    }

    #[test]
    fn finds_the_first_byte_of_a_final_response() {
        assert_eq!(found(&["HTTP/1.1 200 OK\r\n"]), Some(0));
        assert_eq!(found(&["", "H", "TTP/1.0 2", "04 No Content"]), Some(1));
        assert_eq!(found(&["HTTP/1.1 101 Switching Protocols\r\n"]), Some(0));
        assert_eq!(found(&["SSH-2.0"]), Some(0));
        assert_eq!(found(&["HTTP/1.1 20"]), None);
    }

    #[test]
    fn passes_over_interim_responses() {
        let hints = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
        assert_eq!(found(&[hints]), None);
        assert_eq!(found(&[hints, hints, "HTTP/1.1 200 OK\r\n"]), Some(2));
        assert_eq!(found(&["HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 404 Not Found"]), Some(0));
        assert_eq!(found(&["HTTP/1.1 1", "03\nA: b\n", "\nHT", "TP/1.1 200 "]), Some(2));
        assert_eq!(found(&["HTTP/1.1 102 Processing\r\n\r", "\nHTTP/1.1 500 "]), Some(1));
    }

    #[test]
    fn knows_the_first_frame_of_http2() {
        assert!(is_http2(b"\0\0\x12\x04\0\0\0\0\0\0\x03"));
        assert!(is_http2(b"\0\0\x08\x07\0\0\0\0\0"));
        assert!(!is_http2(b"HTTP/1.1 200 OK"));
        assert!(!is_http2(b"\0\0\x12\x04"));
    }
}
