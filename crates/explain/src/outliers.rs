//! Outliers: trials that lie far from the others of their arm. They are labelled, never removed.

use model::arm::ArmName;
use model::trial::TrialId;
use schemars::JsonSchema;
use serde::Serialize;
use stats::describe::describe;

use evidence::{ArmEvidence, Evidence};

/// How many interquartile ranges a fence is away from the quartiles (Tukey, "Exploratory Data
/// Analysis", 1977: the inner fences).
const FENCE: f64 = 1.5;

/// The trials of an arm that lie beyond its fences.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Outliers {
    /// The arm.
    pub arm: ArmName,
    /// A shorter trial is an outlier; in seconds.
    pub low_fence: f64,
    /// A longer trial is an outlier; in seconds.
    pub high_fence: f64,
    /// The trials below the fences, which count like all others.
    pub below: Vec<TrialId>,
    /// The trials above the fences, which count like all others.
    pub above: Vec<TrialId>,
}

/// The outliers of every arm that has any.
pub(crate) fn label(evidence: &Evidence<'_>) -> Vec<Outliers> {
    evidence.arms.iter().filter_map(label_arm).collect()
}

fn label_arm(arm: &ArmEvidence<'_>) -> Option<Outliers> {
    let times: Vec<(TrialId, f64)> = arm
        .successes
        .iter()
        .map(|success| (success.trial.id, success.batch_time().as_secs()))
        .collect();
    let summary = describe(&times.iter().map(|(_, seconds)| *seconds).collect::<Vec<f64>>());
    let (lower, upper) = (summary.lower_quartile?, summary.upper_quartile?);
    let distance = FENCE * (upper - lower);
    let (low_fence, high_fence) = (lower - distance, upper + distance);
    let beyond = |is_beyond: &dyn Fn(f64) -> bool| -> Vec<TrialId> {
        times.iter().filter(|(_, seconds)| is_beyond(*seconds)).map(|(trial, _)| *trial).collect()
    };
    let below = beyond(&|seconds| seconds < low_fence);
    let above = beyond(&|seconds| seconds > high_fence);
    (!below.is_empty() || !above.is_empty()).then(|| Outliers {
        arm: arm.arm.name.clone(),
        low_fence,
        high_fence,
        below,
        above,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;
    use model::recording::StopReason;
    use test_support::sample::Sample;

    #[test]
    fn a_trial_beyond_the_fences_is_labelled_and_still_counts() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        // The quartiles of a/x are 101 and 103, so its fences are 98 and 106.
        for millis in [101, 97, 102, 103, 99, 103, 101, 107, 102] {
            sample.block(&[("a/x@1", millis), ("b/y@1", 50)]);
        }
        let analysis = analyse(&sample.end(StopReason::Blocks));
        let [outliers] = &analysis.outliers[..] else { panic!("one arm has outliers") };
        assert_eq!(outliers.arm.0, "a/x@1");
        assert!(
            (outliers.low_fence - 0.098).abs() < 1e-9 && (outliers.high_fence - 0.106).abs() < 1e-9
        );
        assert_eq!(
            (&outliers.below[..], &outliers.above[..]),
            (&[TrialId(2)][..], &[TrialId(14)][..])
        );
        assert_eq!(analysis.arms[0].describe.count, 9);
        assert_eq!(analysis.ratios[0].blocks, 9);
    }
}
