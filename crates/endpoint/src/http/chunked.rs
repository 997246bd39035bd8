//! Finds the end of chunked bodies (RFC 9112, section 7.1) without keeping them.

/// The longest trailer that is read.
const LARGEST_TRAILER: usize = 64 * 1024;

/// The longest line of a size with its extensions, or of the trailer, that is read.
const LONGEST_LINE: usize = 4096;

/// The position in a chunked body up to which it has been skipped.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    position: Position,
    /// How much of the trailer has been skipped.
    trailer: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Position {
    /// Before the line with a chunk's size.
    #[default]
    Size,
    /// In a chunk with this many bytes left, including its line end.
    Data(u64),
    /// After the last chunk, before the empty line.
    Trailer,
    Ended,
}

/// The bytes are not a chunked body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotChunked;

impl Chunks {
    /// Skips as many of the bytes as can be parsed; gives how many. The caller passes the others
    /// again, with what follows them.
    ///
    /// # Errors
    /// When they are not a chunked body.
    pub(crate) fn skip(&mut self, bytes: &[u8]) -> Result<usize, NotChunked> {
        let mut skipped = 0;
        while self.position != Position::Ended {
            let step = match self.position {
                Position::Data(left) => self.data(left, &bytes[skipped..]),
                _ => self.line(&bytes[skipped..])?,
            };
            if step == 0 {
                break;
            }
            skipped += step;
        }
        Ok(skipped)
    }

    /// Whether the body has ended.
    pub(crate) fn has_ended(&self) -> bool {
        self.position == Position::Ended
    }

    fn data(&mut self, left: u64, bytes: &[u8]) -> usize {
        let passed = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let left = left - passed as u64;
        self.position = if left == 0 { Position::Size } else { Position::Data(left) };
        passed
    }

    fn line(&mut self, bytes: &[u8]) -> Result<usize, NotChunked> {
        let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else {
            return if bytes.len() > LONGEST_LINE { Err(NotChunked) } else { Ok(0) };
        };
        // Checked here too, so that the limit does not depend on how the bytes arrive.
        if end > LONGEST_LINE {
            return Err(NotChunked);
        }
        let line = bytes[..end].trim_ascii();
        if self.position == Position::Size {
            const LINE_END: u64 = 2;
            self.position = match size(line)? {
                0 => Position::Trailer,
                size => Position::Data(size.checked_add(LINE_END).ok_or(NotChunked)?),
            };
        } else if line.is_empty() {
            self.position = Position::Ended;
        } else {
            self.trailer += end;
            if self.trailer > LARGEST_TRAILER {
                return Err(NotChunked);
            }
        }
        Ok(end + 1)
    }
}

fn size(line: &[u8]) -> Result<u64, NotChunked> {
    let digits = line.split(|&byte| byte == b';').next().unwrap_or_default().trim_ascii();
    let digits = str::from_utf8(digits).map_err(|_| NotChunked)?;
    // `from_str_radix` would accept a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(NotChunked);
    }
    u64::from_str_radix(digits, 16).map_err(|_| NotChunked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn skip(text: &str) -> Result<(usize, bool), NotChunked> {
        let mut chunks = Chunks::default();
        let passed = chunks.skip(text.as_bytes())?;
        Ok((passed, chunks.has_ended()))
    }

    #[test]
    fn finds_the_end_and_touches_nothing_after_it() {
        assert_eq!(skip("5\r\nhello\r\n0\r\n\r\nGET"), Ok((15, true)));
        assert_eq!(skip("5\r\nhel"), Ok((6, false)));
        assert_eq!(skip("5"), Ok((0, false)));
        assert_eq!(skip("0\r\na: b\r\n"), Ok((9, false)));
    }

    #[test]
    fn rejects_bytes_that_are_not_chunked() {
        for text in ["\r\n", "+5\r\n", "g\r\n", "ffffffffffffffff\r\n", "11111111111111111\r\n"] {
            assert_eq!(skip(text), Err(NotChunked), "{text:?}");
        }
        assert_eq!(skip(&"1".repeat(LONGEST_LINE + 1)), Err(NotChunked));
        let trailer = "a: b\r\n".repeat(LARGEST_TRAILER / 4);
        assert_eq!(skip(&format!("0\r\n{trailer}")), Err(NotChunked));
    }

    /// Whether a body is accepted that comes in pieces of `size` bytes.
    fn accepts(text: &[u8], size: usize) -> bool {
        let mut chunks = Chunks::default();
        let mut rest = Vec::new();
        for piece in text.chunks(size) {
            rest.extend_from_slice(piece);
            let Ok(skipped) = chunks.skip(&rest) else { return false };
            rest.drain(..skipped);
        }
        chunks.has_ended()
    }

    #[test]
    fn limits_lines_in_one_piece_as_in_many() {
        for length in [LONGEST_LINE - 1, LONGEST_LINE, LONGEST_LINE + 1] {
            let line = format!("1;{}\r", "e".repeat(length - 3));
            let text = format!("{line}\nx\r\n0\r\n\r\n");
            for size in [1, 1000, LONGEST_LINE, text.len()] {
                let accepted = accepts(text.as_bytes(), size);
                assert_eq!(accepted, length <= LONGEST_LINE, "{length} bytes in pieces of {size}");
            }
        }
    }
}
