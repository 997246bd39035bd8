//! The words of `stalls_dominate`.

use explain::caveats::{JudgedRatio, StallsDominate};

use super::parts::{first_that_fits, more_blocks};
use crate::number::{plain, with_interval};

pub(super) const TITLE: &str =
    "A few slow trials decide the mean of a ratio, and the ranks disagree with it";

pub(super) const PAGE: &str = "\
# stalls_dominate

A few slow trials decide the mean of a ratio, and the ranks disagree with it.

## What it means

The ratio of two arms is a mean over blocks. A few very slow trials can move it, or widen its
interval, so far that its verdict differs from what most blocks show. The Hodges-Lehmann estimate
uses ranks: a few slow trials hardly move it. If both lead to the same verdict there is no caveat.

## How it is detected

The same rule of decision is applied to both estimates, each with its 95% interval.

## What to do

- Read the Hodges-Lehmann estimate if you want the typical block, and the mean if stalls are part
  of what you pay for.
- Measure more blocks (`-n`), so that both agree.
- Find out what stalls: `outliers` in the output of `--json` lists the trials.
";

pub(super) fn short(found: &StallsDominate) -> String {
    let StallsDominate { arm, baseline, by_mean, by_ranks, blocks } = found;
    let (mean, ranks) = (plain(by_mean.ratio), plain(by_ranks.ratio));
    let remedy = more_blocks(*blocks);
    first_that_fits([
        format!(
            "stalls decide {arm} vs {baseline} (mean {mean}, ranks {ranks}): rerun with {remedy}"
        ),
        format!(
            "a few slow trials decide a ratio (mean {mean}, ranks {ranks}): rerun with {remedy}"
        ),
        format!("a few slow trials decide a ratio: rerun with {remedy}"),
    ])
}

pub(super) fn sentence(found: &StallsDominate) -> String {
    format!(
        "A few slow trials decide the ratio of {} to {}: its mean is {}, but its Hodges-Lehmann \
         estimate, which they hardly move, is {}. The second describes a typical block. Find what \
         stalls, or measure more blocks ({}).",
        found.arm,
        found.baseline,
        judged(&found.by_mean),
        judged(&found.by_ranks),
        more_blocks(found.blocks)
    )
}

fn judged(judged: &JudgedRatio) -> String {
    let ratio = with_interval(judged.ratio, Some((judged.low, judged.high)));
    format!("{ratio} ({})", judged.verdict)
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;
    use stats::verdict::Verdict;

    fn stalled() -> StallsDominate {
        let judged = |ratio, low, high, verdict| JudgedRatio { ratio, low, high, verdict };
        StallsDominate {
            arm: arm("b/y@1"),
            baseline: arm("a/x@1"),
            by_mean: judged(0.953, 0.83, 1.09, Verdict::Inconclusive),
            by_ranks: judged(0.9, 0.897, 0.904, Verdict::Faster),
            blocks: 12,
        }
    }

    #[test]
    fn shows_both_estimates_with_their_verdicts() {
        assert_snapshot!(sentence(&stalled()), @"A few slow trials decide the ratio of b/y@1 to a/x@1: its mean is 0.953 [0.830, 1.090] (inconclusive), but its Hodges-Lehmann estimate, which they hardly move, is 0.900 [0.897, 0.904] (faster). The second describes a typical block. Find what stalls, or measure more blocks (-n 24).");
        assert_snapshot!(short(&stalled()), @"stalls decide b/y@1 vs a/x@1 (mean 0.953, ranks 0.900): rerun with -n 24");
    }

    #[test]
    fn the_short_line_fits() {
        let found = StallsDominate { arm: long_arm(), baseline: long_arm(), ..stalled() };
        assert_short(&short(&found));
    }
}
