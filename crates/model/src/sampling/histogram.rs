//! A histogram of times as a text: HdrHistogram with three significant digits.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Deserializer, Serializer, V2DeflateSerializer};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Span;

/// The significant digits: a time is exact to 0.1%.
const DIGITS: u8 = 3;

/// Nanoseconds in HdrHistogram's form V2 with deflate, in base64, as its other implementations read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct PackedHistogram(String);

impl PackedHistogram {
    /// The histogram; nothing where the text is damaged.
    pub fn unpack(&self) -> Option<Histogram<u64>> {
        let bytes = STANDARD.decode(&self.0).ok()?;
        Deserializer::new().deserialize(&mut bytes.as_slice()).ok()
    }
}

/// Counts times.
pub(super) struct TimeCounter(Histogram<u64>);

impl Default for TimeCounter {
    fn default() -> Self {
        Self(Histogram::new(DIGITS).expect("three digits are possible"))
    }
}

impl fmt::Debug for TimeCounter {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "TimeCounter({})", self.0.len())
    }
}

impl TimeCounter {
    pub(super) fn add(&mut self, time: Span) {
        // It grows as it must, so it takes every time.
        let _ = self.0.record(time.as_nanos());
    }

    /// The text; nothing without a time.
    pub(super) fn pack(&self) -> Option<PackedHistogram> {
        let mut bytes = Vec::new();
        let packed = V2DeflateSerializer::new().serialize(&self.0, &mut bytes);
        (packed.is_ok() && !self.0.is_empty()).then(|| PackedHistogram(STANDARD.encode(bytes)))
    }
}
