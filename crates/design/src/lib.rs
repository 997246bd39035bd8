//! Completes a plan after its pilot: `controls` by which a run checks itself, and `experiments`
//! that remove causes to measure what each was worth.
//!
//! A pure function of what is recorded when the pilot has ended. Opening targets is left to the caller;
//! nothing here knows the command line or a process. Nothing is concluded from the pilot: it only
//! shows what is worth measuring.

mod controls;
mod experiments;
mod extra_arms;
mod pilot_arms;
#[cfg(test)]
mod sample;

use evidence::Evidence;
use explain::Replays;
use explain::whatif::Predictor;
use model::arm::ArmName;
use model::experiment::{DoseResponse, Experiment, Factor};
use model::link::Link;
use model::plan::{Plan, PlannedTarget};
use model::recording::Recording;

use experiments::PilotView;
pub use extra_arms::ExtraArm;

/// What a plan should be completed by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope {
    /// Whether to add the controls.
    pub controls: bool,
    /// Whether to add the experiments, dose responses and profiled arms of `--why`.
    pub experiments: bool,
}

/// What is added to a plan.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Additions {
    /// The factorial experiments.
    pub experiments: Vec<Experiment>,
    /// The dose responses.
    pub doses: Vec<DoseResponse>,
    /// The arms of all of them, and the controls.
    pub arms: Vec<ExtraArm>,
    /// The measured arms to profile.
    pub profiled: Vec<ArmName>,
}

/// Chooses what to add to a plan. `piloted` is what is recorded when the pilot has ended, with the plan so
/// far; nothing is added without one.
pub fn additions(piloted: &Recording, scope: Scope) -> Additions {
    let mut additions = Additions::default();
    let Some(plan) = &piloted.plan else { return additions };
    if scope.controls {
        additions.arms = controls::controls(plan, &piloted.trials, controls::requests_on_path);
    }
    if scope.experiments {
        let evidence = Evidence::of_pilot(plan, &piloted.trials);
        let replays = Replays::new(&evidence, piloted);
        let predictor = Predictor { recording: piloted, evidence: &evidence, replays: &replays };
        let gain =
            |arm: &ArmName, factors: &[&Factor]| predictor.gain_of(evidence.arm(arm)?, factors);
        let pilot = PilotView {
            plan,
            trials: &piloted.trials,
            drivers: &piloted.header.drivers,
            observe: experiments::observe,
            gain: &gain,
        };
        additions.extend(experiments::experiments(pilot));
        additions.profiled = experiments::profiled(pilot);
    }
    additions
}

impl Additions {
    /// Adds everything to a plan, with a target for each link that the plan has none for.
    ///
    /// # Errors
    /// If `open` cannot open a target.
    pub fn add_to<E>(
        self,
        plan: Plan,
        open: impl FnMut(&Link) -> Result<PlannedTarget, E>,
    ) -> Result<Plan, E> {
        let mut plan = extra_arms::add(plan, self.arms, open)?;
        plan.experiments.extend(self.experiments);
        plan.doses.extend(self.doses);
        plan.profiled.extend(self.profiled);
        Ok(plan)
    }

    fn extend(&mut self, other: Self) {
        self.experiments.extend(other.experiments);
        self.doses.extend(other.doses);
        self.arms.extend(other.arms);
    }
}
