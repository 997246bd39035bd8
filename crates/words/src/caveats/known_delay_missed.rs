//! The words of `known_delay_missed`.

use explain::caveats::KnownDelayMissed;

use super::parts::{first_that_fits, more_blocks};
use crate::number::{Decimals, millis};

pub(super) const TITLE: &str = "A delay that the endpoint added was not measured";

pub(super) const PAGE: &str = "\
# known_delay_missed

A delay that the endpoint added was not measured.

## What it means

Every run measures a copy of an arm that the embedded endpoint delays by a known time. The run
must measure that delay. Here it measures another one, so a time that this run reports is not the
time that passed. All verdicts of this batch size are withdrawn.

## How it is detected

The endpoint records for how long it held the requests on the critical path of the copy and of its
original. The difference is the expected delay. The caveat appears if the 99.9% interval of the
measured difference does not contain it. By chance this happens in 1 of 1000 healthy runs.

## What to do

- Close other programs, and run again with more blocks (`-n`).
- If it returns on an idle machine, report it as a bug, with the recording.
";

pub(super) fn short(found: &KnownDelayMissed) -> String {
    let (expected, blocks) = (millis(found.expected), more_blocks(found.blocks));
    first_that_fits([
        format!("a delay of {expected} measured as {}: rerun with {blocks}", interval(found)),
        format!("a known delay was not measured: close other programs, rerun with {blocks}"),
    ])
}

pub(super) fn sentence(found: &KnownDelayMissed) -> String {
    format!(
        "The endpoint held {} for {} longer, but the measured difference is {} (99.9% interval). The \
         measured times are wrong, so there is no verdict at this batch size. Close other programs \
         and run again with more blocks ({}).",
        found.control,
        millis(found.expected),
        interval(found),
        more_blocks(found.blocks)
    )
}

fn interval(found: &KnownDelayMissed) -> String {
    let decimals = Decimals::for_millis(found.expected);
    format!("{} ms", decimals.write_interval(1e3 * found.low, 1e3 * found.high))
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{arm, assert_short};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn states_the_expected_and_the_measured_delay() {
        let control = arm("a/x@1#delay");
        let found =
            KnownDelayMissed { control, expected: 0.005, low: -0.0004, high: 0.0013, blocks: 12 };
        assert_snapshot!(sentence(&found), @"The endpoint held a/x@1#delay for 5.00 ms longer, but the measured difference is [-0.40, 1.30] ms (99.9% interval). The measured times are wrong, so there is no verdict at this batch size. Close other programs and run again with more blocks (-n 24).");
        assert_snapshot!(short(&found), @"a delay of 5.00 ms measured as [-0.40, 1.30] ms: rerun with -n 24");
        assert_short(&short(&found));
    }
}
