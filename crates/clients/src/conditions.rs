//! The values that a command gives for a strategy's conditions, read into settings.
//!
//! `definition` holds the conditions themselves.

mod definition;

use model::driver_protocol::{DriverError, DriverErrorKind};
use model::strategy::{Conditions, StrategySpec};
use model::time::Span;

pub(crate) use definition::{
    CONCURRENCY, Condition, HTTP, POOL, RESUME, RUNTIME, SESSION, WORK, WORKERS,
};

/// Whether a session outlives its batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionKind {
    /// Every batch opens its own session and closes it.
    Cold,
    /// One session serves all batches.
    Warm,
}

/// How many idle connections to a host are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pool {
    /// At most this many, until the session ends.
    Kept(usize),
    /// As many as the library keeps by default, and as long.
    Native,
}

/// Whether a connection may resume an earlier TLS session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Resume {
    /// It resumes one where the server allows it.
    On,
    /// Every handshake is a full one.
    Off,
}

/// Which version of HTTP a client asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AskedVersion {
    /// HTTP/1.1 only.
    Http1,
    /// HTTP/2, and HTTP/1.1 where a server chooses it in the TLS handshake. Without TLS nothing is
    /// negotiated: HTTP/2 only.
    Http2,
    /// What the library asks for by default.
    Native,
}

/// Which runtime drives asynchronous requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RuntimeKind {
    /// One thread for all requests.
    Current,
    /// One thread per CPU.
    Multi,
}

/// What a request does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Work {
    /// It fetches its resource.
    Network,
    /// It sleeps: the control that shows what the mode costs by itself.
    Sleep(Span),
}

/// A value for every condition. A strategy uses only its own conditions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Settings {
    pub(crate) session: SessionKind,
    pub(crate) workers: usize,
    pub(crate) concurrency: usize,
    pub(crate) pool: Pool,
    pub(crate) resume: Resume,
    pub(crate) http: AskedVersion,
    pub(crate) runtime: RuntimeKind,
    pub(crate) work: Work,
}

impl Settings {
    /// Reads the given conditions of a strategy; the others have their defaults.
    ///
    /// # Errors
    /// Names an unknown condition or an invalid value, and the valid ones.
    pub(crate) fn read(spec: &StrategySpec, given: &Conditions) -> Result<Self, DriverError> {
        let chosen = complete(spec, given)?;
        let is = |name: &str, word: &str| chosen.get(name).is_some_and(|value| value == word);
        let count = |name: &str| chosen.get(name).and_then(|value| value.parse().ok());
        let sleep = chosen.get("work").and_then(|work| work.strip_prefix("sleep:")?.parse().ok());
        Ok(Self {
            session: if is("session", "warm") { SessionKind::Warm } else { SessionKind::Cold },
            workers: count("workers").unwrap_or(usize::MAX),
            concurrency: count("concurrency").unwrap_or(usize::MAX),
            pool: count("pool").map_or(Pool::Native, Pool::Kept),
            resume: if is("resume", "off") { Resume::Off } else { Resume::On },
            http: match chosen.get("http").map(String::as_str) {
                Some("2") => AskedVersion::Http2,
                Some("native") => AskedVersion::Native,
                _ => AskedVersion::Http1,
            },
            runtime: if is("runtime", "multi") { RuntimeKind::Multi } else { RuntimeKind::Current },
            work: sleep.map_or(Work::Network, Work::Sleep),
        })
    }

    /// Whether idle connections stay open until the session ends. The time between two batches of a warm session is
    /// the run's, not the user's, so no limit on it may close them.
    pub(crate) fn keeps_idle(self) -> bool {
        self.session == SessionKind::Warm || matches!(self.pool, Pool::Kept(_))
    }
}

/// The value of every condition of a strategy: the given value, or the default.
///
/// # Errors
/// Names an unknown condition or an invalid value, and the valid ones.
pub(crate) fn complete(spec: &StrategySpec, given: &Conditions) -> Result<Conditions, DriverError> {
    for (name, value) in given {
        let Some(condition) = spec.condition(name) else {
            let known: Vec<&str> =
                spec.conditions.iter().map(|condition| condition.name.as_str()).collect();
            let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
            let strategy = &spec.name;
            let message = format!("{strategy} has no condition {name:?}: it has {known}");
            return Err(bad_condition(message));
        };
        if !condition.values.accepts(value) {
            let values = &condition.values;
            return Err(bad_condition(format!("{name}={value} is not valid: use {values}")));
        }
    }
    Ok(spec.complete(given))
}

fn bad_condition(message: String) -> DriverError {
    DriverError { kind: DriverErrorKind::BadCondition, message }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ALL: [&Condition; 8] = [SESSION, WORKERS, CONCURRENCY, POOL, RESUME, HTTP, RUNTIME, WORK];

    fn spec_with(conditions: &[&Condition]) -> StrategySpec {
        StrategySpec {
            name: "a/b".to_owned(),
            alias: None,
            summary: String::new(),
            conditions: conditions.iter().map(|condition| condition.spec("ureq")).collect(),
            columns: Vec::new(),
            only_http: None,
        }
    }

    fn given(text: &str) -> Conditions {
        text.split(',')
            .filter_map(|condition| condition.split_once('='))
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect()
    }

    #[test]
    fn the_defaults_match_the_clients_that_people_compare() {
        let settings = Settings::read(&spec_with(&ALL), &given("")).expect("defaults");
        let defaults = Settings {
            session: SessionKind::Cold,
            workers: settings.workers,
            concurrency: 100,
            pool: Pool::Kept(10),
            resume: Resume::On,
            http: AskedVersion::Http1,
            runtime: RuntimeKind::Current,
            work: Work::Network,
        };
        assert_eq!(settings, defaults);
    }

    #[test]
    fn every_value_is_read() {
        let text = "session=warm,workers=3,concurrency=4,pool=native,resume=off,http=2,runtime=multi,\
                    work=sleep:11ms";
        let settings = Settings::read(&spec_with(&ALL), &given(text)).expect("good values");
        let expected = Settings {
            session: SessionKind::Warm,
            workers: 3,
            concurrency: 4,
            pool: Pool::Native,
            resume: Resume::Off,
            http: AskedVersion::Http2,
            runtime: RuntimeKind::Multi,
            work: Work::Sleep(Span::from_millis(11)),
        };
        assert_eq!(settings, expected);
    }

    #[test]
    fn an_unknown_condition_or_value_is_refused_with_the_known_ones() {
        let spec = spec_with(&[SESSION, POOL]);
        let error = |text| Settings::read(&spec, &given(text)).expect_err("is refused").message;
        assert_eq!(error("workers=3"), "a/b has no condition \"workers\": it has session, pool");
        assert_eq!(error("pool=many"), "pool=many is not valid: use native or a number from 0 up");
    }
}
