//! `unequal_errors`: two arms that are compared failed in different ways, or only one of them failed.

use model::arm::ArmName;

use super::detected::{CaveatKind, Detected};
use super::input::CaveatInput;
use crate::arms::ArmAnalysis;
use crate::ratios::RatioAnalysis;

/// Two compared arms failed in different ways, or only one of them failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnequalErrors {
    /// The arm.
    pub arm: FailedTrials,
    /// The arm that it is compared with.
    pub baseline: FailedTrials,
}

/// The failed trials of an arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedTrials {
    /// The arm.
    pub arm: ArmName,
    /// How many of its counted trials failed.
    pub failed: usize,
    /// How many counted trials it had.
    pub trials: usize,
    /// The kinds of failure, each once; `lost` for trials that the driver did not finish.
    pub kinds: Vec<String>,
}

impl CaveatKind for UnequalErrors {
    const VETOES: bool = true;
}

/// Detects it in every ratio of two arms that both ran.
pub(super) fn detect(input: &CaveatInput<'_>) -> Vec<Detected<UnequalErrors>> {
    let failed_trials = |name: &ArmName| {
        let arm = input.arms.iter().find(|arm| arm.arm == *name)?;
        (arm.trials() > 0).then(|| count_failed_trials(arm))
    };
    let compare = |ratio: &RatioAnalysis| {
        let (arm, baseline) = (failed_trials(&ratio.arm)?, failed_trials(&ratio.baseline)?);
        let arms = vec![ratio.arm.clone(), ratio.baseline.clone()];
        (arm.kinds != baseline.kinds).then(|| Detected::new(arms, UnequalErrors { arm, baseline }))
    };
    input.ratios.iter().filter_map(compare).collect()
}

fn count_failed_trials(arm: &ArmAnalysis) -> FailedTrials {
    let kinds = arm.failures.iter().map(|count| count.kind.to_string());
    let kinds = kinds.chain(arm.lost.is_some().then(|| "lost".to_owned())).collect();
    FailedTrials { arm: arm.arm.clone(), failed: arm.failed, trials: arm.trials(), kinds }
}

#[cfg(test)]
mod tests {
    use crate::analyse;
    use crate::caveats::tests::{caveats, named, pair, verdict};
    use crate::caveats::{CaveatCode, Reason};
    use model::failure::FailureKind;
    use stats::verdict::Verdict;
    use test_support::sample::{Sample, failure};

    fn failing(kind: FailureKind) -> impl Fn(&mut Sample) {
        move |sample| {
            sample.last_run().columns.error = Some(vec![None, Some(failure(kind, "it failed"))]);
        }
    }

    #[test]
    fn takes_the_verdict_away_unless_both_arms_fail_alike() {
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
        let Reason::UnequalErrors(found) = caveat.reason() else { panic!("{caveat:?}") };
        let (arm, baseline) = (&found.arm, &found.baseline);
        assert_eq!((arm.arm.0.as_str(), arm.failed, arm.trials), ("b/y@2", 1, 10));
        assert_eq!(arm.kinds, ["timeout"]);
        assert_eq!((baseline.arm.0.as_str(), baseline.failed), ("a/x@2", 0));
        assert_eq!(verdict(&one), Verdict::Vetoed);
        assert_eq!(analyse(&one).ratios[0].blocks_needed, None);
        let both = pair(|block, _, sample| {
            if block == 3 {
                timeout(sample);
            }
        });
        assert!(caveats(&both).iter().all(|caveat| caveat.code() != CaveatCode::UnequalErrors));
        assert_ne!(verdict(&both), Verdict::Vetoed);
        let reset = failing(FailureKind::Reset);
        let different = pair(|block, arm, sample| {
            if block == 3 {
                if arm == "a/x@2" { timeout(sample) } else { reset(sample) }
            }
        });
        assert_eq!(verdict(&different), Verdict::Vetoed);
    }
}
