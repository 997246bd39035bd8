//! Takes from steps what is due to something else, which the replay adds again.

use model::time::Span;

use crate::batch::Step;

/// At most this share of a step is due to anything but itself.
const MOST: f64 = 0.8;

/// Shortens the steps by so much in all, the first ones first; what is left to take.
pub(crate) fn shorten<'s>(steps: impl Iterator<Item = &'s mut Step>, mut left: Span) -> Span {
    for step in steps {
        let part = seconds(MOST * step.length.as_secs()).min(left);
        step.length = step.length.saturating_sub(part);
        left = left.saturating_sub(part);
    }
    left
}

/// Seconds as a length; zero where they are negative.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a cast saturates")]
pub(crate) fn seconds(seconds: f64) -> Span {
    Span::from_nanos((seconds * 1e9).round() as u64)
}
