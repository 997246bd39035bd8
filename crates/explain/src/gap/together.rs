//! Which phases cannot be distinguished in both arms.
//!
//! A segment whose end was not observed has the label of the next observed milestone. In that arm two
//! phases are one, and comparing one of them with the other arm's phase would compare unlike things.

use model::trace::Milestone;

use crate::arms::ArmAnalysis;
use evidence::path::SegmentLabel;
use model::phase::Phase;

use super::pairs::Compared;

/// The phases, each in one group with those that it cannot be distinguished from in one of the arms;
/// in the order in which a request passes through them.
pub(super) fn groups(compared: Compared<'_>) -> Vec<Vec<Phase>> {
    let mut groups: Vec<Vec<Phase>> = Phase::ALL.map(|phase| vec![phase]).to_vec();
    for (one, other) in compared.arms().iter().flat_map(|arm| mixed(arm.analysis)) {
        merge(&mut groups, one.phase(), other.phase());
    }
    groups
}

/// Whether the time before the first handshake byte can be distinguished from the handshake.
pub(super) fn separates_tls_preparation(compared: Compared<'_>) -> bool {
    let tls = |label: SegmentLabel| label.phase() == Phase::Tls;
    !compared
        .arms()
        .iter()
        .flat_map(|arm| mixed(arm.analysis))
        .any(|(one, other)| tls(one) || tls(other))
}

/// Pairs of labels that an arm's path does not separate: the label that each segment without an
/// observed end would have, and the label that it got.
fn mixed(arm: &ArmAnalysis) -> Vec<(SegmentLabel, SegmentLabel)> {
    let got = |milestone: &Milestone| {
        let later = |other: &&Milestone| *other > milestone;
        let next = arm.path_observed.iter().find(later);
        next.map_or(SegmentLabel::Phase(Phase::Client), |next| SegmentLabel::before(*next))
    };
    let own = |milestone: &Milestone| SegmentLabel::before(*milestone);
    arm.path_unobserved.iter().map(|milestone| (own(milestone), got(milestone))).collect()
}

fn merge(groups: &mut Vec<Vec<Phase>>, one: Phase, other: Phase) {
    let place =
        |groups: &[Vec<Phase>], phase| groups.iter().position(|group| group.contains(&phase));
    let (Some(one), Some(other)) = (place(groups, one), place(groups, other)) else { return };
    if one != other {
        let moved = groups.remove(one.max(other));
        groups[one.min(other)].extend(moved);
        groups[one.min(other)].sort();
    }
}
