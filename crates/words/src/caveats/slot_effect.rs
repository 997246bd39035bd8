//! The words of `slot_effect`.

use explain::caveats::SlotEffect;

use super::parts::more_blocks;
use crate::number::signed_percent;

pub(super) const TITLE: &str = "The time of a trial depends on its place in the block";

pub(super) const PAGE: &str = "\
# slot_effect

The time of a trial depends on its place in the block.

## What it means

A block runs every arm once, in random order. Here trials become slower, or faster, from place to
place within a block, whichever arm runs there. The random order balances this between the arms,
but only over many blocks.

## How it is detected

Within each block the logarithmic times are fitted to their places, and the mean slope is tested
against zero. All tests on dependence together raise a false alarm in at most 1 of 100 runs
(Holm).

## What to do

- Measure more blocks (`-n`).
- On your own server: check whether it slows down under steady requests and recovers between
  blocks.
";

pub(super) fn short(found: &SlotEffect) -> String {
    format!(
        "each later place in a block changes a time by {}: rerun with {}",
        signed_percent(found.per_place.exp_m1()),
        more_blocks(found.blocks)
    )
}

pub(super) fn sentence(found: &SlotEffect) -> String {
    format!(
        "Each later place in a block changes the time of a trial by {}. The random order balances \
         this between arms only over many blocks. Measure more blocks ({}).",
        signed_percent(found.per_place.exp_m1()),
        more_blocks(found.blocks)
    )
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::assert_short;
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn states_the_change_from_place_to_place() {
        let found = SlotEffect { per_place: 0.0497, blocks: 20 };
        assert_snapshot!(sentence(&found), @"Each later place in a block changes the time of a trial by +5.1%. The random order balances this between arms only over many blocks. Measure more blocks (-n 40).");
        assert_snapshot!(short(&found), @"each later place in a block changes a time by +5.1%: rerun with -n 40");
        assert_short(&short(&SlotEffect { per_place: -0.123, blocks: 10_000 }));
    }
}
