//! Synthetic experiments: an arm in every combination of some factors, and before slower servers.

use std::collections::BTreeSet;

use model::arm::{ArmName, Role};
use model::experiment::{
    Dose, DoseResponse, Experiment, ExperimentCell, Factor, FactorKind, means_something,
};
use model::recording::{Recording, StopReason};
use model::time::Span;

use super::Sample;

/// The arm that is explained, and the one that it is compared with.
const ARM: &str = "a/x@4";
const VERSUS: &str = "b/y@4";

/// A batch whose time is to be chosen.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// The block.
    pub block: u32,
    /// The factors that are on; none for the arm that is compared with.
    pub on: Option<&'a BTreeSet<FactorKind>>,
}

impl Asked<'_> {
    /// Whether this cause is removed.
    pub fn has(&self, kind: FactorKind) -> bool {
        self.on.is_some_and(|on| on.contains(&kind))
    }
}

/// A recording of `a/x@4` in every combination of these factors, beside `b/y@4`. Each factor has a
/// setting and the setting that it replaces.
pub fn experiment(
    factors: &[(FactorKind, &str, &str)],
    blocks: u32,
    mut time: impl FnMut(Asked<'_>) -> Span,
) -> Recording {
    let factors: Vec<Factor> = factors
        .iter()
        .map(|&(kind, setting, instead_of)| Factor {
            kind,
            setting: setting.to_owned(),
            instead_of: instead_of.to_owned(),
            reason: None,
        })
        .collect();
    let cells = cells(&factors);
    let toggled = cells.iter().skip(1).map(|_| ("a/x", 4));
    let arms: Vec<(&str, u32)> = [("a/x", 4), ("b/y", 4)].into_iter().chain(toggled).collect();
    let mut sample = Sample::new(&arms);
    for (place, cell) in cells.iter().enumerate().skip(1) {
        sample.set_role(place + 1, &cell.arm.0, Role::Toggle);
    }
    for block in 0..blocks {
        let versus = (VERSUS, time(Asked { block, on: None }));
        let cells = cells
            .iter()
            .map(|cell| (cell.arm.0.as_str(), time(Asked { block, on: Some(&cell.on) })));
        let trials: Vec<(&str, Span)> = cells.chain([versus]).collect();
        sample.block_in_order(&trials);
    }
    let (arm, versus) = (ArmName(ARM.to_owned()), Some(ArmName(VERSUS.to_owned())));
    sample.plan().experiments.push(Experiment { arm, versus, factors, cells });
    sample.end(StopReason::Blocks)
}

fn cells(factors: &[Factor]) -> Vec<ExperimentCell> {
    let combinations = (0_usize..1 << factors.len()).map(|combination| {
        let on = (0..factors.len()).filter(|place| combination & 1 << place != 0);
        on.map(|place| &factors[place]).collect::<Vec<&Factor>>()
    });
    combinations
        .map(|on| ExperimentCell {
            arm: name(&on),
            on: on.into_iter().map(|factor| factor.kind).collect::<BTreeSet<_>>(),
        })
        .filter(|cell| cell.on.iter().all(|&kind| means_something(kind, &cell.on)))
        .collect()
}

fn name(on: &[&Factor]) -> ArmName {
    if on.is_empty() {
        return ArmName(ARM.to_owned());
    }
    let settings: Vec<&str> = on.iter().map(|factor| factor.setting.as_str()).collect();
    ArmName(format!("{ARM}#{}", settings.join(",")))
}

/// A recording of `a/x` at one batch size, before a server that thinks 0, 1, 2, 5 and 10 ms longer.
pub fn doses(size: u32, blocks: u32, mut time: impl FnMut(u32, Span) -> Span) -> Recording {
    let arm = format!("a/x@{size}");
    let thinks = [0, 1, 2, 5, 10].map(Span::from_millis);
    let mut sample = Sample::new(&thinks.map(|_| ("a/x", size)));
    let mut doses = vec![Dose { think: Span::ZERO, arm: ArmName(arm.clone()) }];
    for (place, &think) in thinks.iter().enumerate().skip(1) {
        let name = format!("{arm}#think={think}");
        sample.set_role(place, &name, Role::Toggle);
        doses.push(Dose { think, arm: ArmName(name) });
    }
    for block in 0..blocks {
        let trials: Vec<(&str, Span)> =
            doses.iter().map(|dose| (dose.arm.0.as_str(), time(block, dose.think))).collect();
        sample.block_in_order(&trials);
    }
    sample.plan().doses.push(DoseResponse { arm: ArmName(arm), doses });
    sample.end(StopReason::Blocks)
}
