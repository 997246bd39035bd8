//! In what places differ beside their times. The parts of the plan do not: they are equal, or nothing is
//! merged.

use std::collections::BTreeSet;

use model::arm::ArmName;
use schemars::JsonSchema;
use serde::Serialize;

use super::Examined;
use crate::arms::ArmAnalysis;
use crate::compare::{Facts, SetupKind, bytes_differ, setup_facts};

/// A fact in which places differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct PlaceDifference {
    /// What it concerns.
    pub kind: SetupKind,
    /// The fact: `cpu`, `aiohttp`, `workers`.
    pub fact: String,
    /// The arm that it concerns; null for all.
    pub arm: Option<ArmName>,
    /// Its value in each place, in the order of the places; null where it is not known.
    pub values: Vec<Option<String>>,
}

/// All differences: the machine first, then versions, what is fetched, and the conditions.
pub(super) fn differences(places: &[Examined<'_>]) -> Vec<PlaceDifference> {
    let general = |kind: SetupKind| {
        let facts = places.iter().map(|place| setup_facts(kind, place.recording)).collect();
        differing(kind, None, facts)
    };
    let mut all = general(SetupKind::Machine);
    all.extend(general(SetupKind::Versions));
    let arms = shared_arms(places);
    all.extend(arms.iter().filter_map(|arm| bytes(arm)));
    all.extend(general(SetupKind::Conditions));
    for arm in &arms {
        let name = arm.first().map(|arm| arm.arm.clone());
        let conditions = arm.iter().map(|arm| arm.conditions.clone()).collect();
        all.extend(differing(SetupKind::Conditions, name, conditions));
    }
    all
}

/// Each measured arm, in all places.
fn shared_arms<'a>(places: &'a [Examined<'_>]) -> Vec<Vec<&'a ArmAnalysis>> {
    let Some(first) = places.first() else { return Vec::new() };
    let of_name = |name: &'a ArmName| {
        let in_place =
            |place: &'a Examined<'_>| place.analysis.measured_arms().find(|arm| arm.arm == *name);
        places.iter().filter_map(in_place).collect()
    };
    first.analysis.measured_arms().map(|arm| of_name(&arm.arm)).collect()
}

/// The facts with different values. A place without any facts is no difference.
fn differing(kind: SetupKind, arm: Option<ArmName>, facts: Vec<Facts>) -> Vec<PlaceDifference> {
    let names: BTreeSet<&String> = facts.iter().flat_map(Facts::keys).collect();
    let difference = |name: &String| {
        let known = facts.iter().filter(|facts| !facts.is_empty());
        let values: BTreeSet<Option<&String>> = known.map(|facts| facts.get(name)).collect();
        (values.len() > 1).then(|| PlaceDifference {
            kind,
            fact: name.clone(),
            arm: arm.clone(),
            values: facts.iter().map(|facts| facts.get(name).cloned()).collect(),
        })
    };
    names.into_iter().filter_map(difference).collect()
}

/// How many bytes a batch reads, where that differs.
fn bytes(arm: &[&ArmAnalysis]) -> Option<PlaceDifference> {
    let known: Vec<f64> = arm.iter().filter_map(|arm| arm.bytes).collect();
    let least = known.iter().copied().reduce(f64::min)?;
    let most = known.iter().copied().reduce(f64::max)?;
    bytes_differ(least, most).then(|| PlaceDifference {
        kind: SetupKind::Target,
        fact: "bytes of a batch".to_owned(),
        arm: arm.first().map(|arm| arm.arm.clone()),
        values: arm.iter().map(|arm| arm.bytes.map(|bytes| format!("{bytes:.0}"))).collect(),
    })
}
