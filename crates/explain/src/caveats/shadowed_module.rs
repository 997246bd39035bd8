//! `shadowed_module`: a Python module comes from another package than the one of its name.

use model::arm::ArmName;
use model::driver_protocol::ModuleVersion;

use super::detected::{CaveatKind, Detected};
use super::setup::known_facts::KnownFacts;

/// A Python module is provided by another package than the one of its name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShadowedModule {
    /// The module's name, as code imports it.
    pub module: String,
    /// Its version.
    pub version: String,
    /// The package that provides it.
    pub distribution: String,
}

impl CaveatKind for ShadowedModule {
    const CONCERNS_SETUP: bool = true;
}

/// Detects it in the arms, once for each module.
pub(super) fn detect(arms: &[KnownFacts<'_>]) -> Vec<Detected<ShadowedModule>> {
    let mut found: Vec<(ShadowedModule, Vec<ArmName>)> = Vec::new();
    for facts in arms {
        for module in facts.modules.iter().filter_map(shadowed) {
            let arm = facts.arm.arm.clone();
            match found.iter_mut().find(|(known, _)| *known == module) {
                Some((_, arms)) => arms.push(arm),
                None => found.push((module, vec![arm])),
            }
        }
    }
    found.into_iter().map(|(module, arms)| Detected::new(arms, module)).collect()
}

fn shadowed(module: &ModuleVersion) -> Option<ShadowedModule> {
    let distribution = module.distribution.clone().filter(|name| *name != module.module)?;
    let (module, version) = (module.module.clone(), module.version.clone());
    Some(ShadowedModule { module, version, distribution })
}
