//! A time over blocks, as the JSON shows it: `{"seconds", "low", "high"}`.

use schemars::JsonSchema;
use serde::Serialize;
use stats::estimate;

/// The mean over blocks of a time or of a difference of times, with its paired 95 % interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Estimate {
    /// The mean.
    pub seconds: f64,
    /// The lower end of its interval; null below two blocks.
    pub low: Option<f64>,
    /// The upper end of its interval; null below two blocks.
    pub high: Option<f64>,
}

impl Estimate {
    /// Estimates from the seconds of each block; nothing where there are none.
    pub fn of(blocks: &[f64]) -> Option<Self> {
        estimate::Estimate::from_blocks(blocks).map(Self::from)
    }

    /// Whether the interval leaves out 0; never where there is no interval.
    pub fn beyond_noise(&self) -> bool {
        let Self { seconds, low, high } = *self;
        estimate::Estimate { seconds, low, high }.excludes(0.0)
    }
}

impl From<estimate::Estimate> for Estimate {
    fn from(estimate::Estimate { seconds, low, high }: estimate::Estimate) -> Self {
        Self { seconds, low, high }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_three_numbers_of_which_two_may_be_null() {
        let json = |blocks: &[f64]| {
            serde_json::to_value(Estimate::of(blocks).expect("there are blocks")).expect("is JSON")
        };
        let one = serde_json::json!({ "seconds": 0.5, "low": null, "high": null });
        assert_eq!(json(&[0.5]), one);
        let two = serde_json::json!({ "seconds": 0.5, "low": 0.5, "high": 0.5 });
        assert_eq!(json(&[0.5, 0.5]), two);
    }

    #[test]
    fn what_the_interval_holds_may_be_nothing() {
        let beyond = |blocks: &[f64]| Estimate::of(blocks).is_some_and(|it| it.beyond_noise());
        assert!(beyond(&[1.0, 1.1, 0.9]) && beyond(&[-1.0, -1.1, -0.9]));
        assert!(!beyond(&[1.0, -1.0, 0.5]) && !beyond(&[1.0]));
    }
}
