//! The experiments of `--why`: which causes are removed from which arms.
//!
//! At each batch size, every measured arm that is slower than the fastest one is copied with causes
//! removed; so is an arm without any other. `candidates` are the causes that the driver can remove and that
//! the `observation` of the pilot does not exclude; `choice` takes those whose removal is predicted to gain
//! most. `cells` lists their combinations.
//! On the embedded endpoint, `doses` measures the same arms with a slower and slower server. `profiled`
//! chooses the arms whose code is looked at.

mod candidates;
mod cells;
mod choice;
mod doses;
mod observation;
mod profiled;

use model::arm::{Arm, ArmName, BatchSize, Role};
use model::driver_protocol::DriverHello;
use model::experiment::{Experiment, Factor};
use model::plan::Plan;
use model::strategy::StrategySpec;
use model::trial::Trial;

use crate::Additions;
use crate::pilot_arms::{PilotArm, batch_sizes, fastest};
use candidates::ArmInQuestion;
use explain::Gain;
pub(crate) use observation::{Observation, observe};
pub(crate) use profiled::profiled;

/// An arm is explained if it took this many times as long as the fastest one in the pilot.
const SLOWER: f64 = 1.05;

/// Observes where the time of an arm's trial went.
pub(crate) type Observe = fn(&Plan, &Arm, &Trial) -> Option<Observation>;

/// Predicts what removing causes together saves an arm; nothing where that cannot be predicted.
pub(crate) type PredictGain<'p> = &'p dyn Fn(&ArmName, &[&Factor]) -> Option<Gain>;

/// What a pilot shows.
#[derive(Clone, Copy)]
pub(crate) struct PilotView<'p> {
    /// The plan so far.
    pub(crate) plan: &'p Plan,
    /// Its trials.
    pub(crate) trials: &'p [Trial],
    /// The drivers of the recording.
    pub(crate) drivers: &'p [DriverHello],
    /// Where the time of a trial went.
    pub(crate) observe: Observe,
    /// What a change gains.
    pub(crate) gain: PredictGain<'p>,
}

/// The experiments for a plan, chosen by its pilot.
pub(crate) fn experiments(pilot: PilotView<'_>) -> Additions {
    let mut additions = Additions::default();
    for size in batch_sizes(pilot.plan) {
        let arms = PilotArm::of_size(pilot.plan, pilot.trials, size);
        for slow in arms_to_explain(pilot.plan, &arms, size) {
            additions.extend(slow.experiment(pilot));
        }
    }
    additions
}

/// An arm to explain, and the fastest arm of its batch size.
struct SlowArm<'p, 'a> {
    pilot: &'p PilotArm<'a>,
    /// None if the arm has no other to compare with.
    versus: Option<&'a Arm>,
}

/// The arms of a batch size that are slower than the fastest, or the only arm.
fn arms_to_explain<'p, 'a>(
    plan: &Plan,
    arms: &'p [PilotArm<'a>],
    size: BatchSize,
) -> Vec<SlowArm<'p, 'a>> {
    let measured = |arm: &&Arm| arm.role == Role::Measured && arm.batch_size == size;
    let Some(fastest) = fastest(arms) else { return Vec::new() };
    if plan.arms.iter().filter(measured).count() == 1 {
        return vec![SlowArm { pilot: fastest, versus: None }];
    }
    let limit = SLOWER * fastest.time().as_secs();
    let slower = arms.iter().filter(|arm| arm.time().as_secs() > limit);
    slower.map(|pilot| SlowArm { pilot, versus: Some(fastest.arm) }).collect()
}

impl SlowArm<'_, '_> {
    fn experiment(&self, view: PilotView<'_>) -> Additions {
        let mut additions = Additions::default();
        let arm = self.pilot.arm;
        let link = view.plan.target_of(arm).and_then(|target| target.link.as_ref());
        let observation = (view.observe)(view.plan, arm, self.pilot.median());
        let factors = match (spec(arm, view.drivers), &observation) {
            (Some(spec), Some(observation)) => {
                let arm = ArmInQuestion { arm, spec, link, observation };
                choice::choose(&arm, &|factors| (view.gain)(&arm.arm.name, factors))
            }
            _ => Vec::new(),
        };
        if self.versus.is_some() || !factors.is_empty() {
            let (cells, arms) = cells::cells(arm, link, &factors);
            let versus = self.versus.map(|versus| versus.name.clone());
            additions.experiments.push(Experiment {
                arm: arm.name.clone(),
                versus,
                factors,
                cells,
            });
            additions.arms.extend(arms);
        }
        if let Some(link) = link {
            let (response, arms) = doses::response(arm, link);
            additions.doses.push(response);
            additions.arms.extend(arms);
        }
        additions
    }
}

fn spec<'d>(arm: &Arm, drivers: &'d [DriverHello]) -> Option<&'d StrategySpec> {
    drivers.get(arm.driver.0)?.strategies.iter().find(|spec| spec.name == arm.strategy)
}

#[cfg(test)]
mod tests;
