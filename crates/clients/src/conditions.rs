//! The conditions that the built-in strategies know, and the values that were given for them.

use std::num::NonZero;

use model::driver_protocol::{DriverError, DriverErrorKind};
use model::strategy::{ConditionSpec, Conditions, StrategySpec, ValueRule};
use model::time::Span;

/// Whether a session outlives its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Keeping {
    /// Every batch opens its own session and closes it.
    Cold,
    /// One session serves all batches.
    Warm,
}

/// How many idle connections to a host are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pool {
    /// At most so many, for as long as the session lasts.
    Kept(usize),
    /// As many as the library keeps of its own accord, and as long.
    Native,
}

/// Whether an earlier TLS session may be resumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resume {
    /// It is, where the server lets it.
    On,
    /// Every handshake is a full one.
    Off,
}

/// Which runtime drives asynchronous requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scheduler {
    /// One thread.
    Current,
    /// A thread for each CPU.
    Multi,
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// It fetches its resource.
    Network,
    /// It sleeps: the control that shows what the mode alone costs.
    Sleep(Span),
}

/// A value for every condition. A strategy looks only at those that it knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) session: Keeping,
    pub(crate) workers: usize,
    pub(crate) concurrency: usize,
    pub(crate) pool: Pool,
    pub(crate) resume: Resume,
    pub(crate) runtime: Scheduler,
    pub(crate) work: Work,
}

/// A condition's name, and how to describe it.
pub(crate) type Describe = fn() -> ConditionSpec;

/// `session=cold|warm`.
pub(crate) fn session() -> ConditionSpec {
    let summary = "whether each batch opens and closes a session of its own";
    spec("session", "cold", ValueRule::words(&["cold", "warm"]), summary)
}

/// `workers=N`: by default as many as Python's executor has.
pub(crate) fn workers() -> ConditionSpec {
    let summary = "how many threads make requests";
    spec("workers", &default_workers().to_string(), ValueRule::count_from(1), summary)
}

/// `concurrency=N`: by default as much as aiohttp's connector allows.
pub(crate) fn concurrency() -> ConditionSpec {
    let summary = "how many requests are under way at once";
    spec("concurrency", "100", ValueRule::count_from(1), summary)
}

/// `pool=N|native`: by default as many as requests keeps.
pub(crate) fn pool() -> ConditionSpec {
    let values = ValueRule { count_from: Some(0), ..ValueRule::words(&["native"]) };
    spec("pool", "10", values, "how many idle connections to a host are kept")
}

/// `resume=on|off`.
pub(crate) fn resume() -> ConditionSpec {
    let summary = "whether earlier TLS sessions are resumed";
    spec("resume", "on", ValueRule::words(&["on", "off"]), summary)
}

/// `runtime=current|multi`.
pub(crate) fn runtime() -> ConditionSpec {
    let summary = "whether one thread or one for each CPU drives the requests";
    spec("runtime", "current", ValueRule::words(&["current", "multi"]), summary)
}

/// `work=network|sleep:TIME`.
pub(crate) fn work() -> ConditionSpec {
    let values =
        ValueRule { time_after: Some("sleep:".to_owned()), ..ValueRule::words(&["network"]) };
    spec("work", "network", values, "whether a request fetches or only sleeps")
}

/// The description of a condition.
pub(crate) fn spec(name: &str, default: &str, values: ValueRule, summary: &str) -> ConditionSpec {
    ConditionSpec {
        name: name.to_owned(),
        default: default.to_owned(),
        values,
        summary: summary.to_owned(),
    }
}

fn default_workers() -> usize {
    let cpus = std::thread::available_parallelism().map_or(1, NonZero::get);
    (cpus + 4).min(32)
}

impl Settings {
    /// Reads the conditions that were given for a strategy; the others have their defaults.
    ///
    /// # Errors
    /// Names a condition or a value that the strategy does not know, and those that it does.
    pub(crate) fn read(spec: &StrategySpec, given: &Conditions) -> Result<Self, DriverError> {
        let chosen = complete(spec, given)?;
        let is = |name: &str, word: &str| chosen.get(name).is_some_and(|value| value == word);
        let count = |name: &str| chosen.get(name).and_then(|value| value.parse().ok());
        let sleep = chosen.get("work").and_then(|work| work.strip_prefix("sleep:")?.parse().ok());
        Ok(Self {
            session: if is("session", "warm") { Keeping::Warm } else { Keeping::Cold },
            workers: count("workers").unwrap_or(usize::MAX),
            concurrency: count("concurrency").unwrap_or(usize::MAX),
            pool: count("pool").map_or(Pool::Native, Pool::Kept),
            resume: if is("resume", "off") { Resume::Off } else { Resume::On },
            runtime: if is("runtime", "multi") { Scheduler::Multi } else { Scheduler::Current },
            work: sleep.map_or(Work::Network, Work::Sleep),
        })
    }
}

/// A value for every condition that a strategy knows: the given one, or the default.
///
/// # Errors
/// Names a condition or a value that the strategy does not know, and those that it does.
pub(crate) fn complete(spec: &StrategySpec, given: &Conditions) -> Result<Conditions, DriverError> {
    for (name, value) in given {
        let Some(condition) = spec.condition(name) else {
            let known: Vec<&str> =
                spec.conditions.iter().map(|condition| condition.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            return Err(bad(format!("{} knows no {name:?}: it knows {known}", spec.name)));
        };
        if !condition.values.accepts(value) {
            let values = &condition.values;
            return Err(bad(format!("{name}={value} is not possible: {name} is {values}")));
        }
    }
    Ok(spec.complete(given))
}

fn bad(message: String) -> DriverError {
    DriverError { kind: DriverErrorKind::BadCondition, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [Describe; 7] = [session, workers, concurrency, pool, resume, runtime, work];

    fn spec_of(conditions: &[Describe]) -> StrategySpec {
        StrategySpec {
            name: "a/b".to_owned(),
            alias: None,
            summary: String::new(),
            conditions: conditions.iter().map(|describe| describe()).collect(),
            columns: Vec::new(),
        }
    }

    fn given(text: &str) -> Conditions {
        text.split(',')
            .filter_map(|condition| condition.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn the_defaults_are_those_of_the_clients_that_people_compare() {
        let settings = Settings::read(&spec_of(&ALL), &given("")).expect("defaults");
        let defaults = Settings {
            session: Keeping::Cold,
            workers: default_workers(),
            concurrency: 100,
            pool: Pool::Kept(10),
            resume: Resume::On,
            runtime: Scheduler::Current,
            work: Work::Network,
        };
        assert_eq!(settings, defaults);
        assert!((5..=32).contains(&settings.workers));
    }

    #[test]
    fn every_value_is_read() {
        let text = "session=warm,workers=3,concurrency=4,pool=native,resume=off,runtime=multi,\
                    work=sleep:11ms";
        let settings = Settings::read(&spec_of(&ALL), &given(text)).expect("good values");
        let expected = Settings {
            session: Keeping::Warm,
            workers: 3,
            concurrency: 4,
            pool: Pool::Native,
            resume: Resume::Off,
            runtime: Scheduler::Multi,
            work: Work::Sleep(Span::from_millis(11)),
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn what_is_not_known_is_told_with_what_is() {
        let spec = spec_of(&[session, pool]);
        let error = |text| Settings::read(&spec, &given(text)).expect_err("is refused").message;
        assert_eq!(error("workers=3"), "a/b knows no \"workers\": it knows session, pool");
        assert_eq!(
            error("pool=many"),
            "pool=many is not possible: pool is a number from 0 on or native"
        );
    }
}
