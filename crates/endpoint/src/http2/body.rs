//! A response's body in pieces of any size. Filler is copied only where text is next to it.

use bytes::Bytes;

use crate::http::todos::{Body, FILLER};

/// The largest piece, which is the largest payload that every client takes (RFC 9113, section 4.2).
pub(crate) const PIECE: usize = 16 * 1024;

static FILLING: [u8; PIECE] = [FILLER; PIECE];

/// What is left of a body.
#[derive(Debug)]
pub(crate) struct BodyPieces {
    body: Body,
    /// How much was taken.
    taken: u64,
}

impl BodyPieces {
    /// All of a body.
    pub(crate) fn new(body: Body) -> Self {
        Self { body, taken: 0 }
    }

    /// How many bytes are left.
    pub(crate) fn left(&self) -> u64 {
        self.body.length() - self.taken
    }

    /// Takes the next piece, of at most this many bytes.
    pub(crate) fn take(&mut self, most: usize) -> Bytes {
        let length = usize::try_from(self.left()).map_or(PIECE, |left| left.min(PIECE)).min(most);
        let (start, end) = (self.taken, self.taken + length as u64);
        self.taken = end;
        let Body { before, filler, after } = &self.body;
        let filler_start = before.len() as u64;
        let filler_end = filler_start + filler;
        if filler_start <= start && end <= filler_end {
            return Bytes::from_static(&FILLING[..length]);
        }
        let mut piece = Vec::with_capacity(length);
        piece.extend_from_slice(part(before, start, end));
        let filled = end.min(filler_end).saturating_sub(start.max(filler_start));
        // At most the length of the piece, so it fits.
        piece.resize(piece.len() + usize::try_from(filled).unwrap_or_default(), FILLER);
        let from_after = |place: u64| place.saturating_sub(filler_end);
        piece.extend_from_slice(part(after, from_after(start), from_after(end)));
        piece.into()
    }
}

/// The part of a text between two places, as far as it has them.
fn part(text: &[u8], start: u64, end: u64) -> &[u8] {
    let place = |at: u64| usize::try_from(at).map_or(text.len(), |at| at.min(text.len()));
    &text[place(start)..place(end)]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn pieces_of_any_size_are_the_body(
            before in 0_usize..50,
            filler in 0_u64..40_000,
            most in 1_usize..30_000,
            has_end in any::<bool>(),
        ) {
            let after: &'static [u8] = if has_end { b"the end" } else { b"" };
            let body = Body { before: vec![b'<'; before].into(), filler, after };
            let mut whole = vec![b'<'; before];
            whole.resize(before + usize::try_from(filler).expect("is small"), FILLER);
            whole.extend_from_slice(after);
            let mut pieces = BodyPieces::new(body);
            let mut taken = Vec::new();
            while pieces.left() > 0 {
                let piece = pieces.take(most);
                prop_assert!(!piece.is_empty() && piece.len() <= most.min(PIECE));
                taken.extend_from_slice(&piece);
            }
            prop_assert_eq!(taken, whole);
        }
    }
}
