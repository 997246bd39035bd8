//! The words of `process_effect`.

use explain::caveats::ProcessEffect;

use super::parts::{first_that_fits, more_blocks};
use crate::number::percent;

pub(super) const TITLE: &str = "The driver processes of an arm differ from each other";

pub(super) const PAGE: &str = "\
# process_effect

The driver processes of an arm differ from each other.

## What it means

An arm runs in several driver processes, one after another. Two processes of the same arm can
differ in speed: memory layout, hash seeds, the core on which they start. Here they differ by more
than their trials explain. The interval of the arm counts trials as if they were independent, so
it is too narrow.

## How it is detected

The times, less the level of their block, are grouped by process and tested for a difference
between the groups. It needs six processes or more. All tests on dependence together raise a false
alarm in at most 1 of 100 runs (Holm).

## What to do

- Measure more processes: run more blocks (`-n`). Processes are renewed at a fixed interval of
  blocks.
- Read small differences of this arm with care: a difference below that between processes may be
  chance.
";

pub(super) fn short(found: &ProcessEffect) -> String {
    let (size, remedy) = (percent(found.between.exp_m1()), more_blocks(found.blocks));
    first_that_fits([
        format!(
            "processes of {} differ by {size}, so its interval is too narrow: rerun with {remedy}",
            found.arm
        ),
        format!("processes of {} differ by {size}: rerun with {remedy}", found.arm),
        format!("processes of one arm differ by {size}: rerun with {remedy}"),
    ])
}

pub(super) fn sentence(found: &ProcessEffect) -> String {
    format!(
        "The {} driver processes of {} differ by {} from each other; the trials of one process \
         differ by {}. The interval counts trials as independent and is too narrow. Measure more \
         processes with more blocks ({}).",
        found.processes,
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

    fn differing() -> ProcessEffect {
        ProcessEffect { arm: arm("b/y@4"), processes: 6, between: 0.049, within: 0.01, blocks: 30 }
    }

    #[test]
    fn compares_processes_with_trials() {
        assert_snapshot!(sentence(&differing()), @"The 6 driver processes of b/y@4 differ by 5% from each other; the trials of one process differ by 1%. The interval counts trials as independent and is too narrow. Measure more processes with more blocks (-n 60).");
        assert_snapshot!(short(&differing()), @"processes of b/y@4 differ by 5%: rerun with -n 60");
    }

    #[test]
    fn the_short_line_fits() {
        assert_short(&short(&ProcessEffect { arm: long_arm(), ..differing() }));
    }
}
