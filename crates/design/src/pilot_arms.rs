//! What the pilot shows of each measured arm.

use model::arm::{Arm, BatchSize, Role};
use model::plan::Plan;
use model::time::Span;
use model::trial::Trial;

/// A measured arm with at least one successful trial in the pilot.
#[derive(Clone, Debug)]
pub(crate) struct PilotArm<'a> {
    /// The arm.
    pub(crate) arm: &'a Arm,
    /// The successful trials, fastest first.
    trials: Vec<&'a Trial>,
}

impl<'a> PilotArm<'a> {
    /// The measured arms of a batch size that succeeded, in the plan's order.
    pub(crate) fn of_size(plan: &'a Plan, pilot: &'a [Trial], size: BatchSize) -> Vec<Self> {
        let measured = |arm: &&Arm| arm.batch_size == size && arm.role == Role::Measured;
        let with_trials = |arm: &'a Arm| {
            let succeeded = |trial: &&Trial| trial.arm == arm.name && trial.batch_time().is_some();
            let mut trials: Vec<&Trial> = pilot.iter().filter(succeeded).collect();
            trials.sort_by_key(|trial| trial.batch_time());
            Self { arm, trials }
        };
        let arms = plan.arms.iter().filter(measured).map(with_trials);
        arms.filter(|arm| !arm.trials.is_empty()).collect()
    }

    /// The trial of median time; the slower of two.
    pub(crate) fn median(&self) -> &'a Trial {
        self.trials[self.trials.len() / 2]
    }

    /// The median time.
    pub(crate) fn time(&self) -> Span {
        self.median().batch_time().unwrap_or_default()
    }
}

/// The arm that was fastest in the pilot.
pub(crate) fn fastest<'p, 'a>(arms: &'p [PilotArm<'a>]) -> Option<&'p PilotArm<'a>> {
    arms.iter().min_by_key(|arm| arm.time())
}

/// The batch sizes of a plan, each once, in the plan's order.
pub(crate) fn batch_sizes(plan: &Plan) -> Vec<BatchSize> {
    let mut sizes: Vec<BatchSize> = Vec::new();
    for arm in &plan.arms {
        if !sizes.contains(&arm.batch_size) {
            sizes.push(arm.batch_size);
        }
    }
    sizes
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sample;
    use model::strategy::Conditions;

    #[test]
    fn lists_each_batch_size_once_even_if_arms_are_not_sorted() {
        let arm = |size| sample::arm("a", size, Conditions::new());
        let plan = sample::plan(vec![arm(4), arm(16), arm(4)], None);
        assert_eq!(batch_sizes(&plan), [BatchSize(4), BatchSize(16)]);
    }
}
