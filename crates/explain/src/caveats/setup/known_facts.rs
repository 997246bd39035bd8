//! What is known of each arm beside its times, by the name of the fact.
//!
//! What a witness observed overrules what a driver reports. What neither knows is left out: an arm
//! does not differ from others in a fact that is not known of it.

use std::collections::BTreeMap;

use model::arm::{ArmName, Label};
use model::driver_protocol::ModuleVersion;
use model::facts::name;
use model::index::DriverIndex;
use model::recording::Recording;
use model::trial::Trial;

use super::observed;
use crate::arms::ArmAnalysis;
use crate::caveats::input::CaveatInput;
use evidence::ArmEvidence;
use evidence::traffic::Traffic;

/// What is known of a measured arm.
pub(crate) struct KnownFacts<'a> {
    pub(crate) arm: &'a ArmAnalysis,
    /// Which of the recording's drivers serves it.
    pub(super) driver: DriverIndex,
    /// The modules that its driver has.
    pub(crate) modules: &'a [ModuleVersion],
    /// Its counted trials.
    pub(super) counted: Vec<&'a Trial>,
    /// Whether it fetches from the embedded endpoint.
    pub(super) embedded: bool,
    reported: BTreeMap<String, String>,
    observed: BTreeMap<&'static str, String>,
}

impl<'a> KnownFacts<'a> {
    /// Those of the measured arms with a counted trial, in the order of the arms.
    pub(super) fn collect(input: &CaveatInput<'a>) -> Vec<Self> {
        input
            .measured()
            .filter(|arm| arm.trials() > 0)
            .filter_map(|arm| Some(Self::new(input, arm, input.evidence.arm(&arm.arm)?)))
            .collect()
    }

    fn new(input: &CaveatInput<'a>, arm: &'a ArmAnalysis, evidence: &'a ArmEvidence<'a>) -> Self {
        let planned = evidence.arm;
        let recording = input.recording;
        let driver = recording.header.drivers.get(planned.driver.0);
        let modules: &[ModuleVersion] = driver.map_or(&[], |driver| &driver.versions);
        let target = input.evidence.plan.target_of(planned);
        // What a driver reports of the arm itself overrules what it reported of all at its start.
        let mut reported: BTreeMap<String, String> = modules.iter().map(version).collect();
        reported.extend(reported_facts(recording, &planned.name));
        Self {
            arm,
            driver: planned.driver,
            modules,
            counted: evidence.counted().collect(),
            embedded: target.is_some_and(|target| target.link.is_some()),
            reported,
            observed: observed::facts(arm, evidence),
        }
    }

    /// The names of all that is known.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.reported.keys().map(String::as_str).chain(self.observed.keys().copied())
    }

    /// The value of a fact.
    pub(super) fn value(&self, fact: &str) -> Option<&str> {
        self.observed.get(fact).or_else(|| self.reported.get(fact)).map(String::as_str)
    }

    /// Whether the driver reports the fact, and no witness observed it.
    pub(super) fn is_only_reported(&self, fact: &str) -> bool {
        !self.is_observed(fact) && self.reported.contains_key(fact)
    }

    /// Whether the handshakes of all its counted trials were observed.
    pub(super) fn is_witnessed(&self) -> bool {
        self.counted.iter().all(|trial| Traffic::of_trial(trial).is_some())
    }

    /// Whether a witness observed the fact.
    pub(super) fn is_observed(&self, fact: &str) -> bool {
        self.observed.contains_key(fact)
    }
}

/// The arms that share a value of a fact, and their labels, each once.
pub(crate) struct ArmsWithValue {
    pub(crate) arms: Vec<ArmName>,
    pub(crate) labels: Vec<Label>,
}

/// The arms whose fact has this value; nothing where none has.
pub(crate) fn with_value(
    arms: &[KnownFacts<'_>],
    fact: &str,
    value: &str,
) -> Option<ArmsWithValue> {
    let mut found = ArmsWithValue { arms: Vec::new(), labels: Vec::new() };
    for facts in arms.iter().filter(|facts| facts.value(fact) == Some(value)) {
        found.arms.push(facts.arm.arm.clone());
        if !found.labels.contains(&facts.arm.label) {
            found.labels.push(facts.arm.label.clone());
        }
    }
    (!found.arms.is_empty()).then_some(found)
}

/// What an arm's driver reports of it. Where its processes report different values, all of them. Which files
/// its code imports is left out: no two functions are expected to share them.
fn reported_facts(recording: &Recording, arm: &ArmName) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let of_arm = recording.facts.iter().filter(|facts| facts.arm == *arm);
    let stated = of_arm.flat_map(|facts| &facts.facts);
    for (name, value) in stated.filter(|(name, _)| *name != name::IMPORTS) {
        let values = all.entry(name.clone()).or_default();
        if !values.contains(&value.as_str()) {
            values.push(value);
        }
    }
    all.into_iter().map(|(name, values)| (name, values.join(" and "))).collect()
}

fn version(module: &ModuleVersion) -> (String, String) {
    let from = module.distribution.iter().map(|distribution| format!(" from {distribution}"));
    let version = [module.version.clone()].into_iter().chain(from).collect();
    (format!("version of {}", module.module), version)
}
