//! `unequal_bytes`: two arms that are compared read bodies of different sizes.

use model::arm::ArmName;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;
use crate::ratios::RatioAnalysis;
use evidence::ArmEvidence;

/// Samples of this size from one distribution are apart by chance in fewer than 1 of 100 cases.
const ENOUGH_TO_BE_APART: usize = 5;

/// Two compared arms read bodies of different sizes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnequalBytes {
    /// The arm.
    pub arm: BodySizes,
    /// The arm that it is compared with.
    pub baseline: BodySizes,
    /// Whether the command line sets `Accept-Encoding`.
    pub sets_encoding: bool,
}

/// The bytes of all bodies of a trial, over the trials of an arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BodySizes {
    /// The arm.
    pub arm: ArmName,
    /// The least.
    pub least: u64,
    /// The most.
    pub most: u64,
}

impl CaveatKind for UnequalBytes {
    const VETOES: bool = true;
}

/// Detects it in every ratio.
pub(super) fn detect(input: &CaveatInput<'_>) -> Vec<Detected<UnequalBytes>> {
    input.ratios.iter().filter_map(|ratio| compare(input, ratio)).collect()
}

fn compare(input: &CaveatInput<'_>, ratio: &RatioAnalysis) -> Option<Detected<UnequalBytes>> {
    let sizes = |arm: &ArmName| input.evidence.arm(arm).map(body_bytes).unwrap_or_default();
    let (arm, baseline) = (sizes(&ratio.arm), sizes(&ratio.baseline));
    if !apart(&arm, &baseline) {
        return None;
    }
    let range = |arm: &ArmName, sizes: &[u64]| {
        let (least, most) = (*sizes.iter().min()?, *sizes.iter().max()?);
        Some(BodySizes { arm: arm.clone(), least, most })
    };
    let figures = UnequalBytes {
        arm: range(&ratio.arm, &arm)?,
        baseline: range(&ratio.baseline, &baseline)?,
        sets_encoding: input.sets_header("accept-encoding"),
    };
    Some(Detected::new(vec![ratio.arm.clone(), ratio.baseline.clone()], figures))
}

/// The bytes of all bodies in each successful trial whose client reports them.
fn body_bytes(arm: &ArmEvidence<'_>) -> Vec<u64> {
    arm.runs()
        .filter_map(|run| {
            if let Some(sampled) = &run.sampled {
                return sampled.totals.bytes;
            }
            let bytes: Option<Vec<u64>> = run.columns.bytes.as_ref()?.iter().copied().collect();
            Some(bytes?.into_iter().fold(0, u64::saturating_add))
        })
        .collect()
}

/// Whether two samples of sizes cannot come from the same bodies: their ranges do not touch. Where
/// bodies vary from trial to trial, few trials may be apart by chance.
fn apart(arm: &[u64], baseline: &[u64]) -> bool {
    let (Some(low), Some(high)) = (arm.iter().min(), arm.iter().max()) else { return false };
    let (Some(baseline_low), Some(baseline_high)) = (baseline.iter().min(), baseline.iter().max())
    else {
        return false;
    };
    let constant = low == high && baseline_low == baseline_high;
    let enough = arm.len().min(baseline.len()) >= ENOUGH_TO_BE_APART;
    (high < baseline_low || baseline_high < low) && (constant || enough)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::caveats::tests::{caveats, named, pair, verdict};
    use crate::caveats::{CaveatCode, Reason};
    use stats::verdict::Verdict;

    #[test]
    fn takes_the_verdict_away_for_different_bodies_and_not_for_varying_ones() {
        let bodies = |bytes: fn(u32, &str) -> Option<u64>| {
            pair(|block, arm, sample| {
                let first = bytes(block, arm);
                sample.last_run().columns.bytes = Some(vec![first, Some(80)]);
            })
        };
        let shorter = bodies(|_, arm| Some(if arm == "b/y@2" { 0 } else { 80 }));
        let found = caveats(&shorter);
        let caveat = named(&found, "unequal_bytes");
        let Reason::UnequalBytes(found) = caveat.reason() else { panic!("{caveat:?}") };
        let sizes = |arm: &str, bytes| BodySizes {
            arm: ArmName(arm.to_owned()),
            least: bytes,
            most: bytes,
        };
        assert_eq!((&found.arm, &found.baseline), (&sizes("b/y@2", 80), &sizes("a/x@2", 160)));
        assert!(!found.sets_encoding);
        assert_eq!(verdict(&shorter), Verdict::Vetoed);
        let without = |recording| {
            caveats(&recording).iter().all(|one| one.code() != CaveatCode::UnequalBytes)
        };
        assert!(without(bodies(|_, _| Some(80))));
        assert!(without(bodies(|block, arm| Some(u64::from(block) + arm.len() as u64))));
        assert!(without(bodies(|_, arm| (arm == "a/x@2").then_some(80))));
    }

    #[test]
    fn few_varying_sizes_are_apart_by_chance() {
        assert!(!apart(&[1, 2], &[3, 4]));
        assert!(apart(&[1, 1], &[3, 3]));
        assert!(apart(&[1, 2, 1, 2, 1], &[4, 3, 4, 3, 4]));
        assert!(!apart(&[1, 2, 1, 2, 1], &[2, 3, 4, 3, 4]));
        assert!(!apart(&[], &[1]));
    }
}
