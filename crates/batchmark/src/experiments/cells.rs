//! The cells of an experiment: every combination of its factors that means something, each an arm.

use std::collections::BTreeSet;

use model::arm::Arm;
use model::experiment::{Cell, Factor, FactorKind, means_something};
use model::link::Link;

use super::copy;
use crate::added::Added;

/// The cells of an experiment around an arm, and the arms that they need. The first is the arm as it
/// is, which needs none.
pub(super) fn cells(arm: &Arm, link: Option<&Link>, factors: &[Factor]) -> (Vec<Cell>, Vec<Added>) {
    let mut cells = vec![Cell { arm: arm.name.clone(), on: BTreeSet::new() }];
    let mut added = Vec::new();
    for combination in 1_usize..1 << factors.len() {
        let is_on = |place: usize| combination & 1 << place != 0;
        let on: Vec<&Factor> =
            (0..factors.len()).filter(|&place| is_on(place)).map(|place| &factors[place]).collect();
        let kinds: BTreeSet<FactorKind> = on.iter().map(|factor| factor.kind).collect();
        if kinds.iter().all(|&kind| means_something(kind, &kinds)) {
            let toggled = toggled(arm, link, &on);
            cells.push(Cell { arm: toggled.arm.name.clone(), on: kinds });
            added.push(toggled);
        }
    }
    (cells, added)
}

/// A copy of an arm in which these factors are on.
fn toggled(arm: &Arm, link: Option<&Link>, on: &[&Factor]) -> Added {
    let settings: Vec<&str> = on.iter().map(|factor| factor.setting.as_str()).collect();
    let plain = on.iter().any(|factor| factor.kind == FactorKind::PlainText);
    let link = link.filter(|_| plain).map(|link| Link { tls: false, ..link.clone() });
    let mut toggled = copy(arm, &settings.join(","), link);
    let of_strategy = on.iter().filter(|factor| factor.kind != FactorKind::PlainText);
    let settings = of_strategy.filter_map(|factor| factor.setting.split_once('='));
    toggled
        .arm
        .conditions
        .extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
    toggled
}
