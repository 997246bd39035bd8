//! Which arms are compared with which.

use model::arm::BatchSize;
use model::plan::Plan;

use crate::arms::ArmAnalysis;
use crate::side::{self, Side};

/// Two measured arms of one batch size.
#[derive(Clone, Copy, Debug)]
pub(super) struct Compared<'a> {
    pub(super) arm: Side<'a>,
    pub(super) versus: Side<'a>,
}

impl<'a> Compared<'a> {
    pub(super) const fn sides(self) -> [Side<'a>; 2] {
        [self.arm, self.versus]
    }
}

/// At each batch size every arm against the quickest by its mean, and against the baseline where
/// that is another; no two arms twice.
pub(super) fn compared<'a>(plan: &'a Plan, arms: &'a [ArmAnalysis]) -> Vec<Compared<'a>> {
    let measured = side::measured(plan, arms);
    let mut sizes: Vec<BatchSize> = Vec::new();
    for side in &measured {
        if !sizes.contains(&side.size()) {
            sizes.push(side.size());
        }
    }
    sizes.into_iter().flat_map(|size| of_size(plan, &measured, size)).collect()
}

fn of_size<'a>(plan: &Plan, measured: &[Side<'a>], size: BatchSize) -> Vec<Compared<'a>> {
    let sides = || measured.iter().filter(|side| side.size() == size).copied();
    let mean = |side: &Side<'_>| side.told.describe.mean;
    let quickest = sides()
        .filter_map(|side| Some((mean(&side)?, side)))
        .min_by(|(one, _), (other, _)| one.total_cmp(other));
    let Some((_mean, quickest)) = quickest else { return Vec::new() };
    let baseline = sides().find(|side| side.told.label == plan.baseline);
    let differ = |one: Side<'_>, other: Side<'_>| one.told.arm != other.told.arm;
    let mut found = Vec::new();
    for arm in sides().filter(|side| differ(*side, quickest)) {
        found.push(Compared { arm, versus: quickest });
        let other = baseline.filter(|baseline| differ(*baseline, quickest));
        if let Some(versus) = other.filter(|baseline| differ(*baseline, arm)) {
            found.push(Compared { arm, versus });
        }
    }
    found
}
