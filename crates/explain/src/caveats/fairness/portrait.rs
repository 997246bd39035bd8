//! A portrait: what is known of an arm beside its times, each thing by its name.
//!
//! What the endpoint observed goes before what a driver told. What neither knows is left out: an arm
//! of which something is not known does not differ from the others in it.

use std::collections::BTreeMap;

use model::arm::ArmName;
use model::driver_protocol::ModuleVersion;
use model::recording::Recording;
use model::trial::Trial;

use super::observed;
use crate::arms::ArmAnalysis;
use crate::caveats::CaveatInput;
use evidence::ArmEvidence;

/// What is known of a measured arm.
pub(super) struct Portrait<'a> {
    pub(super) arm: &'a ArmAnalysis,
    /// Which of the recording's drivers serves it.
    pub(super) driver: model::index::DriverIndex,
    /// The modules that its driver has.
    pub(super) modules: &'a [ModuleVersion],
    /// Its counted trials.
    pub(super) counted: Vec<&'a Trial>,
    /// Whether it fetches from the embedded endpoint.
    pub(super) embedded: bool,
    told: BTreeMap<String, String>,
    observed: BTreeMap<&'static str, String>,
}

impl<'a> Portrait<'a> {
    /// The measured arms of which anything was counted, in their order.
    pub(super) fn of_measured(input: &CaveatInput<'a>) -> Vec<Self> {
        input
            .measured()
            .filter(|arm| arm.trials() > 0)
            .filter_map(|arm| Some(Self::of(input, arm, input.evidence.arm(&arm.arm)?)))
            .collect()
    }

    fn of(input: &CaveatInput<'a>, arm: &'a ArmAnalysis, evidence: &'a ArmEvidence<'a>) -> Self {
        let planned = evidence.arm;
        let recording = input.recording;
        let driver = recording.header.drivers.get(planned.driver.0);
        let modules: &[ModuleVersion] = driver.map_or(&[], |driver| &driver.versions);
        let target = input.evidence.plan.target_of(planned);
        // What a driver tells of the arm itself goes before what it told of all when it started.
        let mut told: BTreeMap<String, String> = modules.iter().map(version).collect();
        told.extend(facts(recording, &planned.name));
        Self {
            arm,
            driver: planned.driver,
            modules,
            counted: evidence.counted().collect(),
            embedded: target.is_some_and(|target| target.link.is_some()),
            told,
            observed: observed::of_arm(arm, evidence),
        }
    }

    /// The names of all that is known.
    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.told.keys().map(String::as_str).chain(self.observed.keys().copied())
    }

    /// What is known under a name.
    pub(super) fn value(&self, name: &str) -> Option<&str> {
        self.observed.get(name).or_else(|| self.told.get(name)).map(String::as_str)
    }

    /// Whether the driver alone says so.
    pub(super) fn is_told(&self, name: &str) -> bool {
        !self.observed.contains_key(name) && self.told.contains_key(name)
    }

    /// Whether the endpoint was a witness of all its counted trials.
    pub(super) fn is_witnessed(&self) -> bool {
        self.counted.iter().all(|trial| trial.witness.is_some())
    }

    /// Whether the endpoint says so.
    pub(super) fn is_observed(&self, name: &str) -> bool {
        self.observed.contains_key(name)
    }
}

/// What an arm's driver told of it. Where its processes told different things, all of them.
fn facts(recording: &Recording, arm: &ArmName) -> BTreeMap<String, String> {
    let mut all: BTreeMap<String, Vec<&str>> = BTreeMap::new();
    let of_arm = recording.facts.iter().filter(|told| told.arm == *arm);
    for (name, value) in of_arm.flat_map(|told| &told.facts) {
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
