//! The words of `unequal_errors`.

use explain::caveats::{FailedTrials, UnequalErrors};

use super::parts::first_that_fits;
use crate::list::counted;

pub(super) const TITLE: &str =
    "Two compared arms failed in different ways, or only one of them failed";

pub(super) const PAGE: &str = "\
# unequal_errors

Two compared arms failed in different ways, or only one of them failed.

## What it means

A batch with a failed request has no time. If one arm fails and the other does not, the remaining
trials of the first are a selection: it may fail exactly where it would have been slow. The
verdict on the ratio of the two arms is withdrawn.

## How it is detected

The kinds of failure of both arms are compared, such as `refused`, `timeout` and `status` (the
[driver protocol](../driver-protocol.md#failures) lists them), and trials that a driver lost. Arms
that fail in the same ways stay comparable.

## What to do

- Read the section on failures: it has the first message of each kind and a hint.
- Remove the cause and run again. For a timeout, raise `--timeout`. For a status that is correct,
  accept it with `--expect-status`.
";

pub(super) fn short(UnequalErrors { arm, baseline }: &UnequalErrors) -> String {
    let (more, fewer) =
        if arm.failed >= baseline.failed { (arm, baseline) } else { (baseline, arm) };
    first_that_fits([
        format!(
            "{} failed in {}, {} in {}: fix the failures",
            arm.arm,
            rate(arm),
            baseline.arm,
            rate(baseline)
        ),
        format!(
            "{} failed in {}, another arm in {}: fix the failures",
            more.arm,
            rate(more),
            rate(fewer)
        ),
        format!("one arm failed in {}, another in {}: fix the failures", rate(more), rate(fewer)),
        "two compared arms do not fail alike: fix the failures and run again".to_owned(),
    ])
}

pub(super) fn sentence(UnequalErrors { arm, baseline }: &UnequalErrors) -> String {
    format!(
        "{} failed in {}; {} failed in {}. Failed batches have no time, so the two arms are not \
         comparable and there is no verdict. Fix the cause of the failures and run again.",
        arm.arm,
        with_kinds(arm),
        baseline.arm,
        with_kinds(baseline)
    )
}

fn rate(trials: &FailedTrials) -> String {
    match trials.failed {
        0 => "none".to_owned(),
        failed => format!("{failed} of {}", counted(trials.trials, "trial")),
    }
}

fn with_kinds(trials: &FailedTrials) -> String {
    match trials.kinds.is_empty() {
        true => rate(trials),
        false => format!("{} ({})", rate(trials), trials.kinds.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    fn failed(failed: usize, kinds: &[&str]) -> FailedTrials {
        let kinds = kinds.iter().map(|kind| (*kind).to_owned()).collect();
        FailedTrials { arm: arm("b/y@2"), failed, trials: 10, kinds }
    }

    #[test]
    fn counts_the_failures_of_both_arms() {
        let baseline = FailedTrials { arm: arm("a/x@2"), ..failed(0, &[]) };
        let found = UnequalErrors { arm: failed(3, &["timeout", "lost"]), baseline };
        assert_snapshot!(sentence(&found), @"b/y@2 failed in 3 of 10 trials (timeout, lost); a/x@2 failed in none. Failed batches have no time, so the two arms are not comparable and there is no verdict. Fix the cause of the failures and run again.");
        assert_snapshot!(short(&found), @"b/y@2 failed in 3 of 10 trials, a/x@2 in none: fix the failures");
    }

    #[test]
    fn the_short_line_names_the_arm_that_fails_more() {
        let baseline = FailedTrials { arm: long_arm(), ..failed(0, &[]) };
        let short = short(&UnequalErrors { arm: failed(3, &[]), baseline });
        assert_snapshot!(short, @"b/y@2 failed in 3 of 10 trials, another arm in none: fix the failures");
    }

    #[test]
    fn the_short_line_fits() {
        let long = FailedTrials { arm: long_arm(), failed: 1000, trials: 1000, kinds: Vec::new() };
        assert_short(&short(&UnequalErrors { arm: long.clone(), baseline: long }));
    }
}
