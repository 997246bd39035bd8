//! The words of `autocorrelation`.

use explain::caveats::RatioAutocorrelation;

use super::parts::{first_that_fits, more_blocks};
use crate::number::plain;

pub(super) const TITLE: &str = "The ratio of a block depends on the block before";

pub(super) const PAGE: &str = "\
# autocorrelation

The ratio of a block depends on the block before.

## What it means

An interval assumes that blocks are independent. Here neighbouring blocks have similar ratios, or
ratios that alternate. A positive correlation makes the interval too narrow, a negative one makes
it too wide.

## How it is detected

The correlation of neighbouring log-ratios is tested against independent blocks (Moran,
1948), with ten blocks or more. All tests on dependence together raise a false alarm in at most 1
of 100 runs (Holm). The interval itself is not corrected: with few blocks a corrected interval is
worse than a plain one.

## What to do

- Look for what changes slowly, or in turns, beside the run: a periodic job, a thermal limit,
  another tenant of the machine.
- Run again with more blocks (`-n`).
";

pub(super) fn short(found: &RatioAutocorrelation) -> String {
    let RatioAutocorrelation { arm, baseline, blocks, .. } = found;
    let (correlation, remedy) = (plain(found.correlation), more_blocks(*blocks));
    first_that_fits([
        format!(
            "blocks of {arm} vs {baseline} depend on each other ({correlation}): rerun with {remedy}"
        ),
        format!("blocks of a ratio depend on each other ({correlation}): rerun with {remedy}"),
    ])
}

pub(super) fn sentence(found: &RatioAutocorrelation) -> String {
    let (how, width, change) = match found.correlation < 0.0 {
        true => ("alternates from block to block", "wide", "in turns"),
        false => ("stays similar from block to block", "narrow", "slowly"),
    };
    format!(
        "The ratio of {} to {} {how} (correlation {}), so its interval is too {width}. Something \
         beside the run changes {change}. Find and stop it, then run again with more blocks ({}).",
        found.arm,
        found.baseline,
        plain(found.correlation),
        more_blocks(found.blocks)
    )
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    fn correlated(correlation: f64) -> RatioAutocorrelation {
        let (arm, baseline) = (arm("b/y@4"), arm("a/x@4"));
        RatioAutocorrelation { arm, baseline, correlation, blocks: 20 }
    }

    #[test]
    fn says_whether_the_interval_is_too_narrow_or_too_wide() {
        assert_snapshot!(sentence(&correlated(0.71)), @"The ratio of b/y@4 to a/x@4 stays similar from block to block (correlation 0.710), so its interval is too narrow. Something beside the run changes slowly. Find and stop it, then run again with more blocks (-n 40).");
        assert_snapshot!(sentence(&correlated(-0.98)), @"The ratio of b/y@4 to a/x@4 alternates from block to block (correlation -0.980), so its interval is too wide. Something beside the run changes in turns. Find and stop it, then run again with more blocks (-n 40).");
        assert_snapshot!(short(&correlated(-0.98)), @"blocks of b/y@4 vs a/x@4 depend on each other (-0.980): rerun with -n 40");
    }

    #[test]
    fn the_short_line_fits() {
        let found =
            RatioAutocorrelation { arm: long_arm(), baseline: long_arm(), ..correlated(0.7) };
        assert_short(&short(&found));
    }
}
