//! The pilot: uncounted trials of every arm before the first block, and what they show.
//!
//! They warm what can be warmed, tell how long a block will take, and find out before fifty blocks
//! have failed that nothing can be measured at all.

use model::arm::{Arm, Role};
use model::failure::FailureKind;
use model::plan::Plan;
use model::recording::StopReason;
use model::time::Span;
use model::trial::{Outcome, Run, Trial};

/// How often a pilot in which no batch succeeded is repeated before it is believed.
const REPEATS: u32 = 2;

/// Processes are renewed at least so often.
const MOST_BLOCKS: u32 = 10;
/// Renewing may cost this share of what the blocks between cost: one part in so many.
const SHARE_OF_BLOCKS: u64 = 4;
/// Or so much time a block, where that is more.
const ALLOWED: Span = Span::from_millis(100);

/// Whose turn it is in the pilot, and what it has shown.
#[derive(Debug)]
pub struct Pilot {
    arms: usize,
    /// The arms of each strategy, to tell how many strategies have been tried.
    strategies: Vec<String>,
    /// Whether each arm makes requests at all.
    fetches: Vec<bool>,
    time_limit: Span,
    trials: usize,
    trials_due: usize,
    repeats_left: u32,
    spent: Span,
    taken: Vec<Trial>,
    last: Vec<Span>,
    /// How long each arm's process took to be ready.
    starts: Vec<Span>,
    ran: bool,
    answered: bool,
    succeeded: bool,
}

impl Pilot {
    pub(crate) fn new(plan: &Plan) -> Self {
        let limits = plan.targets.iter().map(|planned| planned.target.time_limit);
        Self {
            arms: plan.arms.len(),
            strategies: plan.arms.iter().map(|arm| arm.strategy.clone()).collect(),
            fetches: plan.arms.iter().map(|arm| arm.role != Role::Null).collect(),
            time_limit: limits.max().unwrap_or_default(),
            trials: 0,
            trials_due: plan.arms.len() * plan.pilot_trials as usize,
            repeats_left: REPEATS,
            spent: Span::ZERO,
            taken: Vec::new(),
            last: vec![Span::ZERO; plan.arms.len()],
            starts: vec![Span::ZERO; plan.arms.len()],
            ran: false,
            answered: false,
            succeeded: false,
        }
    }

    /// The arm whose turn it is; nothing when the pilot has shown what it can.
    pub(crate) fn next_arm(&mut self) -> Option<usize> {
        if self.trials == self.trials_due {
            let might_recover = self.answered && !self.succeeded;
            if !might_recover || self.repeats_left == 0 {
                return None;
            }
            self.repeats_left -= 1;
            self.trials_due += self.arms;
        }
        let waits_in_vain = !self.answered && self.spent >= self.time_limit;
        if self.ran && waits_in_vain && self.every_strategy_or_two_tried() {
            return None;
        }
        Some(self.trials % self.arms)
    }

    /// Takes notice of how long an arm's process took to be ready.
    pub(crate) fn started(&mut self, arm: usize, took: Span) {
        self.starts[arm] = self.starts[arm].max(took);
    }

    /// Takes notice of the trial of an arm, which took `spent` in all.
    pub(crate) fn take(&mut self, arm: usize, trial: Trial, spent: Span) {
        self.trials += 1;
        self.spent = self.spent + spent;
        self.last[arm] = spent;
        if let Outcome::Ran(run) = &trial.outcome
            && self.fetches[arm]
        {
            self.ran = true;
            self.answered |= speaks_of_an_answer(run);
            self.succeeded |= trial.batch_time().is_some();
        }
        self.taken.push(trial);
    }

    /// Why no block should begin.
    pub fn failure(&self) -> Option<StopReason> {
        if self.trials == 0 || self.succeeded {
            return None;
        }
        let unreachable = self.ran && !self.answered;
        Some(if unreachable { StopReason::Unreachable } else { StopReason::PilotFailed })
    }

    /// The trials, in the order in which they were run.
    pub fn trials(&self) -> &[Trial] {
        &self.taken
    }

    /// How long a block of a plan should take, judged by the last trial of each arm.
    pub(crate) fn block_time(&self, plan: &Plan) -> Span {
        sum_of_arms(plan, &self.last)
    }

    /// After how many blocks of a plan processes should be renewed: two processes of one arm differ
    /// by more than their trials tell, so as often as it can be had for a quarter of the blocks'
    /// time or 100 ms a block, whichever is more; and every ten blocks at least.
    pub fn renewal(&self, plan: &Plan) -> u32 {
        let block = self.block_time(plan);
        // A new process makes a warm-up trial.
        let renewing = sum_of_arms(plan, &self.starts) + block;
        let allowed = Span::from_nanos(block.as_nanos() / SHARE_OF_BLOCKS).max(ALLOWED);
        let blocks = renewing.as_nanos().div_ceil(allowed.as_nanos());
        u32::try_from(blocks).unwrap_or(MOST_BLOCKS).clamp(1, MOST_BLOCKS)
    }

    fn every_strategy_or_two_tried(&self) -> bool {
        let different = |strategies: &[String]| {
            strategies.iter().collect::<std::collections::BTreeSet<_>>().len()
        };
        let tried = different(&self.strategies[..self.trials.min(self.arms)]);
        tried >= different(&self.strategies).min(2)
    }
}

/// Whether a trial speaks against a target that cannot be reached: a request has a status, or did
/// not fail (not every driver tells a status), or it was not for the network that it failed.
fn speaks_of_an_answer(run: &Run) -> bool {
    let statuses = run.columns.status.iter().flatten();
    let errors = run.columns.error.iter().flatten();
    let harmless = |kind| {
        matches!(
            kind,
            FailureKind::Status | FailureKind::Check | FailureKind::Code | FailureKind::Unread
        )
    };
    run.columns.error.is_none()
        || statuses.into_iter().any(Option::is_some)
        || errors
            .into_iter()
            .any(|error| error.as_ref().is_none_or(|failure| harmless(failure.kind)))
}

/// What the arms of a plan come to together, by what is known of those of the pilot: one that was
/// not in it is judged by the arm that it copies.
fn sum_of_arms(plan: &Plan, known: &[Span]) -> Span {
    let original = |arm: &Arm| {
        let same = |other: &Arm| other.label == arm.label && other.batch_size == arm.batch_size;
        plan.arms.iter().position(same)
    };
    let of_arm = |arm| original(arm).and_then(|place| known.get(place)).copied();
    plan.arms.iter().filter_map(of_arm).sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::Moment;
    use model::trial::Usage;

    fn speaks(columns: &str) -> bool {
        speaks_of_an_answer(&Run {
            started: Moment::from_nanos(0),
            finished: Moment::from_nanos(1),
            usage: Usage::default(),
            columns: serde_json::from_str(columns).expect("parses"),
        })
    }

    #[test]
    fn an_answer_is_a_status_or_a_request_that_did_not_fail() {
        let refused = r#"{"kind":"refused","message":"no"}"#;
        assert!(speaks("{}"));
        assert!(speaks(r#"{"bytes":[5],"error":[null]}"#));
        assert!(speaks(&format!(r#"{{"error":[{refused},null]}}"#)));
        assert!(speaks(r#"{"status":[404],"error":[{"kind":"status","message":"no"}]}"#));
        assert!(!speaks(&format!(r#"{{"error":[{refused},{refused}]}}"#)));
        assert!(!speaks(&format!(r#"{{"status":[null],"error":[{refused}]}}"#)));
    }

    #[test]
    fn code_that_failed_by_itself_says_nothing_of_the_target() {
        assert!(speaks(r#"{"error":[{"kind":"code","message":"Traceback"}]}"#));
    }
}
