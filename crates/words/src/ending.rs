//! How a run ended, and how precise it is.

use explain::{Analysis, FailureCount};
use model::failure::FailureKind;
use model::plan::{Plan, StopRule};
use model::recording::StopReason;

use crate::failures;
use crate::list::{self, counted};
use crate::number::percent;

/// The blocks and the precision, for the first line: `18 blocks, every ratio within 2%`.
pub fn precision(analysis: &Analysis, plan: Option<&Plan>) -> String {
    let blocks = counted(analysis.blocks, "block");
    match (analysis.stopped, goal(analysis, plan)) {
        (Some(StopReason::Precision), Some(goal)) => {
            format!("{blocks}, every ratio within {}", percent(goal))
        }
        _ => blocks,
    }
}

/// How the run ended, where that matters: not for a run that reached its goal.
pub fn matters(analysis: &Analysis, plan: Option<&Plan>) -> Option<String> {
    let reached = match analysis.stopped {
        Some(StopReason::Precision) => true,
        Some(StopReason::Blocks) => goal(analysis, plan).is_none(),
        _ => false,
    };
    let sentences = [
        (!reached).then(|| sentence(analysis, plan)),
        analysis.truncated.then(|| TRUNCATED.to_owned()),
    ];
    let sentences: Vec<String> = sentences.into_iter().flatten().collect();
    (!sentences.is_empty()).then(|| sentences.join(" "))
}

/// How the run ended, in full.
pub fn sentences(analysis: &Analysis, plan: Option<&Plan>) -> Vec<String> {
    let truncated = analysis.truncated.then(|| TRUNCATED.to_owned());
    let resumed = plan.and_then(resumed);
    std::iter::once(sentence(analysis, plan)).chain(resumed).chain(truncated).collect()
}

/// That a run was interrupted and went on, and after which blocks.
fn resumed(plan: &Plan) -> Option<String> {
    let blocks: Vec<String> = plan.resumed.iter().map(|it| it.block.to_string()).collect();
    let (last, firsts) = blocks.split_last()?;
    let blocks = match firsts {
        [] => last.clone(),
        firsts => format!("{} and {last}", firsts.join(", ")),
    };
    Some(format!("It was interrupted and resumed after block {blocks}."))
}

const TRUNCATED: &str = "The recording ends in the middle of a line. It was read up to there.";

/// The precision that the run had to reach for every ratio; nothing without one, or without ratios.
fn goal(analysis: &Analysis, plan: Option<&Plan>) -> Option<f64> {
    match plan.map(|plan| &plan.stop) {
        Some(StopRule::Precision { half_width, .. }) if !analysis.ratios.is_empty() => {
            Some(*half_width)
        }
        _ => None,
    }
}

/// Why a run ended in its pilot, with what failed in it.
fn nothing_measured(reason: &str, analysis: &Analysis) -> String {
    let clauses =
        failures::pilot_clauses(analysis).into_iter().map(|clause| list::sentence(&clause));
    std::iter::once(format!("Nothing was measured: {reason}."))
        .chain(clauses)
        .collect::<Vec<_>>()
        .join(" ")
}

fn sentence(analysis: &Analysis, plan: Option<&Plan>) -> String {
    let blocks = counted(analysis.blocks, "block");
    let so_far = match analysis.blocks {
        0 => "before the first block was complete".to_owned(),
        _ => format!("after {blocks}"),
    };
    match analysis.stopped {
        None => format!("The run was cut off {so_far}."),
        Some(StopReason::Interrupted) => format!("Stopped by hand {so_far}."),
        Some(StopReason::Budget) => match plan.and_then(|plan| plan.budget) {
            Some(budget) => format!("Stopped {so_far}: the time budget of {budget} is spent."),
            None => format!("Stopped {so_far}: the time budget is spent."),
        },
        Some(StopReason::Precision) => match goal(analysis, plan) {
            Some(goal) => {
                format!("Stopped after {blocks}: every ratio is known to within {}.", percent(goal))
            }
            None => format!("Stopped after {blocks}: one strategy has no ratio to wait for."),
        },
        Some(StopReason::Blocks) => match goal(analysis, plan) {
            Some(goal) => format!(
                "Stopped at the maximum of {blocks}. At least one ratio is still uncertain by more \
                 than {}.",
                percent(goal)
            ),
            None => format!("Stopped after {blocks}, as requested."),
        },
        Some(StopReason::Unreachable) => {
            nothing_measured(unanswered(&analysis.pilot_failures), analysis)
        }
        Some(StopReason::PilotFailed) => {
            nothing_measured("every batch of the pilot failed", analysis)
        }
    }
}

/// Why no request of the pilot was answered, as a clause.
fn unanswered(failures: &[FailureCount]) -> &'static str {
    let any = |is: fn(FailureKind) -> bool| failures.iter().any(|count| is(count.kind));
    if any(FailureKind::is_refused_certificate) {
        "the server's certificate was refused"
    } else if any(|kind| kind == FailureKind::Http2Only) {
        "the server offers only HTTP/2"
    } else {
        "the target could not be reached"
    }
}

#[cfg(test)]
mod tests {
    use model::arm::Label;
    use model::plan::Resumption;
    use model::time::Span;
    use model::trial::TrialId;

    use super::*;

    #[test]
    fn says_after_which_blocks_a_run_was_resumed() {
        let label = Label("a/x".to_owned());
        let mut plan = Plan::new(1, Vec::new(), Vec::new(), label, StopRule::DEFAULT);
        assert_eq!(resumed(&plan), None);
        for block in [2, 7, 9] {
            let (at, first_trial) = (String::new(), TrialId(0));
            plan.resumed.push(Resumption { at, first_trial, block, spent: Span::ZERO });
        }
        let sentence = resumed(&plan).expect("it was");
        assert_eq!(sentence, "It was interrupted and resumed after block 2, 7 and 9.");
    }
}
