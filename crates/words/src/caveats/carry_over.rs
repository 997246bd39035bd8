//! The words of `carry_over`.

use explain::caveats::CarryOver;

use super::parts::{first_that_fits, more_blocks};
use crate::number::percent;

pub(super) const TITLE: &str = "The time of an arm depends on which arm ran before it";

pub(super) const PAGE: &str = "\
# carry_over

The time of an arm depends on which arm ran before it.

## What it means

A trial should leave nothing behind for the next one. Here the time of an arm depends on which arm
ran before it: connections that are still closing, a busy server, a warm or cold processor. The
random order of the arms balances this, but only over many blocks.

## How it is detected

The times of the arm, less the level of their block, are grouped by the arm that ran before and
tested for a difference between the groups. All tests on dependence together raise a false alarm
in at most 1 of 100 runs (Holm).

## What to do

- Measure more blocks (`-n`), or fewer arms in one run.
- On your own server: look for work that goes on after the last response, such as logging or
  closing connections.
";

pub(super) fn short(found: &CarryOver) -> String {
    let (size, remedy) = (percent(found.between.exp_m1()), more_blocks(found.blocks));
    first_that_fits([
        format!("{} depends on the arm before it (by {size}): rerun with {remedy}", found.arm),
        format!("one arm depends on the arm before it (by {size}): rerun with {remedy}"),
    ])
}

pub(super) fn sentence(found: &CarryOver) -> String {
    format!(
        "The time of {} depends on which arm ran before it, by {}; its trials differ by {} besides. \
         Something outlasts a trial, and the random order balances it only over many blocks. \
         Measure more blocks ({}), or fewer arms.",
        found.arm,
        percent(found.between.exp_m1()),
        percent(found.within.exp_m1()),
        more_blocks(found.blocks)
    )
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short, long_arm};
    use super::*;
    use insta::assert_snapshot;

    fn dependent() -> CarryOver {
        CarryOver { arm: arm("c/z@4"), between: 0.057, within: 0.01, blocks: 30 }
    }

    #[test]
    fn states_the_size_of_the_effect() {
        assert_snapshot!(sentence(&dependent()), @"The time of c/z@4 depends on which arm ran before it, by 5.9%; its trials differ by 1% besides. Something outlasts a trial, and the random order balances it only over many blocks. Measure more blocks (-n 60), or fewer arms.");
        assert_snapshot!(short(&dependent()), @"c/z@4 depends on the arm before it (by 5.9%): rerun with -n 60");
    }

    #[test]
    fn the_short_line_fits() {
        assert_short(&short(&CarryOver { arm: long_arm(), ..dependent() }));
    }
}
