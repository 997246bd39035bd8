//! The words of `coarse_timer`.

use explain::caveats::{CoarseTimer, ShortestTime};

use super::parts::first_that_fits;
use crate::number::millis;

pub(super) const TITLE: &str = "The clock is too coarse for the measured times";

pub(super) const PAGE: &str = "\
# coarse_timer

The clock is too coarse for the measured times.

## What it means

Times cannot be finer than the steps of the clock. Here a step is a visible share of a measured
time, so small differences mean nothing.

## How it is detected

The resolution of the machine's monotonic clock is more than 1% of the shortest measured time: a
batch, or a phase that makes up at least 1% of a batch.

## What to do

- Measure larger batches (`-b`).
- Use a machine with a finer clock. Some virtual machines have a coarse one.
";

pub(super) fn short(found: &CoarseTimer) -> String {
    let (step, time) = (millis(found.resolution.as_secs()), millis(found.shortest.seconds));
    let what = what(&found.shortest);
    first_that_fits([
        format!("clock step {step} is coarse for {what} of {time}: measure larger batches"),
        format!("clock step {step} is too coarse: measure larger batches"),
    ])
}

pub(super) fn sentence(found: &CoarseTimer) -> String {
    format!(
        "The clock's step of {} is more than 1% of {}, which takes {}. Smaller differences mean \
         nothing. Measure larger batches, or use a machine with a finer clock.",
        millis(found.resolution.as_secs()),
        what(&found.shortest),
        millis(found.shortest.seconds)
    )
}

fn what(shortest: &ShortestTime) -> String {
    match shortest.phase {
        Some(phase) => format!("the {phase} phase"),
        None => "a batch".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::assert_short;
    use super::*;
    use insta::assert_snapshot;
    use model::phase::Phase;
    use model::time::Span;

    #[test]
    fn compares_the_step_with_the_shortest_time() {
        let resolution = Span::from_nanos(550_000);
        let shortest = ShortestTime { phase: None, seconds: 0.05 };
        let found = CoarseTimer { resolution, shortest };
        assert_snapshot!(sentence(&found), @"The clock's step of 0.550 ms is more than 1% of a batch, which takes 50.0 ms. Smaller differences mean nothing. Measure larger batches, or use a machine with a finer clock.");
        assert_snapshot!(short(&found), @"clock step 0.550 ms is too coarse: measure larger batches");
        let shortest = ShortestTime { phase: Some(Phase::Receive), seconds: 0.0123 };
        let found = CoarseTimer { resolution, shortest };
        assert!(sentence(&found).contains("1% of the receive phase, which takes 12.3 ms"));
        assert_short(&short(&found));
    }
}
