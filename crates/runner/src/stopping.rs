//! Decides when a run stops. Every reason to stop is found here and nowhere else.
//!
//! A run stops when Ctrl-C asks for it, when its time budget is spent, when the pilot shows that
//! nothing can be measured, after the last block, or when every measured ratio is known precisely
//! enough. What the ratios are never matters, only how precisely they are known.

use model::arm::Role;
use model::index::{ArmIndex, IndexVec};
use model::plan::{Plan, StopRule};
use model::recording::StopReason;
use model::time::{Moment, Span};
use stats::precision::{Decision, Precision, PrecisionMonitor};
use stats::quantity::{Confidence, HalfWidth, LogRatio, Seconds};
use stats::ratio::PairedRatio;

use crate::interrupt::Interrupt;
use crate::pilot::PilotOutcome;

/// Why no block should follow a pilot, if there is a reason.
pub const fn failed_pilot(outcome: PilotOutcome) -> Option<StopReason> {
    match outcome {
        PilotOutcome::Untried | PilotOutcome::Succeeded => None,
        PilotOutcome::Unanswered => Some(StopReason::Unreachable),
        PilotOutcome::Failed => Some(StopReason::PilotFailed),
    }
}

/// What ends a run at any time: Ctrl-C, or the end of its time budget.
#[derive(Clone, Debug)]
pub struct Limits {
    interrupt: Interrupt,
    began: Moment,
    budget: Option<Span>,
}

impl Limits {
    /// The limits of a run that began at a moment.
    pub fn new(interrupt: &Interrupt, began: Moment, budget: Option<Span>) -> Self {
        Self { interrupt: interrupt.clone(), began, budget }
    }

    /// Why the next trial of a block should not begin. A block that has begun may exceed the budget.
    pub fn before_trial(&self) -> Option<StopReason> {
        self.interrupt.is_requested().then_some(StopReason::Interrupted)
    }

    /// Why the next trial of the pilot, or the next block, should not begin.
    pub fn reached(&self, now: Moment) -> Option<StopReason> {
        self.before_trial().or_else(|| {
            let budget = self.budget?;
            (now.since(self.began) >= budget).then_some(StopReason::Budget)
        })
    }

    /// How much of the budget is left, if there is one.
    pub fn left(&self, now: Moment) -> Option<Span> {
        self.budget.map(|budget| budget.saturating_sub(now.since(self.began)))
    }
}

/// Decides before each block whether it is needed.
#[derive(Debug)]
pub struct Stopping {
    limits: Limits,
    most: Option<u32>,
    monitor: Option<PrecisionMonitor>,
    comparisons: Vec<Comparison>,
    blocks: u32,
    decision: Decision,
    half_width: Option<HalfWidth>,
}

/// A measured arm and the baseline of its batch size.
#[derive(Debug)]
struct Comparison {
    arm: ArmIndex,
    baseline: ArmIndex,
    /// The log-ratio of each block in which both arms succeeded.
    log_ratios: Vec<LogRatio>,
}

impl Stopping {
    /// The stop rule of a plan, before its first block.
    pub fn new(plan: &Plan, limits: Limits) -> Self {
        Self {
            limits,
            most: plan.stop.most_blocks(),
            monitor: monitor(&plan.stop),
            comparisons: comparisons(plan),
            blocks: 0,
            decision: Decision::Continue,
            half_width: None,
        }
    }

    /// Takes the time of each arm in a block; none for an arm that failed.
    pub fn take(&mut self, times: &IndexVec<ArmIndex, Option<Span>>) {
        self.blocks += 1;
        let seconds = |arm: ArmIndex| times[arm].and_then(|time| Seconds::new(time.as_secs()));
        for comparison in &mut self.comparisons {
            if let (Some(arm), Some(baseline)) =
                (seconds(comparison.arm), seconds(comparison.baseline))
            {
                comparison.log_ratios.push(arm.over(baseline));
            }
        }
        let half_widths: Vec<_> = self.comparisons.iter().map(Comparison::half_width).collect();
        if let Some(monitor) = &mut self.monitor {
            self.decision = monitor.decide(&half_widths);
        }
        self.half_width = widest(&half_widths);
    }

    /// Half the width of the interval of the ratio that is known least; none where a ratio has no
    /// interval yet, and without ratios.
    pub const fn half_width(&self) -> Option<HalfWidth> {
        self.half_width
    }

    /// Why the next block should not begin.
    pub fn before_block(&self, now: Moment) -> Option<StopReason> {
        if self.decision == Decision::Stop {
            return Some(StopReason::Precision);
        }
        let all_blocks = self.most.is_some_and(|most| self.blocks >= most);
        all_blocks.then_some(StopReason::Blocks).or_else(|| self.limits.reached(now))
    }

    /// How many blocks have ended.
    pub const fn blocks(&self) -> u32 {
        self.blocks
    }
}

impl Comparison {
    fn half_width(&self) -> Option<HalfWidth> {
        PairedRatio::new(&self.log_ratios)?.half_width(Confidence::NINETY_FIVE)
    }
}

fn widest(half_widths: &[Option<HalfWidth>]) -> Option<HalfWidth> {
    let all: Option<Vec<HalfWidth>> = half_widths.iter().copied().collect();
    all?.into_iter().reduce(|widest, next| if next > widest { next } else { widest })
}

fn monitor(rule: &StopRule) -> Option<PrecisionMonitor> {
    match *rule {
        StopRule::Blocks { .. } => None,
        StopRule::Precision { least, half_width, looks, .. } => {
            let half_width = HalfWidth::from_share(half_width)?;
            Some(PrecisionMonitor::new(Precision { least, half_width, looks }))
        }
    }
}

fn comparisons(plan: &Plan) -> Vec<Comparison> {
    let measured = || plan.indexed_arms().filter(|(_, arm)| arm.role == Role::Measured);
    let baseline_at = |size| {
        measured()
            .find(|(_, arm)| arm.batch_size == size && arm.label == plan.baseline)
            .map(|(index, _)| index)
    };
    measured()
        .filter(|(_, arm)| arm.label != plan.baseline)
        .filter_map(|(index, arm)| {
            let baseline = baseline_at(arm.batch_size)?;
            Some(Comparison { arm: index, baseline, log_ratios: Vec::new() })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn starts_no_block_after_a_pilot_without_success() {
        assert_eq!(failed_pilot(PilotOutcome::Untried), None);
        assert_eq!(failed_pilot(PilotOutcome::Succeeded), None);
        assert_eq!(failed_pilot(PilotOutcome::Unanswered), Some(StopReason::Unreachable));
        assert_eq!(failed_pilot(PilotOutcome::Failed), Some(StopReason::PilotFailed));
    }

    #[test]
    fn the_ratio_that_is_known_least_is_the_precision() {
        let share = |share| HalfWidth::from_share(share);
        assert_eq!(widest(&[share(0.1), share(0.3), share(0.2)]), share(0.3));
        assert_eq!(widest(&[share(0.1), None]), None);
        assert_eq!(widest(&[]), None);
    }

    #[test]
    fn spends_the_budget_before_blocks_but_not_within_one() {
        let limits =
            Limits::new(&Interrupt::default(), Moment::from_nanos(100), Some(Span::from_nanos(50)));
        assert_eq!(limits.reached(Moment::from_nanos(149)), None);
        assert_eq!(limits.left(Moment::from_nanos(149)), Some(Span::from_nanos(1)));
        assert_eq!(limits.reached(Moment::from_nanos(150)), Some(StopReason::Budget));
        assert_eq!(limits.before_trial(), None);
    }

    #[test]
    fn prefers_an_interrupt_to_the_budget() {
        let interrupt = Interrupt::default();
        let limits = Limits::new(&interrupt, Moment::from_nanos(0), Some(Span::ZERO));
        assert!(!interrupt.request());
        assert_eq!(limits.reached(Moment::from_nanos(1)), Some(StopReason::Interrupted));
        assert_eq!(limits.before_trial(), Some(StopReason::Interrupted));
    }
}
