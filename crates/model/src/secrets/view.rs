//! A text as it reads after percent-encoding is undone, with the place of each byte in the text.

use std::ops::Range;

use super::forms::{Extent, Form};
use crate::target::encoded_byte;

/// A text, decoded.
pub(super) struct View {
    bytes: Vec<u8>,
    /// Where each byte comes from.
    places: Vec<Range<usize>>,
}

impl View {
    /// A text as it is, and decoded up to `times` times, as far as that changes anything.
    pub(super) fn of_encodings(text: &str, times: usize) -> Vec<Self> {
        let bytes = text.as_bytes().to_vec();
        let places = (0..bytes.len()).map(|at| at..at + 1).collect();
        let mut views = vec![Self { bytes, places }];
        while let Some(decoded) = views.last().and_then(Self::decoded) {
            if views.len() > times {
                break;
            }
            views.push(decoded);
        }
        views
    }

    /// This view with every `%41` decoded; none if there is none.
    fn decoded(&self) -> Option<Self> {
        let mut decoded = Self { bytes: Vec::new(), places: Vec::new() };
        let mut at = 0;
        while at < self.bytes.len() {
            let byte = encoded_byte(&self.bytes[at..]);
            let length = if byte.is_some() { 3 } else { 1 };
            decoded.bytes.push(byte.unwrap_or(self.bytes[at]));
            decoded.places.push(self.places[at].start..self.places[at + length - 1].end);
            at += length;
        }
        (decoded.bytes.len() < self.bytes.len()).then_some(decoded)
    }

    /// Where the text gives away a form, in its order.
    pub(super) fn find(&self, form: &Form) -> Vec<Range<usize>> {
        let needle = form.text.as_bytes();
        let Some(first) = needle.first() else { return Vec::new() };
        let mut found = Vec::new();
        let mut at = 0;
        while let Some(next) = self.bytes[at..].iter().position(|byte| byte == first) {
            let start = at + next;
            let end = start + needle.len();
            at = start + 1;
            if self.bytes[start..].starts_with(needle) && self.is_whole(form, start..end) {
                found.push(self.places[start].start..self.places[end - 1].end);
                at = end;
            }
        }
        found
    }

    fn is_whole(&self, form: &Form, place: Range<usize>) -> bool {
        let is_letter = |at: usize| self.bytes.get(at).is_some_and(u8::is_ascii_alphanumeric);
        let before = place.start.checked_sub(1).is_some_and(is_letter);
        form.extent == Extent::Anywhere || !(before || is_letter(place.end))
    }
}
