//! What removing one cause alone saves: the arm against its copy without that cause. A measured arm that differs
//! from another in nothing but a lower limit is such a copy, too.
//!
//! This is what one change gains. It is not the cause's share of a gap, which the attribution gives:
//! two changes that remove the same time gain it once.

use evidence::setting::LIMITS;
use model::arm::Arm;
use model::experiment::{Experiment, Factor, FactorKind};

use crate::tried;
use evidence::{ArmEvidence, Evidence, PairedTrials};
use stats::estimate::Estimate;

/// A cause that an experiment removed, and the time that this saved.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct MeasuredGain {
    pub(crate) factor: Factor,
    /// By how much the batch became shorter, over the blocks that both arms share.
    pub(crate) saved: Estimate,
}

/// What removing each cause of `arm` alone saves, where that was measured.
pub(crate) fn measured_gains(evidence: &Evidence<'_>, arm: &ArmEvidence<'_>) -> Vec<MeasuredGain> {
    let experiments =
        evidence.plan.experiments.iter().filter(|experiment| experiment.arm == arm.arm.name);
    let of_experiments = experiments.flat_map(|experiment| gains_of(experiment, evidence, arm));
    of_experiments.chain(fewer_at_once(evidence, arm)).collect()
}

/// What the same strategy saves that makes fewer requests at once, where it was measured beside the arm; with several
/// limits, the one that saves most.
fn fewer_at_once(evidence: &Evidence<'_>, arm: &ArmEvidence<'_>) -> Option<MeasuredGain> {
    let gains = evidence.measured().filter_map(|other| {
        let factor = lower_limit(arm.arm, other.arm)?;
        let saved: Vec<f64> = arm.pairs(other).iter().map(PairedTrials::seconds).collect();
        Some(MeasuredGain { factor, saved: Estimate::from_blocks(&saved)? })
    });
    gains.max_by(|one, other| one.saved.seconds.total_cmp(&other.saved.seconds))
}

/// The lower limit in which alone an arm differs from another.
fn lower_limit(arm: &Arm, other: &Arm) -> Option<Factor> {
    let is_same = (&arm.strategy, arm.batch_size, arm.target)
        == (&other.strategy, other.batch_size, other.target);
    let differing: Vec<&String> = arm
        .conditions
        .keys()
        .filter(|&name| arm.conditions.get(name) != other.conditions.get(name))
        .collect();
    let [name] = differing[..] else { return None };
    let (now, lower) = (arm.conditions.get(name)?, other.conditions.get(name)?);
    let requests = arm.batch_size.requests();
    // A limit that is no number is all that the batch has.
    let now_at_once = now.parse().map_or(requests, |limit: usize| limit.min(requests));
    let is_lower = lower.parse().is_ok_and(|limit: usize| limit < now_at_once);
    (is_same && is_lower && LIMITS.contains(&name.as_str())).then(|| Factor {
        kind: FactorKind::FewerAtOnce,
        setting: format!("{name}={lower}"),
        instead_of: format!("{name}={now}"),
        reason: None,
    })
}

fn gains_of(
    experiment: &Experiment,
    evidence: &Evidence<'_>,
    arm: &ArmEvidence<'_>,
) -> Vec<MeasuredGain> {
    let gain = |factor: &Factor| {
        let without = evidence.arm(tried::arm_with_only(experiment, factor.kind)?)?;
        if !tried::is_proof(factor, without) {
            return None;
        }
        let saved: Vec<f64> = arm.pairs(without).iter().map(PairedTrials::seconds).collect();
        Some(MeasuredGain { factor: factor.clone(), saved: Estimate::from_blocks(&saved)? })
    };
    experiment.factors.iter().filter_map(gain).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use test_support::sample::Sample;

    #[test]
    fn arms_that_differ_in_nothing_but_a_lower_limit_show_what_it_saves() {
        let mut sample = Sample::new(&[("a/x", 50), ("a/x", 50)]);
        let [one, other] = &mut sample.plan().arms[..] else { panic!("has two arms") };
        let mut lower = |now: &str, limit: &str, session: &str| {
            for (arm, limit, session) in [(&mut *one, now, "warm"), (&mut *other, limit, session)] {
                let set = [("concurrency", limit), ("session", session)];
                arm.conditions =
                    set.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
            }
            lower_limit(one, other).map(|factor| factor.setting)
        };
        let fewer = Some("concurrency=12".to_owned());
        assert_eq!(lower("50", "12", "warm"), fewer);
        assert_eq!(lower("native", "12", "warm"), fewer);
        assert_eq!(lower("12", "50", "warm"), None);
        assert_eq!(lower("100", "50", "warm"), None, "both make all requests at once");
        assert_eq!(lower("50", "12", "cold"), None);
        assert_eq!(lower("50", "50", "warm"), None);
    }
}
