//! Sampled trials: those of batches that are too large to keep a row for each request.
//!
//! Of such a trial the recording holds totals and histograms of all requests, and whole rows of some that follow
//! each other: a stretch. Only requests in a row show what each of them waited for.

mod histogram;
mod totals;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::packed::MOST_UNPACKED;
use crate::time::Span;

pub use histogram::PackedHistogram;
pub use totals::{FailureTotal, PhaseTimes, RequestTimes, StatusTotal, Totals, TotalsCounter};

/// Which trials are sampled, and how.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sampling {
    /// A trial with more requests than this is sampled.
    pub beyond: u32,
    /// Of how many requests in a row it keeps whole rows.
    pub stretch: u32,
}

impl Sampling {
    /// The most requests of a trial that can be kept whole.
    pub const MOST: u32 = MOST_UNPACKED as u32;

    /// The default: what system calls show of a batch of this size is still complete.
    pub const DEFAULT: Self = Self { beyond: 50_000, stretch: 10_000 };

    /// Sampling of batches with more than this many requests.
    pub fn beyond(beyond: u32) -> Self {
        Self { beyond, stretch: Self::DEFAULT.stretch.min(beyond) }
    }

    /// Whether a trial of this many requests is sampled.
    pub const fn applies_to(&self, requests: u32) -> bool {
        requests > self.beyond
    }
}

impl Default for Sampling {
    fn default() -> Self {
        Self::DEFAULT
    }
}

/// Requests of a batch that follow each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Stretch {
    /// The first of them, from 0 on.
    pub first: u32,
    /// How many there are.
    pub requests: u32,
}

impl Stretch {
    /// The place in the stretch of a request of the batch; nothing where it is no part of it.
    pub fn place_of(&self, request: usize) -> Option<usize> {
        let place = request.checked_sub(self.first as usize)?;
        (place < self.requests as usize).then_some(place)
    }
}

/// What is known of the requests of a sampled trial.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Sampled {
    /// The requests that have rows: in the columns, and in the witness.
    pub stretch: Stretch,
    /// When the stretch began, after the start of the batch. The timestamps of all rows count from then.
    pub from: Span,
    /// How long the stretch took.
    pub length: Span,
    /// What all requests have in common.
    pub totals: Totals,
}
