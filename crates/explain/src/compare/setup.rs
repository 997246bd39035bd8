//! In what two recordings differ beside their times: the machine, the program and its clients, the target
//! and the conditions. A difference of these is no difference of the code.

use std::collections::BTreeMap;

use model::arm::ArmName;
use model::plan::{Plan, PlannedTarget};
use model::recording::Recording;
use schemars::JsonSchema;
use serde::Serialize;

use super::Analysed;
use super::arms::SharedArm;

/// Load averages that differ by less than this many processes are no difference.
const LOAD: f64 = 1.0;
/// Sizes of responses that differ by less than this share are no difference.
const BYTES: f64 = 0.01;

model::closed_list! {
    /// What a difference concerns.
    pub enum SetupKind {
        /// The machine and its state.
        Machine = "machine",
        /// The versions of batchmark and of the clients.
        Versions = "versions",
        /// The server and the requests.
        Target = "target",
        /// How arms are set, and how they were measured.
        Conditions = "conditions",
    }
}

/// A fact in which two recordings differ.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct SetupDifference {
    /// What it concerns.
    pub kind: SetupKind,
    /// The fact: `cpu`, `version of aiohttp`, `workers`.
    pub fact: String,
    /// The arm that it concerns, as the new recording names it; null for all.
    pub arm: Option<ArmName>,
    /// Its value in the old recording; null where it is not known.
    pub old: Option<String>,
    /// Its value in the new recording; null where it is not known.
    pub new: Option<String>,
}

/// The facts of one recording by their names.
type Facts = BTreeMap<String, String>;

/// All differences: the machine first, then versions, the target, and the conditions.
pub(super) fn differences(
    old: Analysed<'_>,
    new: Analysed<'_>,
    both: &[SharedArm<'_>],
) -> Vec<SetupDifference> {
    let (before, after) = (old.recording, new.recording);
    let mut all = of_facts(SetupKind::Machine, None, &machine(before), &machine(after));
    all.extend(load(before, after));
    all.extend(of_facts(SetupKind::Versions, None, &versions(before), &versions(after)));
    all.extend(of_facts(SetupKind::Target, None, &target(before), &target(after)));
    all.extend(both.iter().filter_map(bytes));
    all.extend(of_facts(SetupKind::Conditions, None, &measuring(before), &measuring(after)));
    for shared in both {
        let arm = Some(&shared.new.arm);
        let (old, new) = (&shared.old.conditions, &shared.new.conditions);
        all.extend(of_facts(SetupKind::Conditions, arm, old, new));
    }
    all
}

/// The facts with different values. A fact that one side lacks is a difference, unless that side has none
/// at all.
fn of_facts(
    kind: SetupKind,
    arm: Option<&ArmName>,
    old: &Facts,
    new: &Facts,
) -> Vec<SetupDifference> {
    if old.is_empty() || new.is_empty() {
        return Vec::new();
    }
    let mut names: Vec<&String> = old.keys().chain(new.keys()).collect();
    names.sort();
    names.dedup();
    let differing = names.into_iter().filter(|name| old.get(*name) != new.get(*name));
    let difference = |name: &String| SetupDifference {
        kind,
        fact: name.clone(),
        arm: arm.cloned(),
        old: old.get(name).cloned(),
        new: new.get(name).cloned(),
    };
    differing.map(difference).collect()
}

fn machine(recording: &Recording) -> Facts {
    let environment = &recording.header.environment;
    let facts = [
        ("kernel", environment.kernel.clone()),
        ("cpu", environment.cpu.clone()),
        ("cores", environment.cores.map(|cores| cores.to_string())),
        ("memory", environment.memory.map(|bytes| format!("{} MiB", bytes >> 20))),
        ("governor", environment.governor.clone()),
    ];
    known(facts)
}

/// The load at the start, where it differs enough to matter.
fn load(old: &Recording, new: &Recording) -> Option<SetupDifference> {
    let (old, new) = (old.header.environment.load?, new.header.environment.load?);
    ((old - new).abs() >= LOAD).then(|| SetupDifference {
        kind: SetupKind::Machine,
        fact: "load".to_owned(),
        arm: None,
        old: Some(format!("{old:.1}")),
        new: Some(format!("{new:.1}")),
    })
}

fn versions(recording: &Recording) -> Facts {
    let modules = recording.header.drivers.iter().flat_map(|driver| {
        driver.versions.iter().map(|module| (module.module.clone(), module.version.clone()))
    });
    let batchmark = recording.header.environment.batchmark.clone();
    modules.chain([("batchmark".to_owned(), batchmark)]).collect()
}

fn target(recording: &Recording) -> Facts {
    let Some(plan) = &recording.plan else { return Facts::new() };
    let Some(planned) = plan.targets.first() else { return Facts::new() };
    let headers = planned.target.headers.iter().map(|header| header.name.to_lowercase());
    let headers = headers.collect::<Vec<_>>().join(", ");
    let facts = [
        ("link", planned.link.as_ref().map(ToString::to_string)),
        ("requests", requests(planned)),
        ("headers", Some(headers).filter(|names| !names.is_empty())),
    ];
    known(facts)
}

/// The first request and how many there are; without the server for the embedded endpoint, whose port
/// differs in every run.
fn requests(planned: &PlannedTarget) -> Option<String> {
    let requests = &planned.target.requests;
    let first = requests.first()?;
    let address = match planned.link {
        Some(_) => first.path().into_owned(),
        None => first.url.clone(),
    };
    let count = match requests.len() - 1 {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    Some(format!("{} {address}{count}", first.method))
}

/// How many bytes a batch reads, where that differs.
fn bytes(shared: &SharedArm<'_>) -> Option<SetupDifference> {
    let (old, new) = (shared.old.bytes?, shared.new.bytes?);
    ((old - new).abs() > BYTES * old.max(new)).then(|| SetupDifference {
        kind: SetupKind::Target,
        fact: "bytes of a batch".to_owned(),
        arm: Some(shared.new.arm.clone()),
        old: Some(format!("{old:.0}")),
        new: Some(format!("{new:.0}")),
    })
}

/// How the arms were measured.
fn measuring(recording: &Recording) -> Facts {
    let Some(plan) = &recording.plan else { return Facts::new() };
    let facts = [
        ("socket witness", Some(on_off(plan.sockets))),
        ("milestones of clients", Some(on_off(plan.trace))),
        ("experiments", Some(on_off(has_experiments(plan)))),
    ];
    known(facts)
}

const fn has_experiments(plan: &Plan) -> bool {
    !plan.experiments.is_empty() || !plan.doses.is_empty()
}

fn on_off(is_on: bool) -> String {
    if is_on { "on" } else { "off" }.to_owned()
}

fn known<const N: usize>(facts: [(&str, Option<String>); N]) -> Facts {
    facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
