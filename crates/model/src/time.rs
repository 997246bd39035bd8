//! The two quantities of time: a point on the machine's monotonic clock, and a length.
//!
//! They have separate types because mixing them is the most common mistake in a benchmark. A
//! [`Moment`] can be compared and subtracted; a [`Span`] can be added and printed. Nothing here reads a
//! clock.

use std::fmt;
use std::iter::Sum;
use std::ops::Add;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

const NANOS_PER_SECOND: f64 = 1e9;

/// A point on `CLOCK_MONOTONIC`, in nanoseconds since its unspecified start.
///
/// Serialized as a decimal string: after 104 days of uptime it exceeds 2^53, the largest whole number
/// that every JSON reader keeps exactly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Moment(u64);

impl Moment {
    /// The moment `nanos` nanoseconds after the clock's start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the clock's start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// The time from `earlier` to this moment; zero if `earlier` is later.
    pub const fn since(self, earlier: Self) -> Span {
        Span(self.0.saturating_sub(earlier.0))
    }
}

impl From<Duration> for Moment {
    /// Takes a duration since the clock's start, as `host::clock::monotonic` returns it.
    fn from(since_start: Duration) -> Self {
        Self(Span::from(since_start).0)
    }
}

impl Add<Span> for Moment {
    type Output = Self;

    fn add(self, span: Span) -> Self {
        Self(self.0.saturating_add(span.0))
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let nanos = text.parse().map_err(|_| {
            D::Error::custom(format!("a moment is a string of decimal nanoseconds, not {text:?}"))
        })?;
        Ok(Self(nanos))
    }
}

impl JsonSchema for Moment {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "string",
            "pattern": "^[0-9]{1,20}$",
            "description": "Nanoseconds of CLOCK_MONOTONIC, as a decimal string (they can exceed 2^53)."
        })
    }
}

/// A length of time, in whole nanoseconds. Serialized as a number.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    JsonSchema,
)]
#[serde(transparent)]
pub struct Span(u64);

impl Span {
    /// A span of no length.
    pub const ZERO: Self = Self(0);

    /// A span of `nanos` nanoseconds.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// A span of `millis` milliseconds.
    pub const fn from_millis(millis: u64) -> Self {
        Self(millis.saturating_mul(1_000_000))
    }

    /// A span of `seconds` seconds.
    pub const fn from_secs(seconds: u64) -> Self {
        Self(seconds.saturating_mul(1_000_000_000))
    }

    /// Whole nanoseconds.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Seconds, for statistics and output.
    pub fn as_secs(self) -> f64 {
        // Only a batch of 104 days would lose a nanosecond here.
        #[expect(clippy::cast_precision_loss, reason = "spans of a run stay far below 2^53 ns")]
        let nanos = self.0 as f64;
        nanos / NANOS_PER_SECOND
    }

    /// Whether the span has no length.
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// Half of the span, rounded down to a nanosecond.
    pub const fn half(self) -> Self {
        Self(self.0 / 2)
    }

    /// The span minus `other`; zero if `other` is longer.
    pub const fn saturating_sub(self, other: Self) -> Self {
        Self(self.0.saturating_sub(other.0))
    }

    /// The span multiplied by `times`.
    pub const fn times(self, times: u64) -> Self {
        Self(self.0.saturating_mul(times))
    }
}

impl Add for Span {
    type Output = Self;

    fn add(self, other: Self) -> Self {
        Self(self.0.saturating_add(other.0))
    }
}

impl Sum for Span {
    fn sum<I: Iterator<Item = Self>>(spans: I) -> Self {
        spans.fold(Self::ZERO, Add::add)
    }
}

impl From<Duration> for Span {
    /// Saturates after 584 years.
    fn from(duration: Duration) -> Self {
        Self(u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX))
    }
}

impl From<Span> for Duration {
    fn from(span: Span) -> Self {
        Self::from_nanos(span.0)
    }
}

/// Why a text is not a span.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadSpan {
    /// It is not a number with a unit.
    #[error("{0:?} is not a time: write a number and a unit, such as 11ms, 1.5s or 250us")]
    NotATime(String),
    /// A year is more than anyone needs and keeps every sum far from overflow.
    #[error("{0:?} is too long: write a time of at most a year, such as 11ms, 1.5s or 10m")]
    TooLong(String),
}

const UNITS: [(&str, f64); 6] =
    [("ns", 1.0), ("us", 1e3), ("µs", 1e3), ("ms", 1e6), ("s", 1e9), ("m", 6e10)];

impl FromStr for Span {
    type Err = BadSpan;

    /// Reads `11ms`, `1.5s`, `250us`, `2m`, or a bare `0`.
    fn from_str(text: &str) -> Result<Self, BadSpan> {
        let bad = || BadSpan::NotATime(text.to_owned());
        if text == "0" {
            return Ok(Self::ZERO);
        }
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(bad)?;
        let (number, unit) = text.split_at(digits);
        let factor = UNITS.iter().find(|(name, _)| *name == unit).ok_or_else(bad)?.1;
        let nanos = number.parse::<f64>().map_err(|_| bad())? * factor;
        if !nanos.is_finite() || nanos > 365.0 * 86_400.0 * 1e9 {
            return Err(BadSpan::TooLong(text.to_owned()));
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "finite, not negative and below a year, as checked above"
        )]
        Ok(Self(nanos.round() as u64))
    }
}

impl fmt::Display for Span {
    /// Writes the span in the largest unit with a whole number: `11ms`, `1500us`, `0`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_zero() {
            return formatter.write_str("0");
        }
        let (unit, size) = [("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000), ("ns", 1)]
            .into_iter()
            .find(|(_, size)| self.0.is_multiple_of(*size))
            .unwrap_or(("ns", 1));
        write!(formatter, "{}{unit}", self.0 / size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keeps_a_moment_beyond_two_to_the_53_in_json() {
        let moment = Moment::from_nanos((1 << 53) + 1);
        let text = serde_json::to_string(&moment).expect("serialises");
        assert_eq!(text, "\"9007199254740993\"");
        assert_eq!(serde_json::from_str::<Moment>(&text).expect("parses"), moment);
    }

    #[test]
    fn refuses_a_number_as_a_moment() {
        assert!(serde_json::from_str::<Moment>("12").is_err());
        assert!(serde_json::from_str::<Moment>("\"-12\"").is_err());
    }

    #[test]
    fn reads_spans_with_units() {
        assert_eq!("11ms".parse(), Ok(Span::from_millis(11)));
        assert_eq!("1.5s".parse(), Ok(Span::from_millis(1500)));
        assert_eq!("250us".parse(), Ok(Span::from_nanos(250_000)));
        assert_eq!("0".parse(), Ok(Span::ZERO));
        for text in ["", "11", "ms", "-1ms", "1.2.3s", "1e9s", "11 ms", "inf", "99999999999999s"] {
            assert!(text.parse::<Span>().is_err(), "{text:?} was accepted");
        }
        let too_long = BadSpan::TooLong("9999999999m".to_owned());
        assert_eq!("9999999999m".parse::<Span>(), Err(too_long));
    }

    proptest! {
        #[test]
        fn reads_back_a_written_span(nanos in 0u64..1_000_000_000_000) {
            let span = Span::from_nanos(nanos);
            prop_assert_eq!(span.to_string().parse(), Ok(span));
        }
    }
}
