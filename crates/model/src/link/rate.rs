//! A rate of transmission, in bits per second.

use std::fmt;
use std::num::NonZeroU64;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Span;

/// A number of bits per second, with decimal units: 10Mbit is ten million. Serialized as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Rate(NonZeroU64);

const NANOS_PER_SECOND: u128 = 1_000_000_000;
const BITS_PER_BYTE: u128 = 8;

/// The units, largest first, with their bits per second.
const UNITS: [(&str, u64); 4] =
    [("Gbit", 1_000_000_000), ("Mbit", 1_000_000), ("kbit", 1000), ("bit", 1)];

/// The maximum rate, in bits per second: 1000 Gbit.
const GREATEST: f64 = 1e12;

impl Rate {
    /// How long a number of bytes takes, rounded up to a nanosecond.
    pub fn time_of(self, bytes: u64) -> Span {
        let bit_nanos = u128::from(bytes) * BITS_PER_BYTE * NANOS_PER_SECOND;
        let nanos = bit_nanos.div_ceil(u128::from(self.0.get()));
        Span::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }

    /// How many whole bytes are transmitted in a time.
    pub fn bytes_in(self, time: Span) -> u64 {
        let bit_nanos = u128::from(self.0.get()) * u128::from(time.as_nanos());
        u64::try_from(bit_nanos / BITS_PER_BYTE / NANOS_PER_SECOND).unwrap_or(u64::MAX)
    }
}

/// Why a text is not a rate.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{text:?} is not a rate: write a number and a unit, such as 10Mbit, 500kbit or 1Gbit")]
pub struct BadRate {
    text: String,
}

impl FromStr for Rate {
    type Err = BadRate;

    /// Reads `10Mbit`, `1.5Mbit`, `500kbit`, `1Gbit` or `9600bit`. The unit may have any case.
    fn from_str(text: &str) -> Result<Self, BadRate> {
        let bad = || BadRate { text: text.to_owned() };
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').ok_or_else(bad)?;
        let (number, unit) = text.split_at(digits);
        let known = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
        let (_, factor) = known.ok_or_else(bad)?;
        #[expect(clippy::cast_precision_loss, reason = "the units are far below 2^53")]
        let bits = number.parse::<f64>().map_err(|_| bad())? * *factor as f64;
        if bits > GREATEST {
            return Err(bad());
        }
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "digits have no sign, and it is bounded above"
        )]
        NonZeroU64::new(bits.round() as u64).map(Self).ok_or_else(bad)
    }
}

impl fmt::Display for Rate {
    /// Writes the rate in the largest unit with a whole number: `10Mbit`, `1500kbit`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bits = self.0.get();
        let (unit, size) =
            UNITS.into_iter().find(|(_, size)| bits.is_multiple_of(*size)).unwrap_or(("bit", 1));
        write!(formatter, "{}{unit}", bits / size)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn rate(text: &str) -> Rate {
        text.parse().expect("a rate")
    }

    #[test]
    fn computes_the_time_of_bytes_and_the_bytes_of_a_time() {
        assert_eq!(rate("10Mbit").time_of(1250), Span::from_millis(1));
        assert_eq!(rate("8bit").time_of(3), Span::from_secs(3));
        assert_eq!(rate("3bit").time_of(1), Span::from_nanos(2_666_666_667));
        assert_eq!(rate("10Mbit").bytes_in(Span::from_millis(1)), 1250);
        assert_eq!(rate("1bit").time_of(u64::MAX), Span::from_nanos(u64::MAX));
    }

    #[test]
    fn reads_rates_with_units() {
        assert_eq!(rate("1.5Mbit").to_string(), "1500kbit");
        assert_eq!(rate("10mbit"), rate("10Mbit"));
        assert_eq!(rate("1000kbit").to_string(), "1Mbit");
        for text in ["", "10", "Mbit", "-1Mbit", "0Mbit", "0.1bit", "10MB", "1e3bit", "9999Gbit"] {
            assert!(text.parse::<Rate>().is_err(), "{text:?} was accepted");
        }
        assert!(serde_json::from_str::<Rate>("0").is_err());
    }

    proptest! {
        #[test]
        fn reads_back_a_written_rate(bits in 1u64..1_000_000_000_000) {
            let rate = Rate(NonZeroU64::new(bits).expect("from 1 on"));
            prop_assert_eq!(rate.to_string().parse(), Ok(rate));
        }
    }
}
