//! What each condition is called, means and accepts, as `drivers/conditions.json` defines it for
//! all drivers. The build script turns that file into the table here.

use std::num::NonZero;

use model::strategy::{ConditionSpec, ValueRule};

/// A condition, with the definitions of clients whose default or values differ.
#[derive(Debug)]
pub(crate) struct Condition {
    name: &'static str,
    general: Definition,
    variants: &'static [Variant],
}

#[derive(Debug)]
struct Variant {
    clients: &'static [&'static str],
    definition: Definition,
}

#[derive(Debug)]
struct Definition {
    summary: &'static str,
    default: DefaultValue,
    words: &'static [&'static str],
    count_from: Option<u64>,
    time_after: Option<&'static str>,
}

#[derive(Debug)]
enum DefaultValue {
    Fixed(&'static str),
    /// The number of CPUs plus `cpus_plus`, up to `at_most`: the size of Python's executor.
    PerCpu {
        cpus_plus: usize,
        at_most: usize,
    },
}

const CONDITIONS: &[Condition] = include!(concat!(env!("OUT_DIR"), "/conditions.rs"));

pub(crate) const SESSION: &Condition = defined("session");
pub(crate) const WORKERS: &Condition = defined("workers");
pub(crate) const CONCURRENCY: &Condition = defined("concurrency");
pub(crate) const POOL: &Condition = defined("pool");
pub(crate) const RESUME: &Condition = defined("resume");
pub(crate) const HTTP: &Condition = defined("http");
pub(crate) const RUNTIME: &Condition = defined("runtime");
pub(crate) const WORK: &Condition = defined("work");

/// Finds a condition while the crate is compiled: an undefined name is a compile error.
const fn defined(name: &str) -> &'static Condition {
    let mut index = 0;
    while index < CONDITIONS.len() {
        if is_same(CONDITIONS[index].name.as_bytes(), name.as_bytes()) {
            return &CONDITIONS[index];
        }
        index += 1;
    }
    panic!("drivers/conditions.json does not define this condition")
}

/// `==`, which constants cannot use.
const fn is_same(left: &[u8], right: &[u8]) -> bool {
    let mut index = 0;
    while index < left.len() && index < right.len() && left[index] == right[index] {
        index += 1;
    }
    index == left.len() && index == right.len()
}

impl Condition {
    /// Describes the condition for a strategy of this client, such as `ureq`.
    pub(crate) fn spec(&self, client: &str) -> ConditionSpec {
        let variant = self.variants.iter().find(|variant| variant.clients.contains(&client));
        let definition = variant.map_or(&self.general, |variant| &variant.definition);
        ConditionSpec {
            name: self.name.to_owned(),
            default: definition.default.value(),
            values: definition.values(),
            summary: definition.summary.to_owned(),
        }
    }
}

impl Definition {
    fn values(&self) -> ValueRule {
        ValueRule {
            words: self.words.iter().map(|&word| word.to_owned()).collect(),
            count_from: self.count_from,
            time_after: self.time_after.map(str::to_owned),
        }
    }
}

impl DefaultValue {
    fn value(&self) -> String {
        match self {
            Self::Fixed(value) => (*value).to_owned(),
            Self::PerCpu { cpus_plus, at_most } => {
                let cpus = std::thread::available_parallelism().map_or(1, NonZero::get);
                (cpus + cpus_plus).min(*at_most).to_string()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_default_is_an_accepted_value() {
        for condition in CONDITIONS {
            let clients = condition.variants.iter().flat_map(|variant| variant.clients);
            for client in clients.chain(&["any other client"]) {
                let ConditionSpec { name, default, values, .. } = condition.spec(client);
                assert!(values.accepts(&default), "{name}={default} of {client}");
            }
        }
    }

    #[test]
    fn a_client_of_a_variant_has_its_default_and_the_others_the_general_one() {
        let default = |client| POOL.spec(client).default;
        assert_eq!([default("ureq"), default("requests"), default("urllib3")], ["10", "10", "1"]);
        assert_eq!(POOL.spec("ureq").values.count_from, Some(0));
        assert_eq!(POOL.spec("requests").values.count_from, Some(1));
    }

    #[test]
    fn workers_default_to_the_size_of_pythons_executor() {
        let value = |cpus_plus, at_most| DefaultValue::PerCpu { cpus_plus, at_most }.value();
        assert_eq!(value(4, 1), "1");
        let workers: usize = WORKERS.spec("ureq").default.parse().expect("a number");
        assert!((5..=32).contains(&workers));
    }
}
