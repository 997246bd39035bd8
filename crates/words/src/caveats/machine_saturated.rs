//! The words of `machine_saturated`.

use explain::caveats::MachineSaturated;

use crate::number::percent;

pub(super) const TITLE: &str = "The machine's cores were busy most of the time";

pub(super) const PAGE: &str = "\
# machine_saturated

The machine's cores were busy most of the time.

## What it means

Clients, the embedded endpoint and everything else on the machine share its cores. If these are
busy most of the time, each waits for the others, and the times say as much about the machine as
about the clients. Strategies with many threads suffer most.

## How it is detected

The share of all cores' time that was busy during the blocks, with whatever: 90% or more. It is
not known of a run that was killed.

## What to do

- Close other programs and run again.
- If there are none, the batches need more CPU than this machine has: measure smaller batches, a
  longer round trip (`--link rtt=50ms`), or use a machine with more cores.
";

pub(super) fn short(found: &MachineSaturated) -> String {
    format!("machine busy {} of the time: close other programs and run again", percent(found.busy))
}

pub(super) fn sentence(found: &MachineSaturated) -> String {
    format!(
        "The machine's cores were busy {} of the time, so clients, endpoint and other programs waited \
         for each other. Close other programs and run again. If there are none, the batches need more \
         CPU than this machine has.",
        percent(found.busy)
    )
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::assert_short;
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn states_how_busy_the_machine_was() {
        let found = MachineSaturated { busy: 0.943 };
        assert_snapshot!(sentence(&found), @"The machine's cores were busy 94% of the time, so clients, endpoint and other programs waited for each other. Close other programs and run again. If there are none, the batches need more CPU than this machine has.");
        assert_snapshot!(short(&found), @"machine busy 94% of the time: close other programs and run again");
        assert_short(&short(&found));
    }
}
