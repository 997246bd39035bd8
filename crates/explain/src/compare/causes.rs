//! The causes that only one of two recordings has.

use model::arm::ArmName;

use super::arms::SharedArm;
use crate::analysis::Analysis;
use crate::findings::{Finding, FindingCode};

model::closed_list! {
    /// What became of a cause.
    pub enum CauseChange {
        /// Only the new recording has it.
        Appeared = "appeared",
        /// Only the old recording has it.
        Gone = "gone",
    }
}

/// A cause that only one of two recordings has.
#[derive(Clone, Debug, PartialEq)]
pub struct ComparedCause {
    /// The arm, as the new recording names it.
    pub arm: ArmName,
    /// Which recording has it.
    pub change: CauseChange,
    /// The cause, as that recording shows it.
    pub finding: Finding,
}

/// The causes that appeared and went away, in the order of the arms, each arm's largest first.
pub(super) fn changes(
    old: &Analysis,
    new: &Analysis,
    both: &[SharedArm<'_>],
) -> Vec<ComparedCause> {
    let of_arm = |shared: &SharedArm<'_>| {
        let (before, after) = (causes(old, &shared.old.arm), causes(new, &shared.new.arm));
        let arm = &shared.new.arm;
        let appeared = only(&after, &before, CauseChange::Appeared, arm);
        appeared
            .into_iter()
            .chain(only(&before, &after, CauseChange::Gone, arm))
            .collect::<Vec<_>>()
    };
    both.iter().flat_map(of_arm).collect()
}

fn causes<'a>(analysis: &'a Analysis, arm: &ArmName) -> Vec<&'a Finding> {
    let of_arm = analysis.findings.iter().filter(|finding| finding.arm == *arm);
    of_arm.filter(|finding| finding.code != FindingCode::Nothing).collect()
}

/// The causes of one list whose codes the other lacks.
fn only(
    these: &[&Finding],
    others: &[&Finding],
    change: CauseChange,
    arm: &ArmName,
) -> Vec<ComparedCause> {
    let is_shared = |finding: &&&Finding| others.iter().any(|other| other.code == finding.code);
    let only = these.iter().filter(|finding| !is_shared(finding));
    only.map(|finding| ComparedCause { arm: arm.clone(), change, finding: (*finding).clone() })
        .collect()
}
