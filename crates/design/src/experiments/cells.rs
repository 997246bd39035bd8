//! The cells of an experiment: one arm for each meaningful combination of its factors.

use std::collections::BTreeSet;

use model::arm::{Arm, Role};
use model::experiment::{ExperimentCell, Factor, FactorKind, means_something};
use model::http_version::HttpVersion;
use model::link::Link;

use crate::extra_arms::ExtraArm;

/// The cells of an experiment around an arm, and the arms that they add. The first cell is the
/// unchanged arm and adds none.
pub(super) fn cells(
    arm: &Arm,
    link: Option<&Link>,
    factors: &[Factor],
) -> (Vec<ExperimentCell>, Vec<ExtraArm>) {
    let mut cells = vec![ExperimentCell { arm: arm.name.clone(), on: BTreeSet::new() }];
    let mut arms = Vec::new();
    for combination in 1_usize..1 << factors.len() {
        let is_on = |factor: usize| combination & 1 << factor != 0;
        let on: Vec<&Factor> = (0..factors.len())
            .filter(|&factor| is_on(factor))
            .map(|factor| &factors[factor])
            .collect();
        let kinds: BTreeSet<FactorKind> = on.iter().map(|factor| factor.kind).collect();
        if kinds.iter().all(|&kind| means_something(kind, &kinds)) {
            let toggled = toggled(arm, link, &on);
            cells.push(ExperimentCell { arm: toggled.arm.name.clone(), on: kinds });
            arms.push(toggled);
        }
    }
    (cells, arms)
}

/// A copy of an arm with these factors on.
fn toggled(arm: &Arm, link: Option<&Link>, on: &[&Factor]) -> ExtraArm {
    let settings: Vec<&str> = on.iter().map(|factor| factor.setting.as_str()).collect();
    let plain = on.iter().any(|factor| factor.kind == FactorKind::PlainText);
    let link = link.filter(|_| plain).map(without_tls);
    let mut toggled = ExtraArm::copy(arm, Role::Toggle, &settings.join(","), link);
    let of_strategy = on.iter().filter(|factor| factor.kind != FactorKind::PlainText);
    let settings = of_strategy.filter_map(|factor| factor.setting.split_once('='));
    toggled
        .arm
        .conditions
        .extend(settings.map(|(name, value)| (name.to_owned(), value.to_owned())));
    toggled
}

/// The same link without TLS, and so without HTTP/3.
fn without_tls(link: &Link) -> Link {
    Link { tls: false, http: link.http.min(HttpVersion::Http2), ..link.clone() }
}
