//! Compares the facts of arms of the same batch size, and leaves out what the command line set.

use std::collections::BTreeSet;

use super::difference::{FactDifference, FactGroup};
use super::known_facts::KnownFacts;

/// The order in which differences are listed, by their fact; others follow.
const ORDER: [&str; 18] = [
    "http",
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

/// The condition that decides a fact. Where the command line gives two strategies different values of
/// the condition, the difference is intended.
const DECIDED_BY: [(&str, &str); 5] = [
    ("http", "http"),
    ("resumption", "resume"),
    ("handshakes", "resume"),
    ("connections", "pool"),
    ("event_loop", "uvloop"),
];

/// The uncontrolled differences between arms of the same batch size.
pub(super) fn differences(arms: &[KnownFacts<'_>]) -> Vec<FactDifference> {
    let names: BTreeSet<&str> = arms.iter().flat_map(KnownFacts::names).collect();
    let mut names: Vec<&str> = names.into_iter().collect();
    let place = |name: &str| ORDER.iter().position(|known| *known == name).unwrap_or(ORDER.len());
    names.sort_by_key(|name| place(name));
    names.into_iter().filter_map(|name| difference_in(name, arms)).collect()
}

fn difference_in(fact: &str, arms: &[KnownFacts<'_>]) -> Option<FactDifference> {
    let known: Vec<(&KnownFacts<'_>, &str)> =
        arms.iter().filter_map(|arm| Some((arm, arm.value(fact)?))).collect();
    let differs = |arm: &KnownFacts<'_>, value: &str| {
        known.iter().any(|(versus, versus_value)| {
            *versus_value != value
                && arm.arm.batch_size == versus.arm.batch_size
                && !is_intended(fact, arm, versus)
        })
    };
    let mut difference = FactDifference { fact: fact.to_owned(), groups: Vec::new() };
    for (arm, value) in known.iter().filter(|(arm, value)| differs(arm, value)) {
        add(&mut difference, arm, value);
    }
    (!difference.groups.is_empty()).then_some(difference)
}

/// Whether the conditions of two arms make them differ in a fact. What a driver reports of one
/// strategy under two sets of conditions follows from the conditions.
fn is_intended(fact: &str, arm: &KnownFacts<'_>, versus: &KnownFacts<'_>) -> bool {
    let same_strategy = arm.arm.strategy == versus.arm.strategy && arm.driver == versus.driver;
    let reported = arm.is_only_reported(fact) && versus.is_only_reported(fact);
    let decided =
        DECIDED_BY.iter().filter(|(decided, _)| *decided == fact).any(|(_, condition)| {
            let given = arm.arm.condition(condition).zip(versus.arm.condition(condition));
            given.is_some_and(|(arm, versus)| arm != versus)
        });
    (same_strategy && reported) || decided
}

/// Adds an arm to the group of its value.
fn add(difference: &mut FactDifference, facts: &KnownFacts<'_>, value: &str) {
    let arm = facts.arm;
    let place = difference.groups.iter().position(|group| group.value == value);
    let place = place.unwrap_or_else(|| {
        difference.groups.push(FactGroup {
            value: value.to_owned(),
            labels: Vec::new(),
            arms: Vec::new(),
        });
        difference.groups.len() - 1
    });
    let group = &mut difference.groups[place];
    group.arms.push(arm.arm.clone());
    if !group.labels.contains(&arm.label) {
        group.labels.push(arm.label.clone());
    }
}
