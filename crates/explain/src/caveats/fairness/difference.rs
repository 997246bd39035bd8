//! A difference: something in which arms of one batch size are not alike, though nobody asked for it.

use std::collections::BTreeSet;

use model::arm::{ArmName, Label};
use schemars::JsonSchema;
use serde::Serialize;

use super::portrait::Portrait;

/// Something in which arms are not alike.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Difference {
    /// In what: a fact of the driver protocol, such as `compression`, or something that the endpoint
    /// observed, such as `handshakes`.
    pub fact: String,
    /// Those that are alike in it, in the order of the arms.
    pub groups: Vec<Alike>,
}

/// The arms of which the same is true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Alike {
    /// What is true of them.
    pub value: String,
    /// Their strategies with the conditions that were asked for, each once.
    pub ways: Vec<Label>,
    /// The arms.
    pub arms: Vec<ArmName>,
}

impl Difference {
    /// All arms in it.
    pub(crate) fn arms(&self) -> impl Iterator<Item = &ArmName> {
        self.groups.iter().flat_map(|group| &group.arms)
    }

    fn add(&mut self, portrait: &Portrait<'_>, value: &str) {
        let arm = portrait.arm;
        let place = self.groups.iter().position(|group| group.value == value);
        let place = place.unwrap_or_else(|| {
            self.groups.push(Alike { value: value.to_owned(), ways: Vec::new(), arms: Vec::new() });
            self.groups.len() - 1
        });
        let group = &mut self.groups[place];
        group.arms.push(arm.arm.clone());
        if !group.ways.contains(&arm.label) {
            group.ways.push(arm.label.clone());
        }
    }
}

/// The order in which differences are told, by what they are about; others follow.
const ORDER: [&str; 19] = [
    "http",
    "alpn",
    "tls_version",
    "handshakes",
    "resumption",
    "verification",
    "trust",
    "tls_library",
    "connections",
    "session",
    "compression",
    "redirects",
    "bodies",
    "bytes_read",
    "dns",
    "runtime",
    "event_loop",
    "asyncio_debug",
    "gil",
];

/// The conditions that say what a fact is to be: who gives two strategies different ones has asked
/// for the difference.
const DECIDED_BY: [(&str, &str); 4] = [
    ("resumption", "resume"),
    ("handshakes", "resume"),
    ("connections", "pool"),
    ("event_loop", "uvloop"),
];

/// What differs between arms of one batch size, and was not asked for.
pub(super) fn between(portraits: &[Portrait<'_>]) -> Vec<Difference> {
    let names: BTreeSet<&str> = portraits.iter().flat_map(Portrait::names).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    let place = |name: &str| ORDER.iter().position(|one| *one == name).unwrap_or(ORDER.len());
    names.sort_by_key(|name| place(name));
    names.into_iter().filter_map(|name| in_fact(name, portraits)).collect()
}

fn in_fact(fact: &str, portraits: &[Portrait<'_>]) -> Option<Difference> {
    let known: Vec<(&Portrait<'_>, &str)> =
        portraits.iter().filter_map(|one| Some((one, one.value(fact)?))).collect();
    let differs = |one: &Portrait<'_>, value: &str| {
        known.iter().any(|(other, others)| {
            *others != value
                && one.arm.batch_size == other.arm.batch_size
                && !asked_for(fact, one, other)
        })
    };
    let mut difference = Difference { fact: fact.to_owned(), groups: Vec::new() };
    for (one, value) in known.iter().filter(|(one, value)| differs(one, value)) {
        difference.add(one, value);
    }
    (!difference.groups.is_empty()).then_some(difference)
}

/// Whether the conditions of two arms say that they are to differ in a fact. What a driver tells of
/// one strategy under two sets of conditions follows from the conditions.
fn asked_for(fact: &str, one: &Portrait<'_>, other: &Portrait<'_>) -> bool {
    let same_strategy = one.arm.strategy == other.arm.strategy && one.driver == other.driver;
    let told = one.is_told(fact) && other.is_told(fact);
    let decided =
        DECIDED_BY.iter().filter(|(decided, _)| *decided == fact).any(|(_, condition)| {
            let given = |portrait: &Portrait<'_>| portrait.arm.conditions.get(*condition).cloned();
            given(one).zip(given(other)).is_some_and(|(one, other)| one != other)
        });
    (same_strategy && told) || decided
}
