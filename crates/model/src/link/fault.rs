//! The faults that the embedded endpoint can be told to have: what servers do wrong, each put there
//! on purpose so that its cost is known.
//!
//! What hits one request in K hits the todos whose number is a multiple of K, so that it hits the
//! same requests of every batch and of every strategy.

mod grammar;

use std::num::{NonZeroU32, NonZeroU64};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use grammar::BadFault;

use crate::time::Span;

/// What the server does wrong; nothing by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Faults {
    /// It leaves Nagle's algorithm on and writes the head and the body of each answer apart.
    #[serde(skip_serializing_if = "is_off")]
    pub nagle: bool,
    /// It thinks longer about some requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow: Option<Slow>,
    /// It answers only so many requests in a time, and 429 to the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
    /// It answers each todo's first address with a redirect to another one.
    #[serde(skip_serializing_if = "is_off")]
    pub redirect: bool,
    /// After some answers it closes the connection without having said so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_close: Option<OneIn>,
    /// It stops in the middle of some bodies and closes the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<OneIn>,
}

/// One request in so many: the todos whose number is a multiple of it. Serialised as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct OneIn(pub NonZeroU64);

/// Longer thought about one request in so many.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Slow {
    /// About which ones.
    pub one_in: OneIn,
    /// How much longer.
    pub time: Span,
}

/// At most so many requests in a window of time.
///
/// A window begins with the first request that comes when none is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Throttle {
    /// How many are answered.
    pub requests: NonZeroU32,
    /// How long the window is.
    pub window: Span,
}

impl Faults {
    /// Whether the server does nothing wrong.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

impl OneIn {
    /// Whether the todo of this number is hit.
    pub fn hits(self, number: u64) -> bool {
        number.is_multiple_of(self.0.get())
    }
}

impl Slow {
    /// How much longer is thought about the todo of this number.
    pub fn time_for(self, number: u64) -> Span {
        if self.one_in.hits(number) { self.time } else { Span::ZERO }
    }
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde calls it so")]
fn is_off(switch: &bool) -> bool {
    !switch
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hits_one_request_in_k() {
        let Some(slow) = "slow:4:5ms".parse::<Faults>().expect("reads").slow else { panic!() };
        let times: Vec<u64> = (1..=9).map(|n| slow.time_for(n).as_nanos() / 1_000_000).collect();
        assert_eq!(times, [0, 0, 0, 5, 0, 0, 0, 5, 0]);
    }
}
