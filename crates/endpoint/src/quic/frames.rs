//! The frames of a QUIC packet (RFC 9000, section 19, and draft-ietf-quic-ack-frequency), of which the witness
//! needs some. It keeps no state.

/// The space of packet numbers of a packet (RFC 9000, section 12.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Space {
    /// Before the keys of the handshake.
    Initial,
    /// With the keys of the handshake.
    Handshake,
    /// After the handshake.
    Data,
}

/// A frame that the witness follows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum QuicFrame {
    /// A part of the TLS handshake.
    Crypto,
    /// A part of a stream.
    Stream(StreamPart),
    /// The sender gives up its side of a stream.
    Reset {
        /// The stream.
        stream: u64,
    },
    /// The sender of this frame reads no more of a stream.
    StopSending {
        /// The stream.
        stream: u64,
    },
    /// The sender closes the connection.
    Close,
}

/// A part of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamPart {
    /// The stream.
    pub(crate) stream: u64,
    /// How many bytes of the stream come before it.
    pub(crate) offset: u64,
    /// Its length in bytes.
    pub(crate) length: u64,
    /// Whether the stream ends with it.
    pub(crate) is_last: bool,
}

/// The frames of a packet's plaintext, up to the first that cannot be read.
#[derive(Debug)]
pub(crate) struct Frames<'a> {
    rest: &'a [u8],
}

impl<'a> Frames<'a> {
    /// The frames of this plaintext.
    pub(crate) fn of(plaintext: &'a [u8]) -> Self {
        Self { rest: plaintext }
    }

    /// Reads one frame; the inner value is nothing for a frame that the witness does not follow.
    fn read(&mut self) -> Option<Option<QuicFrame>> {
        let kind = self.number()?;
        Some(match kind {
            // PADDING, PING, HANDSHAKE_DONE, IMMEDIATE_ACK
            0x00 | 0x01 | 0x1e | 0x1f => None,
            0x02 | 0x03 => {
                self.skip_ack(kind == 0x03)?;
                None
            }
            0x04 => {
                let stream = self.number()?;
                self.skip_numbers(2)?;
                Some(QuicFrame::Reset { stream })
            }
            0x05 => {
                let stream = self.number()?;
                self.skip_numbers(1)?;
                Some(QuicFrame::StopSending { stream })
            }
            0x06 => {
                self.skip_numbers(1)?;
                self.skip_field()?;
                Some(QuicFrame::Crypto)
            }
            0x08..=0x0f => Some(QuicFrame::Stream(self.stream_part(kind)?)),
            0x1c | 0x1d => {
                self.skip_numbers(if kind == 0x1c { 2 } else { 1 })?;
                self.skip_field()?;
                Some(QuicFrame::Close)
            }
            other => {
                self.skip_other(other)?;
                None
            }
        })
    }

    /// Skips a frame of which nothing is needed. Nothing for an unknown one.
    fn skip_other(&mut self, kind: u64) -> Option<()> {
        match kind {
            // NEW_TOKEN
            0x07 => self.skip_field(),
            // MAX_DATA, MAX_STREAMS, DATA_BLOCKED, STREAMS_BLOCKED, RETIRE_CONNECTION_ID
            0x10 | 0x12 | 0x13 | 0x14 | 0x16 | 0x17 | 0x19 => self.skip_numbers(1),
            // MAX_STREAM_DATA, STREAM_DATA_BLOCKED
            0x11 | 0x15 => self.skip_numbers(2),
            // NEW_CONNECTION_ID
            0x18 => {
                const RESET_TOKEN: usize = 16;
                self.skip_numbers(2)?;
                let (length, rest) = self.rest.split_first()?;
                self.rest = rest;
                self.skip(usize::from(*length) + RESET_TOKEN)
            }
            // PATH_CHALLENGE, PATH_RESPONSE
            0x1a | 0x1b => self.skip(8),
            // ACK_FREQUENCY
            0xaf => self.skip_numbers(4),
            _ => None,
        }
    }

    fn skip_ack(&mut self, has_ecn_counts: bool) -> Option<()> {
        self.skip_numbers(2)?;
        let ranges = self.number()?;
        self.skip_numbers(1)?;
        for _ in 0..ranges {
            self.skip_numbers(2)?;
        }
        if has_ecn_counts { self.skip_numbers(3) } else { Some(()) }
    }

    fn stream_part(&mut self, kind: u64) -> Option<StreamPart> {
        let has = |bit: u64| kind & bit != 0;
        let stream = self.number()?;
        let offset = if has(0x04) { self.number()? } else { 0 };
        let length = if has(0x02) { self.number()? } else { self.rest.len() as u64 };
        self.skip(usize::try_from(length).ok()?)?;
        Some(StreamPart { stream, offset, length, is_last: has(0x01) })
    }

    /// Skips a length and as many bytes.
    fn skip_field(&mut self) -> Option<()> {
        let length = self.number()?;
        self.skip(usize::try_from(length).ok()?)
    }

    fn skip_numbers(&mut self, count: usize) -> Option<()> {
        for _ in 0..count {
            self.number()?;
        }
        Some(())
    }

    fn skip(&mut self, bytes: usize) -> Option<()> {
        self.rest = self.rest.get(bytes..)?;
        Some(())
    }

    /// Reads a number of one, two, four or eight bytes (RFC 9000, section 16).
    fn number(&mut self) -> Option<u64> {
        let first = *self.rest.first()?;
        let length = 1_usize << (first >> 6);
        let (number, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        let tail = number[1..].iter();
        Some(tail.fold(u64::from(first & 0x3f), |number, byte| number << 8 | u64::from(*byte)))
    }
}

impl Iterator for Frames<'_> {
    type Item = QuicFrame;

    fn next(&mut self) -> Option<QuicFrame> {
        loop {
            if let Some(frame) = self.read()? {
                return Some(frame);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn frames(plaintext: &[u8]) -> Vec<QuicFrame> {
        Frames::of(plaintext).collect()
    }

    fn part(stream: u64, offset: u64, length: u64, is_last: bool) -> QuicFrame {
        QuicFrame::Stream(StreamPart { stream, offset, length, is_last })
    }

    #[test]
    fn reads_the_parts_of_streams() {
        // Without offset and with a length; with both, and the last; without length, up to the end.
        let plaintext = [
            &[0x0a, 0x04, 0x02, 1, 2][..],
            &[0x0f, 0x08, 0x41, 0x00, 0x01, 9],
            &[0x0c, 0x00, 0x05, 1, 2, 3],
        ];
        let expected = [part(4, 0, 2, false), part(8, 256, 1, true), part(0, 5, 3, false)];
        assert_eq!(frames(&plaintext.concat()), expected);
        assert_eq!(frames(&[0x0b, 0x04, 0x00]), [part(4, 0, 0, true)]);
    }

    #[test]
    fn skips_what_it_does_not_follow() {
        let plaintext = [
            // PADDING, PING, an ACK with two ranges and ECN counts
            &[0x00, 0x00, 0x01, 0x03, 0x09, 0x00, 0x01, 0x02, 0x00, 0x01, 0x01, 0x02, 0x03][..],
            // MAX_DATA of eight bytes, MAX_STREAM_DATA, NEW_TOKEN
            &[0x10, 0xc0, 0, 0, 0, 0, 0, 1, 0, 0x11, 0x04, 0x10, 0x07, 0x02, 1, 2],
            &[0x18, 0x01, 0x00, 0x04, 1, 2, 3, 4],
            &[0; 16],
            &[0x1a, 1, 2, 3, 4, 5, 6, 7, 8, 0x1e],
            // IMMEDIATE_ACK, ACK_FREQUENCY
            &[0x1f, 0x40, 0xaf, 1, 2, 3, 4],
            &[0x04, 0x04, 0x01, 0x00, 0x05, 0x08, 0x01],
            &[0x06, 0x00, 0x02, 1, 2],
            &[0x1d, 0x41, 0x00, 0x01, b'x'],
        ];
        let expected = [
            QuicFrame::Reset { stream: 4 },
            QuicFrame::StopSending { stream: 8 },
            QuicFrame::Crypto,
            QuicFrame::Close,
        ];
        assert_eq!(frames(&plaintext.concat()), expected);
    }

    #[test]
    fn stops_at_what_it_cannot_read() {
        assert_eq!(frames(&[0x0a, 0x04, 0x00, 0x3f, 0x0a, 0x04, 0x00]), [part(4, 0, 0, false)]);
        assert_eq!(frames(&[0x0a, 0x04, 0x05, 1]), []);
        assert_eq!(frames(&[0x40]), []);
    }

    proptest! {
        #[test]
        fn reads_any_bytes(plaintext in proptest::collection::vec(any::<u8>(), 0..200)) {
            prop_assert!(frames(&plaintext).len() <= plaintext.len());
        }
    }
}
