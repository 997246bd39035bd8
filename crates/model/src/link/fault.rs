//! The faults of the embedded endpoint: mistakes of servers, injected to measure their cost.
//!
//! A fault of one request in K hits the todos whose number is a multiple of K, so it hits the same
//! requests in every batch and every strategy.

mod grammar;

use std::num::{NonZeroU32, NonZeroU64};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use grammar::BadFault;

use crate::time::Span;

/// The faults of the server; none by default.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Faults {
    /// Leaves Nagle's algorithm on and writes head and body of each response separately.
    #[serde(skip_serializing_if = "is_off")]
    pub nagle: bool,
    /// Takes longer to answer some requests.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub slow: Option<Slow>,
    /// Answers a number of requests per time window, and 429 to the others.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub throttle: Option<Throttle>,
    /// Redirects the first URL of each todo to another one.
    #[serde(skip_serializing_if = "is_off")]
    pub redirect: bool,
    /// Answers 401 to requests without credentials.
    #[serde(skip_serializing_if = "is_off")]
    pub unauthorized: bool,
    /// Closes the connection after some responses without announcing it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub early_close: Option<OneIn>,
    /// Stops in the middle of some bodies and closes the connection.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub truncate: Option<OneIn>,
    /// Resets the streams of some requests without a response; only over HTTP/2 and HTTP/3.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reset: Option<OneIn>,
}

/// One request in K: the todos whose number is a multiple of K. Serialized as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct OneIn(pub NonZeroU64);

/// Extra think time for one request in K.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Slow {
    /// The requests that it applies to.
    pub one_in: OneIn,
    /// The extra think time.
    pub time: Span,
}

/// A limit of requests per time window.
///
/// A window begins with the first request that arrives when none is open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
pub struct Throttle {
    /// How many requests are answered.
    pub requests: NonZeroU32,
    /// The length of the window.
    pub window: Span,
}

impl Faults {
    /// Whether the server has no fault.
    pub fn are_none(&self) -> bool {
        *self == Self::default()
    }
}

impl OneIn {
    /// Whether it applies to the todo with this number.
    pub fn hits(self, number: u64) -> bool {
        number.is_multiple_of(self.0.get())
    }
}

impl Slow {
    /// The extra think time for the todo with this number.
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
