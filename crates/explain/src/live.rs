//! What is known of a run that is not over: how many trials each arm has made and their median. It compares
//! no arms: before the end there is no verdict.

use model::arm::{ArmName, BatchSize, Role};
use model::index::{ArmIndex, IndexVec};
use model::plan::Plan;
use model::time::Span;
use stats::describe::describe;
use stats::median::MedianInterval;
use stats::quantity::Confidence;

/// The trials of a run so far.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveRun {
    arms: IndexVec<ArmIndex, LiveTrials>,
}

/// The trials of an arm so far.
#[derive(Clone, Debug, PartialEq)]
struct LiveTrials {
    name: ArmName,
    role: Role,
    size: BatchSize,
    seconds: Vec<f64>,
    failed: usize,
}

/// What is known of an arm so far.
#[derive(Clone, Debug, PartialEq)]
pub struct LiveArm {
    /// Its name.
    pub arm: ArmName,
    /// Why it is in the plan.
    pub role: Role,
    /// The requests of its batch.
    pub batch_size: BatchSize,
    /// Its counted trials in which every request succeeded.
    pub succeeded: usize,
    /// Its other counted trials.
    pub failed: usize,
    /// The median batch time of those that succeeded, in seconds; none without any.
    pub median: Option<f64>,
    /// The 95% interval of the median, in seconds; none below six trials.
    pub interval: Option<MedianInterval>,
}

impl LiveRun {
    /// A run before its first block.
    pub fn new(plan: &Plan) -> Self {
        let trials = |arm: &model::arm::Arm| LiveTrials {
            name: arm.name.clone(),
            role: arm.role,
            size: arm.batch_size,
            seconds: Vec::new(),
            failed: 0,
        };
        Self { arms: plan.arms.iter().map(trials).collect() }
    }

    /// Takes a counted trial: its batch time, or none if it did not succeed.
    pub fn take(&mut self, arm: ArmIndex, time: Option<Span>) {
        if self.arms.get(arm).is_none() {
            return;
        }
        let trials = &mut self.arms[arm];
        match time {
            Some(time) => trials.seconds.push(time.as_secs()),
            None => trials.failed += 1,
        }
    }

    /// The arms in the order of the plan.
    pub fn arms(&self) -> Vec<LiveArm> {
        let live = |trials: &LiveTrials| LiveArm {
            arm: trials.name.clone(),
            role: trials.role,
            batch_size: trials.size,
            succeeded: trials.seconds.len(),
            failed: trials.failed,
            median: describe(&trials.seconds).median,
            interval: MedianInterval::new(&trials.seconds, Confidence::NINETY_FIVE),
        };
        self.arms.iter().map(live).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::recording::StopReason;
    use test_support::sample::Sample;

    #[test]
    fn counts_trials_and_their_median_in_the_order_of_the_plan() {
        let recording = Sample::new(&[("a/x", 1), ("b/y", 4)]).end(StopReason::Blocks);
        let mut run = LiveRun::new(recording.plan.as_ref().expect("has a plan"));
        for millis in [30, 10, 20] {
            run.take(ArmIndex(1), Some(Span::from_millis(millis)));
        }
        run.take(ArmIndex(1), None);
        run.take(ArmIndex(7), None);
        let [first, second] = run.arms().try_into().expect("two arms");
        assert_eq!((first.succeeded, first.failed, first.median), (0, 0, None));
        assert_eq!((second.succeeded, second.failed, second.batch_size), (3, 1, BatchSize(4)));
        assert_eq!(second.median, Some(0.02));
    }
}
