//! The table of the built-in strategies: each a library, a mode and the conditions that it knows.

use model::driver_protocol::{DriverError, DriverErrorKind, ModuleVersion, Preparation};
use model::strategy::StrategySpec;
use model::trace::ColumnName;

use crate::conditions::{
    CONCURRENCY, Condition, Keeping, POOL, RESUME, RUNTIME, SESSION, Settings, WORK, WORKERS, Work,
};
use crate::facts::facts;
use crate::ground::Ground;
use crate::library::hyper::Hyper;
use crate::library::sleeper::Sleeper;
use crate::library::ureq::Ureq;
use crate::library::{AsyncClient, BlockingClient};
use crate::mode::Mode;
use crate::mode::concurrent::Concurrent;
use crate::mode::sequential::Sequential;
use crate::mode::threads::Threads;
use crate::offer::{Offer, Prepared};
use crate::session::{Bench, ReadUsage, Sessions};
use crate::versions::versions;

struct Strategy {
    name: &'static str,
    alias: &'static str,
    summary: &'static str,
    conditions: &'static [&'static Condition],
    columns: &'static [ColumnName],
    /// How often the host's name is looked up.
    lookups: &'static str,
    assemble: fn(Ground) -> Box<dyn Bench>,
}

const STRATEGIES: [Strategy; 3] = [
    Strategy {
        name: "ureq/sequential",
        alias: "sequential",
        summary: "a blocking client, one request after another",
        conditions: &[SESSION, POOL, RESUME, WORK],
        columns: &COLUMNS,
        lookups: "looked up for each request",
        assemble: |ground| sequential(ground, Ureq::open),
    },
    Strategy {
        name: "ureq/threads",
        alias: "threads",
        summary: "a blocking client, shared by a pool of threads",
        conditions: &[SESSION, WORKERS, POOL, RESUME, WORK],
        columns: &COLUMNS_WITH_WORKER,
        lookups: "looked up for each request",
        assemble: |ground| threads(ground, Ureq::open),
    },
    Strategy {
        name: "hyper/async",
        alias: "async",
        summary: "an asynchronous client, all requests at once",
        conditions: &[SESSION, CONCURRENCY, POOL, RESUME, RUNTIME, WORK],
        columns: &COLUMNS,
        lookups: "looked up for each connection",
        assemble: |ground| concurrent(ground, Hyper::open),
    },
];

/// All but the worker's.
const COLUMNS: [ColumnName; ColumnName::COUNT - 1] = {
    let mut columns = [ColumnName::Error; ColumnName::COUNT - 1];
    let (mut from, mut to) = (0, 0);
    while from < ColumnName::COUNT {
        if !matches!(ColumnName::ALL[from], ColumnName::Worker) {
            columns[to] = ColumnName::ALL[from];
            to += 1;
        }
        from += 1;
    }
    columns
};

const COLUMNS_WITH_WORKER: [ColumnName; ColumnName::COUNT] = ColumnName::ALL;

fn sequential<C: BlockingClient>(ground: Ground, open: fn(&Ground) -> C) -> Box<dyn Bench> {
    let Settings { session, work, .. } = ground.settings;
    match work {
        Work::Network => bench(session, Sequential::new(move || open(&ground))),
        Work::Sleep(time) => bench(session, Sequential::new(move || Sleeper::new(time))),
    }
}

fn threads<C: BlockingClient>(ground: Ground, open: fn(&Ground) -> C) -> Box<dyn Bench> {
    let Settings { session, work, workers, .. } = ground.settings;
    match work {
        Work::Network => bench(session, Threads::new(move || open(&ground), workers)),
        Work::Sleep(time) => bench(session, Threads::new(move || Sleeper::new(time), workers)),
    }
}

fn concurrent<C: AsyncClient>(ground: Ground, open: fn(&Ground) -> C) -> Box<dyn Bench> {
    let Settings { session, work, runtime, concurrency, .. } = ground.settings;
    match work {
        Work::Network => {
            bench(session, Concurrent::new(move || open(&ground), runtime, concurrency))
        }
        Work::Sleep(time) => {
            bench(session, Concurrent::new(move || Sleeper::new(time), runtime, concurrency))
        }
    }
}

fn bench<M: Mode + 'static>(session: Keeping, mode: M) -> Box<dyn Bench> {
    Box::new(Sessions::new(mode, session))
}

impl Strategy {
    fn spec(&self) -> StrategySpec {
        let client = self.name.split_once('/').map_or(self.name, |(client, _)| client);
        StrategySpec {
            name: self.name.to_owned(),
            alias: Some(self.alias.to_owned()),
            summary: self.summary.to_owned(),
            conditions: self.conditions.iter().map(|condition| condition.spec(client)).collect(),
            columns: self.columns.to_vec(),
        }
    }
}

/// The strategies that the built-in driver offers.
pub fn catalogue() -> Vec<StrategySpec> {
    STRATEGIES.iter().map(Strategy::spec).collect()
}

/// The built-in strategies.
pub(crate) struct BuiltIn;

impl Offer for BuiltIn {
    const DRIVER: &'static str = "batchmark";
    const USAGE: ReadUsage = host::usage::Usage::of_this_process;

    fn versions(&self) -> Vec<ModuleVersion> {
        versions()
    }

    fn strategies(&self) -> Vec<StrategySpec> {
        catalogue()
    }

    fn prepare(&self, preparation: &Preparation) -> Result<Prepared, DriverError> {
        let strategy =
            STRATEGIES.iter().find(|strategy| strategy.name == preparation.strategy).ok_or_else(
                || unknown_strategy(&preparation.strategy, &STRATEGIES.map(|known| known.name)),
            )?;
        let ground = Ground::read(&strategy.spec(), preparation)?;
        let facts = facts(&ground, strategy.lookups);
        Ok(Prepared { bench: (strategy.assemble)(ground), facts })
    }
}

/// Nobody offers a strategy of this name, among those that are `known`.
pub(crate) fn unknown_strategy(name: &str, known: &[&str]) -> DriverError {
    DriverError {
        kind: DriverErrorKind::UnknownStrategy,
        message: format!("no strategy {name:?}: there are {}", known.join(", ")),
    }
}
