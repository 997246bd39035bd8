//! Which arms are compared with which.

use evidence::Evidence;
use model::arm::{ArmName, BatchSize};

use crate::arms::ArmAnalysis;
use crate::measured::{self, MeasuredArm};

/// Two measured arms of one batch size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared<'a> {
    pub(super) arm: MeasuredArm<'a>,
    pub(super) versus: MeasuredArm<'a>,
}

impl<'a> Compared<'a> {
    pub(super) const fn arms(self) -> [MeasuredArm<'a>; 2] {
        [self.arm, self.versus]
    }
}

/// At each batch size every arm against the fastest, and against the baseline where that is another;
/// no two arms twice.
pub(super) fn compared<'a>(
    evidence: &'a Evidence<'a>,
    arms: &'a [ArmAnalysis],
) -> Vec<Compared<'a>> {
    let measured = measured::measured(evidence, arms);
    let sizes = evidence.batch_sizes().into_iter();
    sizes.flat_map(|size| compared_at_size(evidence, &measured, size)).collect()
}

fn compared_at_size<'a>(
    evidence: &Evidence<'_>,
    measured: &[MeasuredArm<'a>],
    size: BatchSize,
) -> Vec<Compared<'a>> {
    let arms = || measured.iter().filter(|arm| arm.size() == size).copied();
    let is_fastest =
        |name: &ArmName| evidence.fastest(size).is_some_and(|fastest| fastest.arm.name == *name);
    let fastest = arms().find(|arm| is_fastest(&arm.planned().name));
    let Some(fastest) = fastest else { return Vec::new() };
    let baseline = arms().find(|arm| arm.planned().label == evidence.plan.baseline);
    let differ =
        |one: MeasuredArm<'_>, other: MeasuredArm<'_>| one.planned().name != other.planned().name;
    let mut found = Vec::new();
    for arm in arms().filter(|arm| differ(*arm, fastest)) {
        found.push(Compared { arm, versus: fastest });
        let other = baseline.filter(|baseline| differ(*baseline, fastest));
        if let Some(versus) = other.filter(|baseline| differ(*baseline, arm)) {
            found.push(Compared { arm, versus });
        }
    }
    found
}
