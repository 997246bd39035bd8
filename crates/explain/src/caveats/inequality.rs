//! What makes two arms incomparable: other failures, other bodies.

use model::arm::ArmName;

use super::CaveatInput;
use crate::arms::ArmAnalysis;
use crate::caveat::Caveat;
use crate::caveat::reason::{Bodies, Failing, Reason};
use crate::ratios::RatioAnalysis;
use evidence::ArmEvidence;

/// Samples of this size from one distribution are apart by chance in fewer than 1 of 100 cases.
const ENOUGH_TO_BE_APART: usize = 5;

/// The ratios of arms that failed in different ways, or of which only one failed.
pub(super) fn errors(input: &CaveatInput<'_>) -> Vec<Caveat> {
    let failing = |name: &ArmName| {
        let arm = input.arms.iter().find(|arm| arm.arm == *name)?;
        (arm.trials() > 0).then(|| of_arm(arm))
    };
    let caveat = |ratio: &RatioAnalysis| {
        let (arm, baseline) = (failing(&ratio.arm)?, failing(&ratio.baseline)?);
        let arms = vec![ratio.arm.clone(), ratio.baseline.clone()];
        (arm.ways != baseline.ways)
            .then(|| Caveat::new(arms, Reason::UnequalErrors { arm, baseline }))
    };
    input.ratios.iter().filter_map(caveat).collect()
}

fn of_arm(arm: &ArmAnalysis) -> Failing {
    let kinds = arm.failures.iter().map(|count| count.kind.to_string());
    let ways = kinds.chain(arm.lost.is_some().then(|| "lost".to_owned())).collect();
    Failing { arm: arm.arm.clone(), failed: arm.failed, trials: arm.trials(), ways }
}

/// The ratios of arms whose bodies had other sizes.
pub(super) fn bytes(input: &CaveatInput<'_>) -> Vec<Caveat> {
    let caveat = |ratio: &RatioAnalysis| {
        let sizes = |arm: &ArmName| input.evidence.arm(arm).map(body_bytes).unwrap_or_default();
        let (arm, baseline) = (sizes(&ratio.arm), sizes(&ratio.baseline));
        if !apart(&arm, &baseline) {
            return None;
        }
        let bodies = |name: &ArmName, sizes: &[u64]| {
            let (least, most) = (*sizes.iter().min()?, *sizes.iter().max()?);
            Some(Bodies { arm: name.clone(), least, most })
        };
        let arms = vec![ratio.arm.clone(), ratio.baseline.clone()];
        let reason = Reason::UnequalBytes {
            arm: bodies(&ratio.arm, &arm)?,
            baseline: bodies(&ratio.baseline, &baseline)?,
        };
        Some(Caveat::new(arms, reason))
    };
    input.ratios.iter().filter_map(caveat).collect()
}

/// The bytes of all bodies in each good trial, as far as the client tells them.
fn body_bytes(arm: &ArmEvidence<'_>) -> Vec<u64> {
    arm.runs()
        .filter_map(|run| {
            let bytes: Option<Vec<u64>> = run.columns.bytes.as_ref()?.iter().copied().collect();
            Some(bytes?.into_iter().fold(0, u64::saturating_add))
        })
        .collect()
}

/// Whether two samples of sizes cannot come from the same bodies: their ranges do not touch. Where
/// bodies vary from trial to trial, few trials may be apart by chance.
fn apart(one: &[u64], other: &[u64]) -> bool {
    let (Some(low), Some(high)) = (one.iter().min(), one.iter().max()) else { return false };
    let (Some(other_low), Some(other_high)) = (other.iter().min(), other.iter().max()) else {
        return false;
    };
    let constant = low == high && other_low == other_high;
    let enough = one.len().min(other.len()) >= ENOUGH_TO_BE_APART;
    (high < other_low || other_high < low) && (constant || enough)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;
    use crate::caveats::tests::{caveats, named};
    use evidence::sample::{Sample, failure};
    use model::failure::FailureKind;
    use model::recording::{Recording, StopReason};
    use stats::verdict::Verdict;

    /// Ten blocks of two arms, in each of which `change` is told the block and the arm.
    fn pair(change: impl Fn(u32, &str, &mut Sample)) -> Recording {
        let mut sample = Sample::new(&[("a/x", 2), ("b/y", 2)]);
        for block in 0..10 {
            sample.block(&[]);
            for arm in ["a/x@2", "b/y@2"] {
                sample.and(arm, 100 + u64::from(block % 3));
                change(block, arm, &mut sample);
            }
        }
        sample.end(StopReason::Blocks)
    }

    fn verdict(recording: &Recording) -> Verdict {
        analyse(recording).ratios[0].verdict
    }

    fn failing(kind: FailureKind) -> impl Fn(&mut Sample) {
        move |sample| {
            sample.last_run().columns.error = Some(vec![None, Some(failure(kind, "it failed"))]);
        }
    }

    #[test]
    fn one_failure_takes_the_verdict_away_unless_the_other_fails_alike() {
        let timeout = failing(FailureKind::Timeout);
        let one = pair(|block, arm, sample| {
            if block == 3 && arm == "b/y@2" {
                timeout(sample);
            }
        });
        let found = caveats(&one);
        let caveat = named(&found, "unequal_errors");
        assert!(caveat.vetoes());
        assert_eq!(caveat.arms().len(), 2);
        assert!(
            caveat
                .sentence()
                .starts_with("b/y@2 failed in 1 of 10 trials (timeout), a/x@2 in none:")
        );
        assert_eq!(verdict(&one), Verdict::Vetoed);
        assert_eq!(analyse(&one).ratios[0].blocks_needed, None);
        let both = pair(|block, _, sample| {
            if block == 3 {
                timeout(sample);
            }
        });
        assert!(caveats(&both).iter().all(|caveat| caveat.code() != "unequal_errors"));
        assert_ne!(verdict(&both), Verdict::Vetoed);
        let reset = failing(FailureKind::Reset);
        let different = pair(|block, arm, sample| {
            if block == 3 {
                if arm == "a/x@2" { timeout(sample) } else { reset(sample) }
            }
        });
        assert_eq!(verdict(&different), Verdict::Vetoed);
    }

    #[test]
    fn other_bodies_take_the_verdict_away_and_varying_ones_do_not() {
        let bodies = |bytes: fn(u32, &str) -> Option<u64>| {
            pair(|block, arm, sample| {
                let first = bytes(block, arm);
                sample.last_run().columns.bytes = Some(vec![first, Some(80)]);
            })
        };
        let shorter = bodies(|_, arm| Some(if arm == "b/y@2" { 0 } else { 80 }));
        let found = caveats(&shorter);
        let caveat = named(&found, "unequal_bytes");
        assert!(
            caveat
                .sentence()
                .starts_with("b/y@2 read 80 bytes of bodies a batch, a/x@2 read 160 bytes")
        );
        assert_eq!(verdict(&shorter), Verdict::Vetoed);
        let without =
            |recording| caveats(&recording).iter().all(|one| one.code() != "unequal_bytes");
        assert!(without(bodies(|_, _| Some(80))));
        assert!(without(bodies(|block, arm| Some(u64::from(block) + arm.len() as u64))));
        assert!(without(bodies(|_, arm| (arm == "a/x@2").then_some(80))));
    }

    #[test]
    fn few_varying_bodies_are_apart_by_chance() {
        assert!(!apart(&[1, 2], &[3, 4]));
        assert!(apart(&[1, 1], &[3, 3]));
        assert!(apart(&[1, 2, 1, 2, 1], &[4, 3, 4, 3, 4]));
        assert!(!apart(&[1, 2, 1, 2, 1], &[2, 3, 4, 3, 4]));
        assert!(!apart(&[], &[1]));
    }
}
