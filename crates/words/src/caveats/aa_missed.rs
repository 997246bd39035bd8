//! The words of `aa_missed`.

use explain::caveats::AaMissed;

use super::parts::{first_that_fits, more_blocks};
use crate::number::percent;

pub(super) const TITLE: &str = "Two equal arms differ";

pub(super) const PAGE: &str = "\
# aa_missed

Two equal arms differ.

## What it means

Every run measures one arm twice, as two arms of their own (A/A). Nothing differs between the two,
so their times must agree. Here they do not: something other than the strategies makes arms
differ. All verdicts of this batch size are withdrawn, because a difference between strategies of
the same size would mean nothing.

## How it is detected

The ratio of the copy to its original is computed over the blocks, as every ratio is. The caveat
appears if its 99.9% interval does not contain 1. By chance this happens in 1 of 1000 healthy
runs.

## What to do

- Close other programs, above all those that run in bursts: builds, backups, browsers.
- Run again with more blocks (`-n`).
- If it returns, look at the caveats `process_effect`, `carry_over` and `machine_saturated` of the
  run.
";

pub(super) fn short(found: &AaMissed) -> String {
    let blocks = more_blocks(found.blocks);
    first_that_fits([
        format!("two equal arms differ by {}: close other programs, rerun", size(found)),
        format!("two equal arms differ: close other programs, rerun with {blocks}"),
    ])
}

pub(super) fn sentence(found: &AaMissed) -> String {
    let direction = if found.low > 1.0 { "longer" } else { "shorter" };
    format!(
        "{} is a copy of {}, but its time is {} {direction} (99.9% interval). Something other than \
         the strategies makes arms differ, so there is no verdict at this batch size. Close other \
         programs and run again with more blocks ({}).",
        found.control,
        found.original,
        size(found),
        more_blocks(found.blocks)
    )
}

/// `3% to 8%`: the ends of the interval, which lie on one side of zero, the smaller one first.
fn size(found: &AaMissed) -> String {
    let [low, high] = [found.low, found.high].map(|ratio| (ratio - 1.0).abs());
    format!("{} to {}", percent(low.min(high)), percent(low.max(high)))
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    fn missed(low: f64, high: f64) -> AaMissed {
        let (control, original) = (arm("a/x@1#aa"), arm("a/x@1"));
        AaMissed { control, original, low, high, blocks: 12 }
    }

    #[test]
    fn states_the_difference_in_percent() {
        assert_snapshot!(sentence(&missed(1.031, 1.082)), @"a/x@1#aa is a copy of a/x@1, but its time is 3.1% to 8.2% longer (99.9% interval). Something other than the strategies makes arms differ, so there is no verdict at this batch size. Close other programs and run again with more blocks (-n 24).");
        assert_snapshot!(short(&missed(1.031, 1.082)), @"two equal arms differ by 3.1% to 8.2%: close other programs, rerun");
        assert_snapshot!(sentence(&missed(0.92, 0.996)), @"a/x@1#aa is a copy of a/x@1, but its time is 0.4% to 8% shorter (99.9% interval). Something other than the strategies makes arms differ, so there is no verdict at this batch size. Close other programs and run again with more blocks (-n 24).");
        assert_snapshot!(short(&missed(0.92, 0.996)), @"two equal arms differ by 0.4% to 8%: close other programs, rerun");
    }

    #[test]
    fn the_short_line_fits() {
        assert_short(&short(&AaMissed { control: long_arm(), ..missed(1.0312, 31.0) }));
    }
}
