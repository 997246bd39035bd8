//! The words of `drift`.

use explain::caveats::RatioDrift;

use super::parts::first_that_fits;
use crate::number::signed_percent;

pub(super) const TITLE: &str = "A ratio changed from the first third of the blocks to the last";

pub(super) const PAGE: &str = "\
# drift

A ratio changed from the first third of the blocks to the last.

## What it means

A ratio and its interval describe something that stays the same. Here the ratio changed over the
run: a client or a server was still warming up, a cache filled, or the machine changed its speed.

## How it is detected

The rank correlation of the log-ratios with their order is tested, with ten blocks or more. All
tests on dependence together raise a false alarm in at most 1 of 100 runs (Holm). The size is the
change of the median from the first third of the blocks to the last. A change that both arms share
is no drift: it cancels in the ratio.

## What to do

- If the driver processes live for the whole run, raise the warm-up (`-w`). Where they are renewed
  during the run, more warm-up does not help; the sentence of the caveat says so.
- Close other programs, and run again.
- On your own server: look for caches that fill and for limits that set in over the run.
";

pub(super) fn short(found: &RatioDrift) -> String {
    let RatioDrift { arm, baseline, .. } = found;
    let change = signed_percent(found.change.exp_m1());
    let remedy = match found.warm_up {
        Some(trials) => format!("raise the warm-up ({})", longer(trials)),
        None => "find what changes over the run".to_owned(),
    };
    first_that_fits([
        format!("{arm} vs {baseline} drifted by {change} over the run: {remedy}"),
        format!("a ratio drifted by {change} over the run: {remedy}"),
    ])
}

pub(super) fn sentence(found: &RatioDrift) -> String {
    let remedy = match found.warm_up {
        Some(trials) => format!(
            "Raise the warm-up from {trials} trials ({}), or close other programs and run again",
            longer(trials)
        ),
        None => "More warm-up does not help, because driver processes are renewed during the run: \
                 find what changes on the machine or the server"
            .to_owned(),
    };
    format!(
        "The ratio of {} to {} changed by {} from the first third of the blocks to the last. No \
         single ratio describes this run. {remedy}.",
        found.arm,
        found.baseline,
        signed_percent(found.change.exp_m1())
    )
}

fn longer(warm_up: u32) -> String {
    format!("-w {}", warm_up.saturating_mul(3).max(10))
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    fn drifting(warm_up: Option<u32>) -> RatioDrift {
        let (arm, baseline) = (arm("b/y@4"), arm("a/x@4"));
        RatioDrift { arm, baseline, change: 0.077, blocks: 20, warm_up }
    }

    #[test]
    fn suggests_more_warm_up_only_where_it_can_help() {
        assert_snapshot!(sentence(&drifting(Some(3))), @"The ratio of b/y@4 to a/x@4 changed by +8% from the first third of the blocks to the last. No single ratio describes this run. Raise the warm-up from 3 trials (-w 10), or close other programs and run again.");
        assert_snapshot!(sentence(&drifting(None)), @"The ratio of b/y@4 to a/x@4 changed by +8% from the first third of the blocks to the last. No single ratio describes this run. More warm-up does not help, because driver processes are renewed during the run: find what changes on the machine or the server.");
        assert_snapshot!(short(&drifting(Some(3))), @"b/y@4 vs a/x@4 drifted by +8% over the run: raise the warm-up (-w 10)");
        assert_snapshot!(short(&drifting(None)), @"a ratio drifted by +8% over the run: find what changes over the run");
    }

    #[test]
    fn the_short_line_fits() {
        let found = RatioDrift { arm: long_arm(), baseline: long_arm(), ..drifting(None) };
        assert_short(&short(&found));
    }
}
