//! Chunked bodies (RFC 9112, section 7.1): finding their end without keeping them.

/// A longer trailer is refused.
const LARGEST_TRAILER: usize = 64 * 1024;

/// The longest line of a size with its extensions, or of the trailer, that is read.
const LONGEST_LINE: usize = 4096;

/// The place in a chunked body up to which it has been passed over.
#[derive(Debug, Default)]
pub(crate) struct Chunks {
    stage: Stage,
    /// How much trailer has been passed over.
    trailer: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Stage {
    /// Before the line that gives a chunk's size.
    #[default]
    Size,
    /// In a chunk that has so many bytes left, its line end included.
    Data(u64),
    /// After the last chunk, before the empty line.
    Trailer,
    Ended,
}

/// The bytes are no chunked body.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct NotChunked;

impl Chunks {
    /// Passes over as many of the bytes as can be understood, and says how many; the others must
    /// be given again, with what follows them.
    ///
    /// # Errors
    /// When they are no chunked body.
    pub(crate) fn pass(&mut self, bytes: &[u8]) -> Result<usize, NotChunked> {
        let mut passed = 0;
        while self.stage != Stage::Ended {
            let step = match self.stage {
                Stage::Data(left) => self.data(left, &bytes[passed..]),
                _ => self.line(&bytes[passed..])?,
            };
            if step == 0 {
                break;
            }
            passed += step;
        }
        Ok(passed)
    }

    /// Whether the body has come to its end.
    pub(crate) fn ended(&self) -> bool {
        self.stage == Stage::Ended
    }

    fn data(&mut self, left: u64, bytes: &[u8]) -> usize {
        let passed = usize::try_from(left).map_or(bytes.len(), |left| left.min(bytes.len()));
        let left = left - passed as u64;
        self.stage = if left == 0 { Stage::Size } else { Stage::Data(left) };
        passed
    }

    fn line(&mut self, bytes: &[u8]) -> Result<usize, NotChunked> {
        let Some(end) = bytes.iter().position(|&byte| byte == b'\n') else {
            return if bytes.len() > LONGEST_LINE { Err(NotChunked) } else { Ok(0) };
        };
        let line = bytes[..end].trim_ascii();
        if self.stage == Stage::Size {
            const LINE_END: u64 = 2;
            self.stage = match size(line)? {
                0 => Stage::Trailer,
                size => Stage::Data(size.checked_add(LINE_END).ok_or(NotChunked)?),
            };
        } else if line.is_empty() {
            self.stage = Stage::Ended;
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
    // `from_str_radix` would take a sign.
    if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(NotChunked);
    }
    u64::from_str_radix(digits, 16).map_err(|_| NotChunked)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pass(text: &str) -> Result<(usize, bool), NotChunked> {
        let mut chunks = Chunks::default();
        let passed = chunks.pass(text.as_bytes())?;
        Ok((passed, chunks.ended()))
    }

    #[test]
    fn the_end_is_found_and_nothing_after_it_is_touched() {
        assert_eq!(pass("5\r\nhello\r\n0\r\n\r\nGET"), Ok((15, true)));
        assert_eq!(pass("5\r\nhel"), Ok((6, false)));
        assert_eq!(pass("5"), Ok((0, false)));
        assert_eq!(pass("0\r\na: b\r\n"), Ok((9, false)));
    }

    #[test]
    fn what_is_not_chunked_is_refused() {
        for text in ["\r\n", "+5\r\n", "g\r\n", "ffffffffffffffff\r\n", "11111111111111111\r\n"] {
            assert_eq!(pass(text), Err(NotChunked), "{text:?}");
        }
        assert_eq!(pass(&"1".repeat(LONGEST_LINE + 1)), Err(NotChunked));
        let trailer = "a: b\r\n".repeat(LARGEST_TRAILER / 4);
        assert_eq!(pass(&format!("0\r\n{trailer}")), Err(NotChunked));
    }
}
