//! Reduces a recording to one arm, as if only that arm had been measured.

use model::arm::{Arm, ArmName};
use model::index::{DriverIndex, TargetIndex};
use model::plan::{Plan, PlannedTarget};
use model::recording::{Recording, RecordingHeader};
use model::trial::{Place, Stage, Trial};

/// The recording of this arm alone: its trials, its facts, its driver, and a plan without other
/// arms. Nothing if the recording has no such arm. What the run used in all, such as the share of busy
/// processors, stays what it was.
pub(crate) fn alone(recording: &Recording, name: &ArmName) -> Option<Recording> {
    let plan = recording.plan.as_ref()?;
    let arm = plan.arms.iter().find(|arm| arm.name == *name)?;
    let facts = recording.facts.iter().filter(|facts| facts.arm == *name);
    Some(Recording {
        header: header_for(&recording.header, arm)?,
        facts: facts.cloned().collect(),
        plan: Some(plan_for(plan, arm)?),
        trials: trials_of(&recording.trials, name),
        closing: recording.closing.clone(),
        truncated: recording.truncated,
    })
}

/// The header with the driver of this arm only.
fn header_for(header: &RecordingHeader, arm: &Arm) -> Option<RecordingHeader> {
    let driver = header.drivers.get(arm.driver.0)?.clone();
    Some(RecordingHeader { drivers: vec![driver], ..header.clone() })
}

/// The plan with this arm and its target only.
fn plan_for(plan: &Plan, arm: &Arm) -> Option<Plan> {
    let target: PlannedTarget = plan.target_of(arm)?.clone();
    let only = Arm { target: TargetIndex(0), driver: DriverIndex(0), ..arm.clone() };
    Some(Plan {
        targets: vec![target],
        baseline: arm.label.clone(),
        arms: vec![only],
        references: Vec::new(),
        left_out: Vec::new(),
        experiments: Vec::new(),
        doses: Vec::new(),
        ..plan.clone()
    })
}

/// The trials of this arm, of which each comes directly after the one before.
fn trials_of(trials: &[Trial], name: &ArmName) -> Vec<Trial> {
    let own = trials.iter().filter(|trial| trial.arm == *name);
    let mut predecessor: Option<ArmName> = None;
    own.map(|trial| {
        let before = predecessor.replace(name.clone());
        Trial { stage: stage_after(&trial.stage, before), ..trial.clone() }
    })
    .collect()
}

/// The stage of a trial that runs alone in its block, after this predecessor.
fn stage_after(stage: &Stage, predecessor: Option<ArmName>) -> Stage {
    match stage {
        Stage::Counted(place) => Stage::Counted(Place { block: place.block, slot: 0, predecessor }),
        Stage::Pilot | Stage::WarmUp | Stage::Profile => stage.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::plan::LeftOut;
    use model::recording::StopReason;
    use model::time::Span;
    use test_support::sample::Sample;

    fn name(arm: &str) -> ArmName {
        ArmName(arm.to_owned())
    }

    /// Two arms with a target and a driver each, in two blocks.
    fn two_arms() -> Recording {
        let mut sample = Sample::new(&[("a/x", 4), ("b/y", 4)]);
        sample.report_facts("a/x@4", &[("http", "1.1")]);
        sample.report_facts("b/y@4", &[("http", "2")]);
        let plan = sample.plan();
        let mut other = plan.targets[0].clone();
        other.target.time_limit = Span::from_secs(7);
        plan.targets.push(other);
        plan.arms[1].target = TargetIndex(1);
        plan.arms[1].driver = DriverIndex(1);
        plan.left_out.push(LeftOut { strategy: "c/z".to_owned(), reason: "It is.".to_owned() });
        let millis = Span::from_millis;
        sample.block_in_order(&[("a/x@4", millis(30)), ("b/y@4", millis(20))]);
        sample.block_in_order(&[("b/y@4", millis(21)), ("a/x@4", millis(31))]);
        let mut recording = sample.end(StopReason::Blocks);
        let mut driver = recording.header.drivers[0].clone();
        driver.driver = "other".to_owned();
        recording.header.drivers.push(driver);
        recording
    }

    #[test]
    fn an_arm_alone_keeps_its_own_trials_facts_target_and_driver() {
        let both = two_arms();
        let reduced = alone(&both, &name("b/y@4")).expect("is planned");
        let plan = reduced.plan.expect("has a plan");
        assert_eq!(plan.arms.len(), 1);
        assert_eq!(plan.baseline, plan.arms[0].label);
        assert_eq!(plan.target_of(&plan.arms[0]), both.plan.expect("has a plan").targets.get(1));
        assert!(plan.left_out.is_empty());
        assert_eq!(reduced.header.drivers.len(), 1);
        assert_eq!(reduced.header.drivers[plan.arms[0].driver.0].driver, "other");
        assert_eq!(reduced.facts, [both.facts[1].clone()]);
        let times: Vec<_> = reduced.trials.iter().filter_map(Trial::batch_time).collect();
        let all = both.trials.iter().filter(|trial| trial.arm == name("b/y@4"));
        assert_eq!(times, all.filter_map(Trial::batch_time).collect::<Vec<_>>());
        assert_eq!(times.len(), 2);
    }

    #[test]
    fn an_arm_alone_is_the_only_one_in_its_blocks() {
        let reduced = alone(&two_arms(), &name("a/x@4")).expect("is planned");
        let places: Vec<Place> =
            reduced.trials.iter().filter_map(|trial| trial.place().cloned()).collect();
        let place = |block, predecessor| Place { block, slot: 0, predecessor };
        assert_eq!(places, [place(0, None), place(1, Some(name("a/x@4")))]);
        let evidence = evidence::Evidence::of_recording(&reduced).expect("has a plan");
        assert_eq!(evidence.whole_blocks(), 2);
    }

    #[test]
    fn an_arm_alone_is_analysed_without_a_word_about_the_other() {
        let reduced = alone(&two_arms(), &name("a/x@4")).expect("is planned");
        let json = words::document::json(&explain::analyse(&reduced), reduced.plan.as_ref());
        assert!(json.contains("a/x") && !json.contains("b/y"), "{json}");
    }

    #[test]
    fn an_arm_that_is_not_planned_has_no_recording() {
        assert_eq!(alone(&two_arms(), &name("c/z@4")), None);
    }
}
