//! What the pilot has shown of each arm, for whoever completes the plan by it.

use model::arm::{Arm, BatchSize, Role};
use model::plan::Plan;
use model::time::Span;
use model::trial::Trial;

/// A measured arm with the trials of the pilot in which it succeeded: at least one, the quickest
/// first.
#[derive(Clone, Debug)]
pub struct Piloted<'a> {
    /// The arm.
    pub arm: &'a Arm,
    trials: Vec<&'a Trial>,
}

impl<'a> Piloted<'a> {
    /// The measured arms of a batch size that succeeded, in the plan's order.
    pub fn of_size(plan: &'a Plan, pilot: &'a [Trial], size: BatchSize) -> Vec<Self> {
        let measured = |arm: &&Arm| arm.batch_size == size && arm.role == Role::Measured;
        let piloted = |arm: &'a Arm| {
            let succeeded = |trial: &&Trial| trial.arm == arm.name && trial.batch_time().is_some();
            let mut trials: Vec<&Trial> = pilot.iter().filter(succeeded).collect();
            trials.sort_by_key(|trial| trial.batch_time());
            Self { arm, trials }
        };
        let all = plan.arms.iter().filter(measured).map(piloted);
        all.filter(|piloted| !piloted.trials.is_empty()).collect()
    }

    /// The trial of median time; of two, the slower.
    pub fn median(&self) -> &'a Trial {
        self.trials[self.trials.len() / 2]
    }

    /// The median time.
    pub fn time(&self) -> Span {
        self.median().batch_time().unwrap_or_default()
    }
}

/// The one that was quickest.
pub fn quickest<'p, 'a>(piloted: &'p [Piloted<'a>]) -> Option<&'p Piloted<'a>> {
    piloted.iter().min_by_key(|piloted| piloted.time())
}

/// The batch sizes of a plan, each once.
pub fn sizes(plan: &Plan) -> Vec<BatchSize> {
    let mut sizes: Vec<BatchSize> = plan.arms.iter().map(|arm| arm.batch_size).collect();
    sizes.dedup();
    sizes
}
