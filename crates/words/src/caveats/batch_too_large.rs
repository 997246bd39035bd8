//! The words of `batch_too_large`.

use explain::caveats::BatchTooLarge;

use super::parts::{first_that_fits, one_or_count};
use crate::list::counted;

pub(super) const TITLE: &str = "Single requests of very large batches are not analysed";

pub(super) const PAGE: &str = "\
# batch_too_large

Single requests of very large batches are not analysed.

## What it means

The times of the batches, their ratios, failures, CPU time and memory are exact. Nothing is said
about causes, latencies and connections: the requests of such a batch take more memory than an
analysis should.

## How it is detected

A batch has more than 100,000 requests. The recording holds all of them, but they are not read.

## What to do

- For causes, measure a smaller batch beside it: `-b 10000,1000000`.
- If only times matter, ignore the caveat.
";

pub(super) fn short(BatchTooLarge { arms }: &BatchTooLarge) -> String {
    let name = one_or_count(arms, ToString::to_string);
    first_that_fits([
        format!("{name}: single requests are not analysed"),
        "single requests of very large batches are not analysed".to_owned(),
    ])
}

pub(super) fn sentence(BatchTooLarge { arms }: &BatchTooLarge) -> String {
    format!(
        "Batches of more than 100,000 requests are compared by their times only: {}. Nothing is said about \
         causes and latencies. For those, measure a smaller batch (-b 10000).",
        counted(arms.len(), "arm")
    )
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn says_what_is_not_analysed_and_what_to_do() {
        assert_eq!(model::packed::MOST_UNPACKED, 100_000, "the page names this number");
        let mut found = BatchTooLarge { arms: vec![arm("floor/async@1000000")] };
        assert_snapshot!(sentence(&found), @"Batches of more than 100,000 requests are compared by their times only: 1 arm. Nothing is said about causes and latencies. For those, measure a smaller batch (-b 10000).");
        assert_snapshot!(short(&found), @"floor/async@1000000: single requests are not analysed");
        found.arms = vec![long_arm()];
        assert_short(&short(&found));
    }
}
