//! The share of datagrams that a link loses.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A share of datagrams, in parts per million: above 0, and at most half. Serialized as a number.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u32", into = "u32")]
pub struct Loss(u32);

/// Parts per million in a whole.
const WHOLE: u32 = 1_000_000;

/// Parts per million in a percent.
const PERCENT: u32 = WHOLE / 100;

/// How many digits of a percentage can be written in parts per million.
const DIGITS: usize = 4;

impl Loss {
    /// The share in parts per million.
    pub const fn per_million(self) -> u32 {
        self.0
    }
}

/// Why a text or a number is not a share of losses.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{0:?} is not a share of datagrams: write a percentage up to 50%, such as 0.5% or 2%")]
pub struct BadLoss(String);

impl TryFrom<u32> for Loss {
    type Error = BadLoss;

    fn try_from(per_million: u32) -> Result<Self, BadLoss> {
        if (1..=WHOLE / 2).contains(&per_million) {
            Ok(Self(per_million))
        } else {
            Err(BadLoss(per_million.to_string()))
        }
    }
}

impl From<Loss> for u32 {
    fn from(loss: Loss) -> Self {
        loss.0
    }
}

impl FromStr for Loss {
    type Err = BadLoss;

    /// Reads a percentage with at most four decimals: `0.5%`.
    fn from_str(text: &str) -> Result<Self, BadLoss> {
        let per_million = text.strip_suffix('%').and_then(per_million);
        per_million
            .and_then(|share| Self::try_from(share).ok())
            .ok_or_else(|| BadLoss(text.to_owned()))
    }
}

/// The parts per million of a percentage without its sign.
fn per_million(percentage: &str) -> Option<u32> {
    let (whole, decimals) = percentage.split_once('.').unwrap_or((percentage, "0"));
    let are_digits = |text: &str| !text.is_empty() && text.bytes().all(|b| b.is_ascii_digit());
    if !are_digits(whole) || !are_digits(decimals) || decimals.len() > DIGITS {
        return None;
    }
    let decimals: u32 = format!("{decimals:0<DIGITS$}").parse().ok()?;
    whole.parse::<u32>().ok()?.checked_mul(PERCENT)?.checked_add(decimals)
}

impl fmt::Display for Loss {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.0 / PERCENT)?;
        let decimals = format!("{:0DIGITS$}", self.0 % PERCENT);
        match decimals.trim_end_matches('0') {
            "" => write!(formatter, "%"),
            decimals => write!(formatter, ".{decimals}%"),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn reads_percentages() {
        let share = |text: &str| text.parse::<Loss>().expect("a share").per_million();
        assert_eq!(
            ["0.5%", "2%", "50%", "0.0001%", "1.25%"].map(share),
            [5_000, 20_000, 500_000, 1, 12_500]
        );
        for text in ["", "%", "1", "0%", "0.00001%", "51%", "-1%", "+1%", "1.%", ".5%", "1e1%"] {
            assert!(text.parse::<Loss>().is_err(), "{text:?} was accepted");
        }
        assert!(serde_json::from_str::<Loss>("0").is_err());
        assert!(serde_json::from_str::<Loss>("500001").is_err());
    }

    proptest! {
        #[test]
        fn reads_back_a_written_share(per_million in 1u32..=500_000) {
            let loss = Loss(per_million);
            prop_assert_eq!(loss.to_string().parse(), Ok(loss));
        }
    }
}
