//! `stopped_by_budget`: the time budget ended the run before its goal.

use model::plan::StopRule;
use model::recording::StopReason;
use model::time::Span;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;

/// The time budget ended the run before its goal.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct StoppedByBudget {
    /// How many whole blocks there are.
    pub blocks: usize,
    /// What the run should reach.
    pub goal: Goal,
    /// The budget.
    pub budget: Option<Span>,
}

/// What a run should reach.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Goal {
    /// This many blocks.
    Blocks(u32),
    /// Every ratio known to within this share of it.
    Precision(f64),
}

impl CaveatKind for StoppedByBudget {}

/// Detects it in a run that came to its end.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<StoppedByBudget>> {
    let closing = input.recording.closing.as_ref()?;
    let goal = match input.evidence.plan.stop {
        StopRule::Blocks { blocks } => Goal::Blocks(blocks),
        StopRule::Precision { half_width, .. } => Goal::Precision(half_width),
    };
    let figures = StoppedByBudget {
        blocks: input.evidence.whole_blocks(),
        goal,
        budget: input.evidence.plan.budget,
    };
    (closing.reason == StopReason::Budget).then(|| Detected::new(input.measured_names(), figures))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::Reason;
    use crate::caveats::tests::{caveats, codes, named};
    use model::recording::Recording;
    use test_support::sample::Sample;

    #[test]
    fn a_run_that_its_budget_ended_is_reported_with_its_goal() {
        let stopped = |reason, stop| -> Recording {
            let mut recording = Sample::three_strategies(12);
            recording.closing.as_mut().expect("is closed").reason = reason;
            let plan = recording.plan.as_mut().expect("has a plan");
            plan.stop = stop;
            plan.budget = Some(Span::from_millis(30_000));
            recording
        };
        let goal = |stop| {
            let found = caveats(&stopped(StopReason::Budget, stop));
            let caveat = named(&found, "stopped_by_budget");
            let Reason::StoppedByBudget(found) = caveat.reason() else { panic!("{caveat:?}") };
            assert_eq!((found.blocks, found.budget), (12, Some(Span::from_millis(30_000))));
            found.goal
        };
        assert_eq!(goal(StopRule::DEFAULT), Goal::Precision(0.02));
        assert_eq!(goal(StopRule::Blocks { blocks: 30 }), Goal::Blocks(30));
        assert_eq!(codes(&stopped(StopReason::Precision, StopRule::DEFAULT)), [""; 0]);
    }
}
