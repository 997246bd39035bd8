//! What differs between arms of one batch size, and was not asked for.

use std::collections::BTreeSet;

use super::portrait::Portrait;
use crate::caveat::difference::{Alike, Difference};

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
        add(&mut difference, one, value);
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

/// Puts an arm among those of which the same is true.
fn add(difference: &mut Difference, portrait: &Portrait<'_>, value: &str) {
    let arm = portrait.arm;
    let place = difference.groups.iter().position(|group| group.value == value);
    let place = place.unwrap_or_else(|| {
        difference.groups.push(Alike {
            value: value.to_owned(),
            ways: Vec::new(),
            arms: Vec::new(),
        });
        difference.groups.len() - 1
    });
    let group = &mut difference.groups[place];
    group.arms.push(arm.arm.clone());
    if !group.ways.contains(&arm.label) {
        group.ways.push(arm.label.clone());
    }
}
