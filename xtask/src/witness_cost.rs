//! What the socket witness costs the strategies, without a link and behind the default link. The goals:
//! at most 1% of a batch of 16, and 0.2 µs for an event. The cost of a batch also holds what leaves no event:
//! loading the library, opening a connection, a look at a free lock.
//!
//! ```text
//! cargo xtask host-trace-cost --witness socket [STRATEGY]...
//! ```

use std::cell::Cell;
use std::path::Path;
use std::rc::Rc;

use anyhow::{Result, anyhow, ensure};
use batchmark::hosts::{Carried, HostName};
use model::driver_protocol::Preparation;
use model::link::Link;
use model::plan::PlannedTarget;
use model::strategy::StrategySpec;
use runner::command::ProcessCommand;
use runner::driver::Driver;
use runner::process_groups::ProcessGroups;
use socket_witness::{Library, Recorder};
use stats::quantity::{LogRatio, Seconds};

use crate::driver_process::DriverProcess;
use crate::event_cost;
use crate::harness::{conditions, driver_command, open, start_endpoint};
use crate::hosts;
use crate::process_pairs::{FetchProcess, PairComparison, SampleSize};

const BATCH: u32 = 16;
const SAMPLE_SIZE: SampleSize = SampleSize { processes: 20, settling: 4, blocks: 12 };

/// Measures the named strategies, or all, and prints the ratios.
pub(crate) fn measure(named: &[String]) -> Result<()> {
    let groups = ProcessGroups::default();
    let mut endpoint = start_endpoint(&groups)?;
    let folder = tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir())?;
    let library = Library::write_to(folder.path())
        .map_err(|reason| anyhow!("the library of the socket witness is missing: {reason:?}"))?;
    println!("{}", event_cost::row(&library, folder.path())?);
    let carried = Carried::default();
    let mut measured = 0;
    for rtt in [Link::default().rtt, model::time::Span::ZERO] {
        let link = Link { rtt, ..Link::default() };
        let planned = open(&mut endpoint, &link, BATCH)?;
        println!(
            "batches of {BATCH}, {link}; {SAMPLE_SIZE}: ms with the socket witness, without it, what it \
             costs, and µs of the batch for each event"
        );
        for driver in drivers(&carried)? {
            for spec in Driver::start(&driver, &groups)?.hello().strategies.clone() {
                // What speaks nothing but HTTP/3 has no socket that the witness sees, and the endpoint none of it here.
                let is_seen = spec.only_http.is_none();
                if is_seen && (named.is_empty() || named.contains(&spec.name)) {
                    let cost = WitnessCost {
                        driver: &driver,
                        spec: &spec,
                        planned: &planned,
                        groups: &groups,
                        library: &library,
                        folder: folder.path(),
                    };
                    println!("{}", cost.row()?);
                    measured += 1;
                }
            }
        }
    }
    ensure!(measured > 0, "no driver offers {} on this machine", named.join(" or "));
    Ok(())
}

/// The built-in driver, and those of the languages that are there.
fn drivers(carried: &Carried) -> Result<Vec<ProcessCommand>> {
    let hosts = [HostName::Python, HostName::Node];
    let found = hosts.into_iter().filter_map(|host| hosts::driver_command(host, carried).ok());
    Ok([driver_command()?].into_iter().chain(found).collect())
}

/// A strategy whose batches are compared with and without the socket witness.
struct WitnessCost<'a> {
    driver: &'a ProcessCommand,
    spec: &'a StrategySpec,
    planned: &'a PlannedTarget,
    groups: &'a ProcessGroups,
    library: &'a Library,
    folder: &'a Path,
}

/// One side of a comparison, and the events of all its batches so far. Both sides read a ring before each
/// batch, so that what the reading does to the caches of the machine is no difference.
#[derive(Debug)]
struct Side {
    library: Loading,
    events: Cell<u64>,
    batches: Cell<u64>,
    processes: Cell<u64>,
}

/// Whether the processes of a side load the library.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Loading {
    Loaded,
    Absent,
}

impl Side {
    fn new(library: Loading) -> Rc<Self> {
        let zero = || Cell::new(0);
        Rc::new(Self { library, events: zero(), batches: zero(), processes: zero() })
    }
}

impl WitnessCost<'_> {
    /// A line with the cost in percent and for each event, each with its 95% interval.
    fn row(&self) -> Result<String> {
        let [witnessed, bare] = [Side::new(Loading::Loaded), Side::new(Loading::Absent)];
        let on = || self.start(&witnessed);
        let off = || self.start(&bare);
        let comparison = SAMPLE_SIZE.compare([&on, &off])?;
        let PairComparison { medians: [on, off], estimate, interval } = comparison;
        let share = |log_ratio: LogRatio| log_ratio.ratio().value() - 1.0;
        let per_batch = witnessed.events.get() as f64 / witnessed.batches.get().max(1) as f64;
        let each = |log_ratio: LogRatio| share(log_ratio) * off * 1e3 / per_batch;
        Ok(format!(
            "  {:<27} {on:>7.2}  {off:>7.2}  {:+.2}%  [{:+.2}, {:+.2}]  {:+.3} µs  [{:+.3}, {:+.3}]  \
             {per_batch:.0} events",
            self.spec.name,
            100.0 * share(estimate),
            100.0 * share(interval.low),
            100.0 * share(interval.high),
            each(estimate),
            each(interval.low),
            each(interval.high),
        ))
    }

    fn start(&self, side: &Rc<Side>) -> Result<Box<dyn FetchProcess>> {
        let preparation = Preparation {
            strategy: self.spec.name.clone(),
            conditions: conditions(self.spec, "cold"),
            target: self.planned.target.clone(),
            trace: true,
        };
        let number = side.processes.replace(side.processes.get() + 1);
        let name = format!("{:?}-{number}", side.library);
        let recorder = Recorder::create(self.library, self.folder, &name, number)?;
        let mut driver = self.driver.clone();
        if side.library == Loading::Loaded {
            driver.variables.extend_from_slice(recorder.variables());
        }
        let process = DriverProcess::start(&driver, preparation, BATCH, self.groups)?;
        Ok(Box::new(RecordedProcess { process, recorder, side: Rc::clone(side) }))
    }
}

/// A driver process with a recorder. What was recorded is read between its batches.
struct RecordedProcess {
    process: DriverProcess,
    recorder: Recorder,
    side: Rc<Side>,
}

impl FetchProcess for RecordedProcess {
    fn fetch_batch(&mut self) -> Result<Seconds> {
        self.recorder.before_trial()?;
        let before = self.recorder.recorded()?;
        let time = self.process.fetch_batch()?;
        let events = self.recorder.recorded()? - before;
        self.side.events.set(self.side.events.get() + events);
        self.side.batches.set(self.side.batches.get() + 1);
        Ok(time)
    }
}
