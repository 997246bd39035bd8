//! The words of `slow_first_trials`.

use explain::caveats::{SlowFirstTrials, SlowStart};

use super::parts::{first_that_fits, one_or_count};
use crate::number::percent;

pub(super) const TITLE: &str =
    "The first counted trial of a process is slower than its other trials";

pub(super) const PAGE: &str = "\
# slow_first_trials

The first counted trial of a process is slower than its other trials.

## What it means

A new driver process makes uncounted warm-up trials first. Here its first counted trial is slow
all the same: the process was not warm yet. These trials raise the mean of the arm; its median
(50%) is hardly affected.

## How it is detected

A first trial is slow if it lies ten robust standard deviations above the median of the other
trials of its process (Hampel, 1974), and at least 2% above it. The caveat appears if this holds
for more than half of the processes of an arm. A process needs six counted trials to be judged.

## What to do

- Compare the medians (row `50%`) instead of the means.
- In your own code, move one-time work out of the batch: imports, caches, compilation.
- Measure more blocks (`-n`); the share of first trials falls only if processes live longer.
";

pub(super) fn short(SlowFirstTrials { arms }: &SlowFirstTrials) -> String {
    let slowest = one_or_count(arms, |arm| format!("{} by {}", arm.arm, excess(arm)));
    first_that_fits([
        format!("first trials of a process are slow ({slowest}): compare medians (50%)"),
        "first trials of a process are slow: compare medians (50%)".to_owned(),
    ])
}

pub(super) fn sentence(SlowFirstTrials { arms }: &SlowFirstTrials) -> String {
    let arms: Vec<String> = arms
        .iter()
        .map(|arm| {
            let SlowStart { slow, processes, .. } = arm;
            format!("{} by {} (in {slow} of {processes} processes)", arm.arm, excess(arm))
        })
        .collect();
    format!(
        "The first counted trial of a process is slower than its other trials: {}. The process was \
         not warm yet, which raises the mean. Compare the medians (50%), or move one-time work out \
         of the batch.",
        arms.join(", ")
    )
}

fn excess(arm: &SlowStart) -> String {
    percent(arm.excess - 1.0)
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn states_by_how_much_the_first_trials_are_slower() {
        let slow = |arm| SlowStart { arm, slow: 2, processes: 2, excess: 1.21 };
        let found = SlowFirstTrials { arms: vec![slow(arm("b/y@4"))] };
        assert_snapshot!(sentence(&found), @"The first counted trial of a process is slower than its other trials: b/y@4 by 21% (in 2 of 2 processes). The process was not warm yet, which raises the mean. Compare the medians (50%), or move one-time work out of the batch.");
        assert_snapshot!(short(&found), @"first trials of a process are slow (b/y@4 by 21%): compare medians (50%)");
        assert_short(&short(&SlowFirstTrials { arms: vec![slow(long_arm())] }));
    }
}
