//! A number of bytes, as people write it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A number of bytes. Serialized as a number.
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
pub struct ByteSize(pub u64);

/// The units with their size in bytes: decimal ones before the binary ones of the same rank.
const UNITS: [(&str, u64); 7] = [
    ("GB", 1_000_000_000),
    ("GiB", 1 << 30),
    ("MB", 1_000_000),
    ("MiB", 1 << 20),
    ("kB", 1000),
    ("KiB", 1 << 10),
    ("B", 1),
];

/// Why a text is not a number of bytes.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum BadByteSize {
    /// It is not a number with a unit, or not a whole number of bytes.
    #[error(
        "{0:?} is not a size: write a number of bytes or a number with a unit, such as 100kB, 1MiB \
         or 1.5MB (units: B, kB, MB, GB, KiB, MiB, GiB)"
    )]
    NotASize(String),
    /// It does not fit into 64 bits.
    #[error("{0:?} is too large: the largest size is 18446744073GB")]
    TooLarge(String),
}

impl FromStr for ByteSize {
    type Err = BadByteSize;

    /// Reads `1000`, `100kB`, `1.5MB` or `1MiB`. Units may have any case; kB is 1000 bytes and KiB
    /// is 1024. The size must be a whole number of bytes.
    fn from_str(text: &str) -> Result<Self, BadByteSize> {
        let bad = || BadByteSize::NotASize(text.to_owned());
        let digits = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
        let (number, unit) = text.split_at(digits);
        let unit = if unit.is_empty() { "B" } else { unit.trim_start() };
        let known = UNITS.iter().find(|(name, _)| name.eq_ignore_ascii_case(unit));
        let (_, factor) = known.ok_or_else(bad)?;
        let is_too_large =
            |number: f64| number.is_finite() && number * *factor as f64 > u64::MAX as f64;
        if number.parse().is_ok_and(is_too_large) {
            return Err(BadByteSize::TooLarge(text.to_owned()));
        }
        scaled(number, *factor).map(Self).ok_or_else(bad)
    }
}

/// A decimal number times a factor, if that is a whole number which fits.
fn scaled(number: &str, factor: u64) -> Option<u64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, "0"));
    let whole: u64 = whole.parse().ok()?;
    let parts = 10_u64.checked_pow(u32::try_from(fraction.len()).ok()?)?;
    let scaled = u128::from(fraction.parse::<u64>().ok()?) * u128::from(factor);
    if !scaled.is_multiple_of(u128::from(parts)) {
        return None;
    }
    let fraction = u64::try_from(scaled / u128::from(parts)).ok()?;
    whole.checked_mul(factor)?.checked_add(fraction)
}

impl fmt::Display for ByteSize {
    /// Writes the size in the unit that needs the smallest whole number: `100kB`, `1MiB`, `1001B`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |&(_, size): &(&str, u64)| self.0.is_multiple_of(size) && self.0 >= size;
        let counts = UNITS.into_iter().filter(whole);
        match counts.min_by_key(|(_, size)| self.0 / size) {
            Some((unit, size)) => write!(formatter, "{}{unit}", self.0 / size),
            None => formatter.write_str("0"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bytes(text: &str) -> Option<u64> {
        text.parse::<ByteSize>().ok().map(|size| size.0)
    }

    #[test]
    fn reads_bare_numbers_and_units() {
        for (text, expected) in [
            ("0", 0),
            ("1000", 1000),
            ("12B", 12),
            ("100kB", 100_000),
            ("100 kB", 100_000),
            ("1.5MB", 1_500_000),
            ("2GB", 2_000_000_000),
            ("1KiB", 1024),
            ("1.5kib", 1536),
            ("1MiB", 1 << 20),
            ("1GiB", 1 << 30),
        ] {
            assert_eq!(bytes(text), Some(expected), "{text:?}");
        }
    }

    #[test]
    fn says_that_a_size_is_too_large() {
        for text in ["18446744073709551617000", "99999999999GB"] {
            let error = text.parse::<ByteSize>().expect_err("is refused");
            assert_eq!(error, BadByteSize::TooLarge(text.to_owned()));
        }
        assert_eq!("1.5".parse::<ByteSize>(), Err(BadByteSize::NotASize("1.5".to_owned())));
    }

    #[test]
    fn refuses_what_is_not_a_whole_number_of_bytes() {
        for text in [
            "",
            "kB",
            "-1",
            "1.5",
            "1.0001kB",
            ".",
            "1.",
            "1..2kB",
            "1e3",
            "10Mbit",
            "99999999999GB",
        ] {
            assert_eq!(bytes(text), None, "{text:?}");
        }
        let sentence = "1Mbit".parse::<ByteSize>().expect_err("is refused").to_string();
        assert!(sentence.contains("such as 100kB, 1MiB"), "{sentence}");
    }

    #[test]
    fn writes_the_shortest_form() {
        let written = |bytes| ByteSize(bytes).to_string();
        assert_eq!(written(0), "0");
        assert_eq!(written(1001), "1001B");
        assert_eq!(written(100_000), "100kB");
        assert_eq!(written(1 << 20), "1MiB");
        assert_eq!(written(1_500_000), "1500kB");
    }

    proptest! {
        #[test]
        fn reads_back_what_it_writes(bytes: u64) {
            prop_assert_eq!(ByteSize(bytes).to_string().parse(), Ok(ByteSize(bytes)));
        }
    }
}
