//! What the start of a command's process costs by itself, below the times of the whole.

use explain::ArmAnalysis;

use crate::style::Style;
use crate::text;

/// A line for each of these arms beside which a command without work was measured.
pub(crate) fn lines(arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    arms.iter()
        .filter_map(|arm| sentence(arm))
        .flat_map(|line| text::wrap(&line, style.columns(), 0))
        .collect()
}

fn sentence(arm: &ArmAnalysis) -> Option<String> {
    let (start, mean) = (arm.start_seconds?, arm.describe.mean?);
    let share = 100.0 * start / mean;
    Some(format!(
        "{}: {start:.6} of {mean:.6} is the start of its process ({share:.0} %)",
        arm.label
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::sample::Sample;
    use model::arm::Role;
    use model::recording::StopReason;

    #[test]
    fn the_start_is_told_beside_the_whole_and_its_arm_in_no_table() {
        let mut sample = Sample::new(&[("command/a", 1), ("command/a", 1)]);
        sample.set_role(1, "command/a:work=null@1", Role::Null);
        sample.block(&[("command/a@1", 40), ("command/a:work=null@1", 10)]);
        let recording = sample.end(StopReason::Blocks);
        let text =
            crate::sections::full(&explain::analyse(&recording), &recording, Style::default());
        let told = "command/a: 0.010000 of 0.040000 is the start of its process (25 %)";
        assert!(text.contains(told), "{text}");
        assert!(!text.contains("work=null"), "{text}");
    }
}
