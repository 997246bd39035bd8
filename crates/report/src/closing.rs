//! The last lines: how many blocks there are, and why no more.

use explain::Analysis;
use model::plan::{Plan, StopRule};
use model::recording::{Recording, StopReason};

use crate::style::Style;
use crate::text::{self, counted};

/// How the run ended.
pub(crate) fn lines(analysis: &Analysis, recording: &Recording, style: Style) -> Vec<String> {
    let mut sentences = vec![ending(analysis, recording.plan.as_ref())];
    if analysis.truncated {
        sentences.push(
            "The recording is cut off in the middle of a line, and was read up to there."
                .to_owned(),
        );
    }
    sentences.iter().flat_map(|line| text::wrap(line, style.columns(), 0)).collect()
}

fn ending(analysis: &Analysis, plan: Option<&Plan>) -> String {
    let blocks = counted(analysis.blocks, "block");
    let so_far = match analysis.blocks {
        0 => "before the first block was whole".to_owned(),
        _ => format!("after {blocks}"),
    };
    let stop = plan.map(|plan| &plan.stop);
    match analysis.stopped {
        None => format!("The run did not come to its end: it was cut off {so_far}."),
        Some(StopReason::Interrupted) => format!("Stopped by Ctrl-C {so_far}."),
        Some(StopReason::Budget) => match plan.and_then(|plan| plan.budget) {
            Some(budget) => format!("Stopped {so_far}: the budget of {budget} was used up."),
            None => format!("Stopped {so_far}: the budget was used up."),
        },
        Some(StopReason::Precision) => match (stop, analysis.ratios.is_empty()) {
            (Some(StopRule::Precision { half_width, .. }), false) => {
                format!("{blocks}: every ratio is known to within {}.", percent(*half_width))
            }
            _ => format!("{blocks}: with one strategy there is no ratio to wait for."),
        },
        Some(StopReason::Blocks) => match (stop, analysis.ratios.is_empty()) {
            (Some(StopRule::Precision { half_width, .. }), false) => format!(
                "{blocks}, the most that were allowed; not every ratio is known to within {}.",
                percent(*half_width)
            ),
            _ => format!("{blocks}, as asked for."),
        },
        Some(StopReason::Unreachable) => {
            "Nothing was measured: the target could not be reached.".to_owned()
        }
        Some(StopReason::PilotFailed) => {
            "Nothing was measured: no batch of the pilot succeeded.".to_owned()
        }
    }
}

/// A share in percent, without needless zeros.
fn percent(share: f64) -> String {
    let hundredths_of_a_percent = (share * 10_000.0).round();
    format!("{} %", hundredths_of_a_percent / 100.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_share_is_written_as_people_say_it() {
        assert_eq!(percent(0.02), "2 %");
        assert_eq!(percent(0.005), "0.5 %");
        assert_eq!(percent(0.07), "7 %");
    }
}
