//! When the plan says stop: after its blocks, or as soon as every measured ratio is known well
//! enough. What the ratios are never matters, only how well they are known.

use model::arm::Role;
use model::plan::{Plan, StopRule};
use model::recording::StopReason;
use model::time::Span;
use stats::precision::{Look, Looker, Precision};
use stats::quantity::{Confidence, HalfWidth, LogRatio, Seconds};
use stats::ratio::PairedRatio;

/// Looks at the times after each block.
#[derive(Debug)]
pub struct Looks {
    most: Option<u32>,
    looker: Option<Looker>,
    /// The log-ratios of the blocks in which both arms succeeded.
    comparisons: Vec<Comparison>,
    blocks: u32,
    last: Look,
}

/// A measured arm beside the baseline of its batch size, by their places in the plan.
#[derive(Debug)]
struct Comparison {
    arm: usize,
    baseline: usize,
    log_ratios: Vec<LogRatio>,
}

impl Looks {
    /// Looks at the arms of a plan, before its first block.
    pub fn new(plan: &Plan) -> Self {
        Self {
            most: plan.stop.most_blocks(),
            looker: looker(&plan.stop),
            comparisons: comparisons(plan),
            blocks: 0,
            last: Look::GoOn,
        }
    }

    /// Takes the time of each arm in a further block; nothing for one that failed.
    pub fn take(&mut self, times: &[Option<Span>]) {
        self.blocks += 1;
        let seconds = |arm: usize| times[arm].and_then(|time| Seconds::new(time.as_secs()));
        for comparison in &mut self.comparisons {
            if let (Some(arm), Some(baseline)) =
                (seconds(comparison.arm), seconds(comparison.baseline))
            {
                comparison.log_ratios.push(arm.over(baseline));
            }
        }
        if let Some(looker) = &mut self.looker {
            let half_widths: Vec<_> = self.comparisons.iter().map(Comparison::half_width).collect();
            self.last = looker.look(&half_widths);
        }
    }

    /// Why no further block is needed.
    pub fn reason_to_stop(&self) -> Option<StopReason> {
        if self.last == Look::Stop {
            return Some(StopReason::Precision);
        }
        self.most.filter(|&most| self.blocks >= most).map(|_| StopReason::Blocks)
    }
}

impl Comparison {
    fn half_width(&self) -> Option<HalfWidth> {
        PairedRatio::new(&self.log_ratios)?.half_width(Confidence::NINETY_FIVE)
    }
}

fn looker(rule: &StopRule) -> Option<Looker> {
    match *rule {
        StopRule::Blocks { .. } => None,
        StopRule::Precision { least, half_width, looks, .. } => {
            let half_width = HalfWidth::of_share(half_width)?;
            Some(Looker::new(Precision { least, half_width, looks }))
        }
    }
}

fn comparisons(plan: &Plan) -> Vec<Comparison> {
    let measured = |&(_, arm): &(usize, &model::arm::Arm)| arm.role == Role::Measured;
    let arms: Vec<_> = plan.arms.iter().enumerate().filter(measured).collect();
    let baseline_of = |size| {
        let is_it = |arm: &model::arm::Arm| arm.batch_size == size && arm.label == plan.baseline;
        arms.iter().find(|(_, arm)| is_it(arm)).map(|&(place, _)| place)
    };
    arms.iter()
        .filter(|(_, arm)| arm.label != plan.baseline)
        .filter_map(|&(place, arm)| {
            let baseline = baseline_of(arm.batch_size)?;
            Some(Comparison { arm: place, baseline, log_ratios: Vec::new() })
        })
        .collect()
}
