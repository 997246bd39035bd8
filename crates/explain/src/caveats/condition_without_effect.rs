//! `condition_without_effect`: a condition was imposed on the user's code, and changed nothing there.

use evidence::ArmEvidence;
use model::arm::ArmName;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;
use crate::arms::ArmAnalysis;

/// Conditions that had no effect on the code of some arms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConditionWithoutEffect {
    /// Each condition of each arm.
    pub conditions: Vec<IneffectiveCondition>,
}

/// A condition that had no effect in some trials of an arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IneffectiveCondition {
    /// The arm.
    pub arm: ArmName,
    /// The condition with its value, such as `context=shared`.
    pub setting: String,
    /// How many counted trials succeeded.
    pub trials: usize,
    /// In how many of them it had no effect.
    pub without_effect: usize,
}

impl CaveatKind for ConditionWithoutEffect {}

/// Detects it in the measured arms. What `--why` tried has its own sentences.
pub(super) fn detect(input: &CaveatInput<'_>) -> Option<Detected<ConditionWithoutEffect>> {
    let found =
        |arm: &ArmAnalysis| input.evidence.arm(&arm.arm).map(ineffective).unwrap_or_default();
    let conditions: Vec<IneffectiveCondition> = input.measured().flat_map(found).collect();
    let mut arms: Vec<ArmName> = conditions.iter().map(|found| found.arm.clone()).collect();
    arms.dedup();
    (!arms.is_empty()).then(|| Detected::new(arms, ConditionWithoutEffect { conditions }))
}

fn ineffective(arm: &ArmEvidence<'_>) -> Vec<IneffectiveCondition> {
    let effects = |condition: &str| -> Vec<u64> {
        arm.runs().filter_map(|run| run.imposed.get(condition).copied()).collect()
    };
    let found = arm.arm.conditions.iter().filter_map(|(condition, value)| {
        let effects = effects(condition);
        let without_effect = effects.iter().filter(|&&effects| effects == 0).count();
        (without_effect > 0).then(|| IneffectiveCondition {
            arm: arm.arm.name.clone(),
            setting: format!("{condition}={value}"),
            trials: effects.len(),
            without_effect,
        })
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use crate::caveats::Reason;
    use crate::caveats::tests::{caveats, codes, named};
    use model::recording::{Recording, StopReason};
    use test_support::sample::Sample;

    /// Twelve blocks of own code on which a shared context is imposed; it has an effect in all but
    /// the first of them, or in all.
    fn recording(first: u64) -> Recording {
        let mut sample = Sample::new(&[("own/x", 1)]);
        for block in 0..12 {
            sample.block(&[("own/x@1", 100)]);
            let effects = if block == 0 { first } else { 7 };
            sample.last_run().imposed.insert("context".to_owned(), effects);
        }
        sample.plan().arms[0].conditions.insert("context".to_owned(), "shared".to_owned());
        sample.end(StopReason::Blocks)
    }

    #[test]
    fn detects_a_condition_that_had_no_effect_in_a_trial() {
        let found = caveats(&recording(0));
        let Reason::ConditionWithoutEffect(found) =
            named(&found, "condition_without_effect").reason()
        else {
            panic!("{found:?}")
        };
        let [condition] = &found.conditions[..] else { panic!("{found:?}") };
        assert_eq!(condition.setting, "context=shared");
        assert_eq!((condition.trials, condition.without_effect), (12, 1));
        assert_eq!(codes(&recording(1)), [""; 0]);
    }
}
