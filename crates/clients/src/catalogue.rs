//! The table of the built-in strategies: each is a library, a mode and its conditions.

use model::driver_protocol::{DriverError, DriverErrorKind, ModuleVersion, Preparation};
use model::strategy::StrategySpec;
use model::trace::{ColumnName, Milestone};

use crate::conditions::{
    CONCURRENCY, Condition, HTTP, POOL, RESUME, RUNTIME, SESSION, Settings, WORK, WORKERS,
};
use crate::facts::{LibraryFacts, facts};
use crate::library::floor::{Floor, Submission};
use crate::library::h3::{self, H3};
use crate::library::hyper::Hyper;
use crate::library::network_or_sleep::NetworkOrSleep;
use crate::library::reqwest::{self, Reqwest, blocking::BlockingReqwest};
use crate::library::ureq::Ureq;
use crate::library::{AsyncClient, BlockingClient};
use crate::mode::Mode;
use crate::mode::concurrent::Concurrent;
use crate::mode::sequential::Sequential;
use crate::mode::threads::Threads;
use crate::provider::{PreparedStrategy, StrategyProvider};
use crate::session::{BatchRunner, SessionRunner};
use crate::setup::{ClientSetup, KeptRequests, bad_target};
use crate::timing::Measured;
use crate::versions::versions;

struct Strategy {
    name: &'static str,
    alias: Option<&'static str>,
    summary: &'static str,
    conditions: &'static [&'static Condition],
    /// The columns that it cannot fill.
    unobserved: &'static [ColumnName],
    /// What is true of its library.
    facts: LibraryFacts,
    /// Prepares the process for the library, and refuses what the library cannot do.
    check: fn(&ClientSetup) -> Result<(), DriverError>,
    /// Which requests its client keeps ready.
    kept: KeptRequests,
    assemble: fn(ClientSetup) -> Result<Box<dyn BatchRunner>, DriverError>,
}

/// What reqwest does not show, because its connections are opaque.
const HIDDEN_BY_REQWEST: [ColumnName; 6] = [
    ColumnName::Milestone(Milestone::Resolving),
    ColumnName::Milestone(Milestone::Resolved),
    ColumnName::Milestone(Milestone::Securing),
    ColumnName::Milestone(Milestone::Writing),
    ColumnName::Milestone(Milestone::Sent),
    ColumnName::Milestone(Milestone::FirstByte),
];
const HIDDEN_WITHOUT_WORKERS: [ColumnName; 7] = {
    let [a, b, c, d, e, f] = HIDDEN_BY_REQWEST;
    [a, b, c, d, e, f, ColumnName::Worker]
};

/// What QUIC does not have, which opens a connection with the TLS handshake alone.
const WITHOUT_TCP: [ColumnName; 3] = [
    ColumnName::Milestone(Milestone::Connecting),
    ColumnName::Milestone(Milestone::Connected),
    ColumnName::Worker,
];

const STRATEGIES: [Strategy; 8] = [
    Strategy {
        name: "ureq/sequential",
        alias: Some("sequential"),
        summary: "a blocking client, one request after another",
        conditions: &[SESSION, POOL, RESUME, WORK],
        unobserved: &[ColumnName::Worker],
        facts: LibraryFacts::UREQ,
        check: |_| Ok(()),
        kept: KeptRequests::All,
        assemble: |setup| Ok(sequential(setup, Ureq::open)),
    },
    Strategy {
        name: "ureq/threads",
        alias: Some("threads"),
        summary: "a blocking client, shared by a pool of threads",
        conditions: &[SESSION, WORKERS, POOL, RESUME, WORK],
        unobserved: &[],
        facts: LibraryFacts::UREQ,
        check: |_| Ok(()),
        kept: KeptRequests::All,
        assemble: |setup| Ok(threads(setup, Ureq::open)),
    },
    Strategy {
        name: "hyper/async",
        alias: Some("async"),
        summary: "an asynchronous client, all requests at once",
        conditions: &[SESSION, CONCURRENCY, POOL, RESUME, HTTP, RUNTIME, WORK],
        unobserved: &[ColumnName::Worker],
        facts: LibraryFacts::HYPER,
        check: |_| Ok(()),
        kept: KeptRequests::All,
        assemble: |setup| Ok(concurrent(setup, Hyper::open)),
    },
    Strategy {
        name: "reqwest/async",
        alias: Some("reqwest"),
        summary: "an asynchronous client with its defaults, all requests at once",
        conditions: &[SESSION, CONCURRENCY, POOL, HTTP, RUNTIME, WORK],
        unobserved: &HIDDEN_WITHOUT_WORKERS,
        facts: LibraryFacts::REQWEST,
        check: reqwest::check,
        kept: KeptRequests::All,
        assemble: |setup| Ok(concurrent(setup, Reqwest::open)),
    },
    Strategy {
        name: "reqwest/blocking",
        alias: None,
        summary: "a blocking client, shared by a pool of threads; a thread of its own makes the requests",
        conditions: &[SESSION, WORKERS, POOL, HTTP, WORK],
        unobserved: &HIDDEN_BY_REQWEST,
        facts: LibraryFacts::REQWEST,
        check: reqwest::check,
        kept: KeptRequests::All,
        assemble: |setup| Ok(threads(setup, BlockingReqwest::open)),
    },
    Strategy {
        name: "h3/async",
        alias: Some("h3"),
        summary: "an asynchronous client of HTTP/3, all requests at once",
        conditions: &[SESSION, CONCURRENCY, RESUME, RUNTIME, WORK],
        unobserved: &WITHOUT_TCP,
        facts: LibraryFacts::H3,
        check: h3::check,
        kept: KeptRequests::All,
        assemble: |setup| Ok(concurrent(setup, H3::open)),
    },
    Strategy {
        name: "floor/sequential",
        alias: None,
        summary: "the least that one request after another can cost",
        conditions: &[SESSION],
        unobserved: &[ColumnName::Worker],
        facts: LibraryFacts::FLOOR,
        check: |_| Ok(()),
        kept: KeptRequests::First,
        assemble: |setup| floor(setup, Submission::InTurn),
    },
    Strategy {
        name: "floor/async",
        alias: Some("floor"),
        summary: "the least that all requests at once can cost",
        conditions: &[SESSION, CONCURRENCY],
        unobserved: &[ColumnName::Worker],
        facts: LibraryFacts::FLOOR,
        check: |_| Ok(()),
        kept: KeptRequests::First,
        assemble: |setup| floor(setup, Submission::AtOnce),
    },
];

fn sequential<C: BlockingClient>(
    setup: ClientSetup,
    open: fn(&ClientSetup) -> C,
) -> Box<dyn BatchRunner> {
    let settings = setup.settings;
    let open = move || NetworkOrSleep::open(&setup, open);
    runner(settings, Sequential::new(open))
}

fn threads<C: BlockingClient>(
    setup: ClientSetup,
    open: fn(&ClientSetup) -> C,
) -> Box<dyn BatchRunner> {
    let settings = setup.settings;
    let open = move || NetworkOrSleep::open(&setup, open);
    runner(settings, Threads::new(open, settings.workers))
}

fn concurrent<C: AsyncClient>(
    setup: ClientSetup,
    open: fn(&ClientSetup) -> C,
) -> Box<dyn BatchRunner> {
    let settings = setup.settings;
    let open = move || NetworkOrSleep::open(&setup, open);
    runner(settings, Concurrent::new(open, settings.runtime, settings.concurrency))
}

fn floor(setup: ClientSetup, submission: Submission) -> Result<Box<dyn BatchRunner>, DriverError> {
    let floor = Floor::new(&setup, submission).map_err(|error| bad_target(&error))?;
    Ok(runner(setup.settings, floor))
}

fn runner<M: Mode + 'static>(settings: Settings, mode: M) -> Box<dyn BatchRunner> {
    Box::new(SessionRunner::new(mode, settings.session))
}

impl Strategy {
    fn spec(&self) -> StrategySpec {
        let client = self.name.split_once('/').map_or(self.name, |(client, _)| client);
        let columns = ColumnName::ALL.into_iter().filter(|name| !self.unobserved.contains(name));
        StrategySpec {
            name: self.name.to_owned(),
            alias: self.alias.map(str::to_owned),
            summary: self.summary.to_owned(),
            conditions: self.conditions.iter().map(|condition| condition.spec(client)).collect(),
            columns: columns.collect(),
            only_http: self.facts.only_http,
        }
    }
}

/// The strategies of the built-in driver.
pub fn catalogue() -> Vec<StrategySpec> {
    STRATEGIES.iter().map(Strategy::spec).collect()
}

/// The built-in strategies.
pub(crate) struct BuiltInProvider;

impl StrategyProvider for BuiltInProvider {
    const DRIVER: &'static str = "batchmark";
    const MEASURED: Measured = Measured::ThisProcess;

    fn versions(&self) -> Vec<ModuleVersion> {
        versions()
    }

    fn strategies(&self) -> Vec<StrategySpec> {
        catalogue()
    }

    fn prepare(&self, preparation: &Preparation) -> Result<PreparedStrategy, DriverError> {
        let strategy =
            STRATEGIES.iter().find(|strategy| strategy.name == preparation.strategy).ok_or_else(
                || unknown_strategy(&preparation.strategy, &STRATEGIES.map(|known| known.name)),
            )?;
        let setup = ClientSetup::read(&strategy.spec(), preparation, strategy.kept)?;
        (strategy.check)(&setup)?;
        let facts = facts(&setup, &strategy.facts);
        Ok(PreparedStrategy { runner: (strategy.assemble)(setup)?, facts })
    }
}

/// The refusal of a strategy that is not among the `known` ones.
pub(crate) fn unknown_strategy(name: &str, known: &[&str]) -> DriverError {
    DriverError {
        kind: DriverErrorKind::UnknownStrategy,
        message: format!("unknown strategy {name:?}: use one of {}", known.join(", ")),
    }
}
