//! What should be known of an arm even where all arms are alike in it: that a library is not the one
//! whose name it bears, that asyncio watches itself, that the interpreter is not the usual build.

use model::arm::{ArmName, Label};
use model::driver_protocol::ModuleVersion;

use super::portrait::Portrait;
use crate::caveat::Caveat;
use crate::caveat::reason::{Reason, Shadowed};

/// All that is odd.
pub(super) fn look(portraits: &[Portrait<'_>]) -> Vec<Caveat> {
    let mut caveats = shadowed(portraits);
    caveats.extend(of_those_with(portraits, "asyncio_debug", "on", |ways| Reason::AsyncioDebug {
        ways,
    }));
    caveats.extend(of_those_with(portraits, "gil", "off", |ways| Reason::FreeThreading { ways }));
    caveats
}

/// A caveat for each module that another distribution than its own provides.
fn shadowed(portraits: &[Portrait<'_>]) -> Vec<Caveat> {
    let mut found: Vec<(Shadowed, Vec<ArmName>)> = Vec::new();
    for portrait in portraits {
        for module in portrait.modules.iter().filter_map(shadow) {
            let arm = portrait.arm.arm.clone();
            match found.iter_mut().find(|(known, _)| *known == module) {
                Some((_, arms)) => arms.push(arm),
                None => found.push((module, vec![arm])),
            }
        }
    }
    let caveat = |(module, arms)| Caveat::new(arms, Reason::ShadowedModule(module));
    found.into_iter().map(caveat).collect()
}

fn shadow(module: &ModuleVersion) -> Option<Shadowed> {
    let distribution = module.distribution.clone().filter(|name| *name != module.module)?;
    Some(Shadowed { module: module.module.clone(), version: module.version.clone(), distribution })
}

/// The caveat of the arms whose fact has this value.
fn of_those_with(
    portraits: &[Portrait<'_>],
    fact: &str,
    value: &str,
    reason: fn(Vec<Label>) -> Reason,
) -> Option<Caveat> {
    let with: Vec<&Portrait<'_>> =
        portraits.iter().filter(|portrait| portrait.value(fact) == Some(value)).collect();
    let arms: Vec<ArmName> = with.iter().map(|portrait| portrait.arm.arm.clone()).collect();
    let mut ways: Vec<Label> = Vec::new();
    for portrait in with {
        if !ways.contains(&portrait.arm.label) {
            ways.push(portrait.arm.label.clone());
        }
    }
    (!arms.is_empty()).then(|| Caveat::new(arms, reason(ways)))
}
