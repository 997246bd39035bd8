//! The pilot: uncounted trials of every arm before the first block.
//!
//! The pilot warms what can be warmed, shows how long a block takes, and finds out that nothing can
//! be measured before fifty blocks have failed.

use std::collections::BTreeSet;

use model::arm::{Arm, Role};
use model::failure::FailureKind;
use model::index::{ArmIndex, IndexVec};
use model::plan::Plan;
use model::sampling::Sampled;
use model::time::Span;
use model::trial::{Outcome, Run, Trial};

use crate::executor::ProcessStart;

/// How often a pilot in which no batch succeeded is repeated before it is believed.
const REPEATS: u32 = 2;

/// Processes are renewed after at most this many blocks.
const MOST_BLOCKS: u32 = 10;
/// Renewing may cost one part in this many of the time of the blocks between.
const SHARE_OF_BLOCKS: u64 = 4;
/// Renewing may always cost this much time a block.
const ALLOWED: Span = Span::from_millis(100);

/// What a pilot shows about the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PilotOutcome {
    /// No trial was run.
    Untried,
    /// No request was answered.
    Unanswered,
    /// No batch succeeded, though requests were answered or no driver ran a trial to its end.
    Failed,
    /// At least one batch succeeded.
    Succeeded,
}

/// The pilot: which arm runs next, and what the trials have shown.
#[derive(Debug)]
pub struct Pilot {
    /// What each arm has shown.
    arms: IndexVec<ArmIndex, PilotedArm>,
    time_limit: Span,
    trials_due: usize,
    repeats_left: u32,
    spent: Span,
    /// How many trials were run.
    taken: usize,
    trials: Vec<Trial>,
    ran: bool,
    answered: bool,
    succeeded: bool,
}

/// An arm in the pilot.
#[derive(Debug)]
struct PilotedArm {
    /// To count how many strategies were tried.
    strategy: String,
    /// Whether the arm makes requests at all.
    fetches: bool,
    /// How long its last trial took, without the start of its process.
    trial: Span,
    /// The longest start of one of its processes.
    start: Span,
}

impl Pilot {
    pub(crate) fn new(plan: &Plan) -> Self {
        let limits = plan.targets.iter().map(|planned| planned.target.time_limit);
        let arm = |arm: &Arm| PilotedArm {
            strategy: arm.strategy.clone(),
            fetches: arm.role != Role::Null,
            trial: Span::ZERO,
            start: Span::ZERO,
        };
        Self {
            arms: plan.arms.iter().map(arm).collect(),
            time_limit: limits.max().unwrap_or_default(),
            trials_due: plan.arms.len() * plan.pilot_trials as usize,
            repeats_left: REPEATS,
            spent: Span::ZERO,
            taken: 0,
            trials: Vec::new(),
            ran: false,
            answered: false,
            succeeded: false,
        }
    }

    /// The arm that runs next; none when the pilot has shown what it can.
    pub(crate) fn next_arm(&mut self) -> Option<ArmIndex> {
        let trials = self.taken;
        if trials == self.trials_due {
            let might_recover = self.answered && !self.succeeded;
            if !might_recover || self.repeats_left == 0 {
                return None;
            }
            self.repeats_left -= 1;
            self.trials_due += self.arms.len();
        }
        let waits_in_vain = !self.answered && self.spent >= self.time_limit;
        if self.ran && waits_in_vain && self.tried_enough_strategies() {
            return None;
        }
        Some(ArmIndex(trials % self.arms.len()))
    }

    /// Takes a trial of an arm, and the start of the process that ran it. `spent` is the time of
    /// the trial without that start.
    pub(crate) fn take(
        &mut self,
        arm: ArmIndex,
        start: Option<&ProcessStart>,
        trial: Trial,
        spent: Span,
    ) {
        self.spent = self.spent + spent;
        let piloted = &mut self.arms[arm];
        piloted.trial = spent;
        piloted.start = piloted.start.max(start.map_or(Span::ZERO, |start| start.took));
        if let Outcome::Ran(run) = &trial.outcome
            && piloted.fetches
        {
            self.ran = true;
            self.answered |= shows_an_answer(run);
            self.succeeded |= trial.batch_time().is_some();
        }
        self.taken += 1;
        self.trials.push(trial);
    }

    /// What the pilot shows about the target.
    pub const fn outcome(&self) -> PilotOutcome {
        if self.succeeded {
            PilotOutcome::Succeeded
        } else if self.taken == 0 {
            PilotOutcome::Untried
        } else if self.ran && !self.answered {
            PilotOutcome::Unanswered
        } else {
            PilotOutcome::Failed
        }
    }

    /// Hands over the trials, in the order in which they were run. They take much memory where batches are
    /// large, and only what completes the plan needs them.
    pub fn take_trials(&mut self) -> Vec<Trial> {
        std::mem::take(&mut self.trials)
    }

    /// How long a block of a plan should take, judged by the last trial of each arm.
    pub(crate) fn block_time(&self, plan: &Plan) -> Span {
        self.sum(plan, |arm| arm.trial)
    }

    /// After how many blocks of a plan driver processes should be renewed.
    ///
    /// Two processes of one arm differ by more than their trials show. So processes are renewed as
    /// often as a quarter of the blocks' time or 100 ms a block pays for, whichever is more, and at
    /// least every ten blocks.
    pub fn renewal(&self, plan: &Plan) -> u32 {
        let block = self.block_time(plan);
        // A new process makes a warm-up trial.
        let renewing = self.sum(plan, |arm| arm.start) + block;
        let allowed = Span::from_nanos(block.as_nanos() / SHARE_OF_BLOCKS).max(ALLOWED);
        let blocks = renewing.as_nanos().div_ceil(allowed.as_nanos());
        u32::try_from(blocks).unwrap_or(MOST_BLOCKS).clamp(1, MOST_BLOCKS)
    }

    /// A time of every arm of a plan, summed. An arm that was not in the pilot counts as the arm
    /// that it copies.
    fn sum(&self, plan: &Plan, time: impl Fn(&PilotedArm) -> Span) -> Span {
        let original = |arm: &Arm| {
            let is_original =
                |other: &Arm| other.label == arm.label && other.batch_size == arm.batch_size;
            plan.indexed_arms().find(|(_, other)| is_original(other)).map(|(index, _)| index)
        };
        let piloted = |arm| original(arm).and_then(|index| self.arms.get(index));
        plan.arms.iter().filter_map(piloted).map(time).sum()
    }

    /// Whether every strategy was tried, or two different ones.
    fn tried_enough_strategies(&self) -> bool {
        let different = |arms: &[PilotedArm]| {
            arms.iter().map(|arm| &arm.strategy).collect::<BTreeSet<_>>().len()
        };
        let arms = self.arms.as_slice();
        let tried = different(&arms[..self.taken.min(arms.len())]);
        tried >= different(arms).min(2)
    }
}

/// Whether a trial shows that the target can be reached: a request has a status or did not fail
/// (not every driver reports a status), or failed for another reason than the network.
fn shows_an_answer(run: &Run) -> bool {
    let reached = |kind| {
        matches!(
            kind,
            FailureKind::InterimStatus
                | FailureKind::Status
                | FailureKind::Check
                | FailureKind::Code
                | FailureKind::Unread
        )
    };
    if let Some(Sampled { totals, .. }) = run.sampled.as_deref() {
        return totals.failed() < totals.requests
            || !totals.statuses.is_empty()
            || totals.failures.iter().any(|total| reached(total.failure.kind));
    }
    let statuses = run.columns.status.iter().flatten();
    let errors = run.columns.error.iter().flatten();
    run.columns.error.is_none()
        || statuses.into_iter().any(Option::is_some)
        || errors
            .into_iter()
            .any(|error| error.as_ref().is_none_or(|failure| reached(failure.kind)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::Moment;
    use model::trial::{ImposedEffects, ResponseVersions, Usage};

    fn reaches(columns: &str) -> bool {
        shows_an_answer(&Run {
            started: Moment::from_nanos(0),
            finished: Moment::from_nanos(1),
            usage: Usage::default(),
            columns: serde_json::from_str(columns).expect("parses"),
            imposed: ImposedEffects::new(),
            http: ResponseVersions::new(),
            sampled: None,
            profile: None,
        })
    }

    #[test]
    fn counts_a_status_or_a_request_without_error_as_an_answer() {
        let refused = r#"{"kind":"refused","message":"no"}"#;
        assert!(reaches("{}"));
        assert!(reaches(r#"{"bytes":[5],"error":[null]}"#));
        assert!(reaches(&format!(r#"{{"error":[{refused},null]}}"#)));
        assert!(reaches(r#"{"status":[404],"error":[{"kind":"status","message":"no"}]}"#));
        assert!(!reaches(&format!(r#"{{"error":[{refused},{refused}]}}"#)));
        assert!(!reaches(&format!(r#"{{"status":[null],"error":[{refused}]}}"#)));
    }

    #[test]
    fn does_not_blame_the_target_for_an_error_in_user_code() {
        assert!(reaches(r#"{"error":[{"kind":"code","message":"Traceback"}]}"#));
    }
}
