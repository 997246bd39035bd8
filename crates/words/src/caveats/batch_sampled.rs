//! The words of `batch_sampled`.

use explain::caveats::BatchSampled;

use super::parts::{first_that_fits, one_or_count};
use crate::list::counted;

pub(super) const TITLE: &str = "Trials of very large batches are sampled";

pub(super) const PAGE: &str = "\
# batch_sampled

Trials of very large batches are sampled.

## What it means

Batch times, ratios, counts of failures, statuses, bytes and connections are exact: every request is
counted. Quantiles come from histograms of all requests (HdrHistogram), which are precise to 0.1%.
Causes and their sizes come from a part of each trial, in which the requests follow each other. The
output scales them to the whole batch. A cause that is only present elsewhere in the batch is not
found in this trial. The part is at another place in each trial.

## How it is detected

A batch has more requests than the plan keeps whole, by default 50,000.

## What to do

- Nothing, if the batch does the same all the time.
- To keep every request of somewhat larger batches, use `--sample-beyond 100000`. That takes more
  memory.
- For causes at the start of a batch, measure a smaller one beside it: `-b 10000,1000000`.
";

pub(super) fn short(BatchSampled { arms, sampling }: &BatchSampled) -> String {
    let name = one_or_count(arms, ToString::to_string);
    let kept = thousands(sampling.stretch);
    first_that_fits([
        format!("{name}: causes come from {kept} requests in a row of each trial"),
        format!("causes come from {kept} requests in a row of each large trial"),
    ])
}

pub(super) fn sentence(BatchSampled { arms, sampling }: &BatchSampled) -> String {
    format!(
        "Quantiles are from histograms (precise to 0.1%), and findings from {} requests in a row of each trial: {} \
         with more than {} requests. Times, counts and failures are exact.",
        thousands(sampling.stretch),
        counted(arms.len(), "arm"),
        thousands(sampling.beyond)
    )
}

/// A number with a comma between thousands.
fn thousands(number: u32) -> String {
    let digits = number.to_string();
    let groups = digits.as_bytes().rchunks(3).rev().map(String::from_utf8_lossy);
    groups.collect::<Vec<_>>().join(",")
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;
    use model::sampling::Sampling;

    #[test]
    fn says_what_is_exact_and_what_comes_from_a_part() {
        let sampling = Sampling::DEFAULT;
        let mut found = BatchSampled { arms: vec![arm("floor/async@1000000")], sampling };
        assert_snapshot!(sentence(&found), @"Quantiles are from histograms (precise to 0.1%), and findings from 10,000 requests in a row of each trial: 1 arm with more than 50,000 requests. Times, counts and failures are exact.");
        assert_snapshot!(short(&found), @"causes come from 10,000 requests in a row of each large trial");
        found.arms = vec![long_arm()];
        assert_short(&short(&found));
    }

    #[test]
    fn thousands_are_separated() {
        assert_eq!([7, 1000, 1_234_567].map(thousands), ["7", "1,000", "1,234,567"]);
    }
}
