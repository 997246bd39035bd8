//! What the start of a command's process costs by itself, below its times.

use explain::ArmAnalysis;

use crate::style::Style;
use crate::text;
use words::number::{bare_millis, millis, percent};

/// A line for each of these arms beside which a command without work was measured.
pub(crate) fn lines(arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    arms.iter()
        .filter_map(|arm| sentence(arm))
        .flat_map(|line| text::wrap(&line, style.columns(), 0))
        .collect()
}

fn sentence(arm: &ArmAnalysis) -> Option<String> {
    let (start, mean) = (arm.start_seconds?, arm.describe.mean.filter(|&mean| mean > 0.0)?);
    Some(format!(
        "{}: {} of {} is the start of its process ({})",
        arm.label,
        bare_millis(start),
        millis(mean),
        percent(start / mean)
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::arm::Role;
    use model::recording::StopReason;
    use test_support::sample::Sample;

    #[test]
    fn shows_the_start_of_a_process_and_no_row_for_the_null_arm() {
        let mut sample = Sample::new(&[("command/a", 1), ("command/a", 1)]);
        sample.set_role(1, "command/a:work=null@1", Role::Null);
        sample.block(&[("command/a@1", 40), ("command/a:work=null@1", 10)]);
        let recording = sample.end(StopReason::Blocks);
        let text =
            crate::sections::full(&explain::analyse(&recording), &recording, Style::default());
        let line = "command/a: 10.0 of 40.0 ms is the start of its process (25%)";
        assert!(text.contains(line), "{text}");
        assert!(!text.contains("work=null"), "{text}");
    }
}
