//! The arm whose waterfall is shown.

use model::arm::{Arm, ArmName, BatchSize};
use model::plan::Plan;

use crate::{Analysis, ArmAnalysis, FindingCode};

/// Why the waterfall of an arm is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ChoiceReason {
    /// It was named.
    Named,
    /// It is the slowest arm that has a finding.
    SlowestWithFinding,
    /// It is the baseline of the largest batch size, and no arm has a finding.
    Baseline,
    /// It is the slowest arm; no arm has a finding, and the baseline has no time.
    Slowest,
}

/// An arm whose waterfall is shown.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChosenArm {
    /// The arm.
    pub arm: ArmName,
    /// Why.
    pub reason: ChoiceReason,
}

/// The arm with this name, else the measured arm with this label at its largest batch size.
pub fn named_arm<'a>(plan: &'a Plan, name: &str) -> Option<&'a Arm> {
    let of_label = plan.arms.iter().filter(|arm| arm.label.0 == name && is_measured(arm));
    let by_label = || of_label.max_by_key(|arm| arm.batch_size);
    plan.arms.iter().find(|arm| arm.name.0 == name).or_else(by_label)
}

/// The arm to show where none is named; nothing where no trial of a measured arm succeeded.
pub fn chosen_arm(analysis: &Analysis, plan: &Plan) -> Option<ChosenArm> {
    let measured = plan.arms.iter().filter(|arm| is_measured(arm)).map(|arm| &arm.name);
    let timed: Vec<(&ArmAnalysis, f64)> = measured
        .filter_map(|name| analysis.arms.iter().find(|arm| arm.arm == *name))
        .filter_map(|arm| Some((arm, arm.mean()?)))
        .collect();
    let slowest = |arms: &mut dyn Iterator<Item = &(&ArmAnalysis, f64)>| {
        let slowest = arms.max_by(|(_, one), (_, other)| one.total_cmp(other));
        slowest.map(|(arm, _)| arm.arm.clone())
    };
    let with_finding =
        slowest(&mut timed.iter().filter(|(arm, _)| has_finding(analysis, &arm.arm)));
    if let Some(arm) = with_finding {
        return Some(ChosenArm { arm, reason: ChoiceReason::SlowestWithFinding });
    }
    let size = timed.iter().map(|(arm, _)| arm.batch_size).max().unwrap_or(BatchSize(0));
    let is_baseline = |arm: &ArmAnalysis| arm.label == plan.baseline && arm.batch_size == size;
    if let Some((baseline, _)) = timed.iter().find(|(arm, _)| is_baseline(arm)) {
        return Some(ChosenArm { arm: baseline.arm.clone(), reason: ChoiceReason::Baseline });
    }
    let arm = slowest(&mut timed.iter())?;
    Some(ChosenArm { arm, reason: ChoiceReason::Slowest })
}

fn has_finding(analysis: &Analysis, arm: &ArmName) -> bool {
    let mut findings = analysis.findings.iter();
    findings.any(|finding| finding.arm == *arm && finding.code != FindingCode::Nothing)
}

fn is_measured(arm: &Arm) -> bool {
    arm.role == model::arm::Role::Measured
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;
    use model::recording::{Recording, StopReason};
    use test_support::sample::Sample;

    fn chosen(recording: &Recording) -> Option<(String, ChoiceReason)> {
        let plan = recording.plan.as_ref().expect("has a plan");
        let chosen = chosen_arm(&analyse(recording), plan)?;
        Some((chosen.arm.0, chosen.reason))
    }

    #[test]
    fn the_slowest_arm_with_a_finding_is_chosen() {
        let recording = Sample::three_sizes(5);
        let expected = ("ureq/sequential@16".to_owned(), ChoiceReason::SlowestWithFinding);
        assert_eq!(chosen(&recording), Some(expected));
    }

    #[test]
    fn the_baseline_is_chosen_where_no_arm_has_a_finding() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        sample.block(&[("a/x@1", 10), ("b/y@1", 10)]);
        let recording = sample.clone().end(StopReason::Blocks);
        assert_eq!(chosen(&recording), Some(("a/x@1".to_owned(), ChoiceReason::Baseline)));
        let mut without = recording;
        without.trials.remove(0);
        assert_eq!(chosen(&without), Some(("b/y@1".to_owned(), ChoiceReason::Slowest)));
        without.trials.clear();
        assert_eq!(chosen(&without), None);
    }

    #[test]
    fn an_arm_is_named_by_its_name_or_by_its_label_at_the_largest_size() {
        let recording = Sample::three_sizes(1);
        let plan = recording.plan.as_ref().expect("has a plan");
        let named = |name| Some(named_arm(plan, name)?.name.0.as_str());
        assert_eq!(named("hyper/async@4"), Some("hyper/async@4"));
        assert_eq!(named("hyper/async"), Some("hyper/async@16"));
        assert_eq!(named("hyper"), None);
    }
}
