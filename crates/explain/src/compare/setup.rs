//! In what two recordings differ beside their times: the machine, the program and its clients, the target
//! and the conditions. A difference of these is no difference of the code.

use std::collections::{BTreeMap, BTreeSet};

use model::arm::{ArmName, Role};
use model::facts::{self, name};
use model::index::DriverIndex;
use model::plan::PlannedTarget;
use model::recording::Recording;
use model::target::Request;
use schemars::JsonSchema;
use serde::Serialize;

use super::Analysed;
use super::arms::SharedArm;

/// Load averages that differ by less than this many processes are no difference.
const LOAD: f64 = 1.0;
/// Sizes of responses that differ by less than this share are no difference.
const BYTES: f64 = 0.01;
/// How many digits of a hash tell two versions of a file apart.
const HASH: usize = 8;

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
pub(crate) type Facts = BTreeMap<String, String>;

/// All differences: the machine first, then versions, the target, and the conditions.
pub(super) fn differences(
    old: Analysed<'_>,
    new: Analysed<'_>,
    both: &[SharedArm<'_>],
) -> Vec<SetupDifference> {
    let (before, after) = (old.recording, new.recording);
    let general =
        |kind| of_facts(kind, None, &setup_facts(kind, before), &setup_facts(kind, after));
    let mut all = general(SetupKind::Machine);
    all.extend(load(before, after));
    all.extend(general(SetupKind::Versions));
    all.extend(general(SetupKind::Target));
    all.extend(request(before, after, both));
    all.extend(both.iter().filter_map(bytes));
    all.extend(general(SetupKind::Conditions));
    for shared in both {
        let arm = Some(&shared.new.arm);
        let (old, new) = (&shared.old.conditions, &shared.new.conditions);
        all.extend(of_facts(SetupKind::Conditions, arm, old, new));
    }
    all
}

/// The facts of a kind that concern the whole recording.
pub(crate) fn setup_facts(kind: SetupKind, recording: &Recording) -> Facts {
    match kind {
        SetupKind::Machine => machine(recording),
        SetupKind::Versions => versions(recording),
        SetupKind::Target => target(recording),
        SetupKind::Conditions => measuring(recording),
    }
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

/// The versions of the program, of the drivers that serve a measured arm, and of the user's own code: the
/// beginnings of the hashes of its files.
fn versions(recording: &Recording) -> Facts {
    let arms = recording.plan.iter().flat_map(|plan| &plan.arms);
    let serving: BTreeSet<DriverIndex> =
        arms.filter(|arm| arm.role == Role::Measured).map(|arm| arm.driver).collect();
    let drivers = serving.into_iter().filter_map(|index| recording.header.drivers.get(index.0));
    let modules = drivers.flat_map(|driver| {
        driver.versions.iter().map(|module| (module.module.clone(), module.version.clone()))
    });
    let batchmark = recording.header.environment.batchmark.clone();
    let own = recording.plan.iter().flat_map(|plan| &plan.own);
    let own = own.map(|file| (file.typed.clone(), file.sha256.chars().take(HASH).collect()));
    let imports = recording.facts.iter().filter_map(|stated| stated.facts.get(name::IMPORTS));
    let imports = imports.flat_map(|fact| facts::files(fact));
    modules.chain([("batchmark".to_owned(), batchmark)]).chain(own).chain(imports).collect()
}

fn target(recording: &Recording) -> Facts {
    let Some(plan) = &recording.plan else { return Facts::new() };
    let Some(planned) = plan.targets.first() else { return Facts::new() };
    let headers = planned.target.headers.iter().map(|header| header.name.to_lowercase());
    let headers = headers.collect::<Vec<_>>().join(", ");
    let facts = [
        ("link", planned.link.as_ref().map(ToString::to_string)),
        ("server", Some(server(planned))),
        ("headers", Some(headers).filter(|names| !names.is_empty())),
    ];
    known(facts)
}

fn server(planned: &PlannedTarget) -> String {
    if planned.link.is_some() {
        return "embedded endpoint".to_owned();
    }
    let first = planned.target.requests.first();
    let server = first.as_ref().and_then(Request::server);
    server.map_or_else(|| "not known".to_owned(), |it| format!("{}:{}", it.host, it.port))
}

/// The first request that differs, of those that the arms of both recordings make. The server of the
/// embedded endpoint does not count: its port differs in every run.
fn request(old: &Recording, new: &Recording, both: &[SharedArm<'_>]) -> Option<SetupDifference> {
    let most = both.iter().map(|shared| shared.new.batch_size.requests()).max()?;
    let requests = |recording: &Recording| -> Vec<String> {
        let planned = recording.plan.as_ref().and_then(|plan| plan.targets.first());
        let written = |planned| move |request| written(planned, &request);
        planned.map_or_else(Vec::new, |planned| {
            planned.target.requests.iter().take(most).map(written(planned)).collect()
        })
    };
    let (old, new) = (requests(old), requests(new));
    let place = (0..most).find(|&place| old.get(place) != new.get(place))?;
    Some(SetupDifference {
        kind: SetupKind::Target,
        fact: format!("request {}", place + 1),
        arm: None,
        old: old.get(place).cloned(),
        new: new.get(place).cloned(),
    })
}

fn written(planned: &PlannedTarget, request: &Request) -> String {
    let address = match planned.link {
        Some(_) => request.path().into_owned(),
        None => request.url.clone(),
    };
    format!("{} {address}", request.method)
}

/// Whether two sizes of what a batch reads are different.
pub(crate) fn bytes_differ(one: f64, other: f64) -> bool {
    (one - other).abs() > BYTES * one.max(other)
}

/// How many bytes a batch reads, where that differs.
fn bytes(shared: &SharedArm<'_>) -> Option<SetupDifference> {
    let (old, new) = (shared.old.bytes?, shared.new.bytes?);
    bytes_differ(old, new).then(|| SetupDifference {
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
    ];
    known(facts)
}

fn on_off(is_on: bool) -> String {
    if is_on { "on" } else { "off" }.to_owned()
}

fn known<const N: usize>(facts: [(&str, Option<String>); N]) -> Facts {
    facts.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}
