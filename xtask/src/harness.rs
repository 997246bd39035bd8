//! Runs plans against the embedded endpoint, for the tasks that measure whole batches. As in a real
//! measurement, endpoint and drivers are separate processes, started from this program.

use std::io::Write;

use anyhow::Result;
use model::arm::Arm;
use model::environment::Environment;
use model::http_version::HttpVersion;
use model::link::Link;
use model::plan::{Plan, PlannedTarget, StopRule};
use model::recording::{Recording, RecordingHeader, RecordingLine, SCHEMA, Writer};
use model::strategy::{Conditions, StrategySpec};
use model::target::{Checks, Request, Target, Trust};
use model::time::Span;
use runner::command::ProcessCommand;
use runner::driver::Driver;
use runner::endpoint::Endpoint;
use runner::event::{Event, Watch};
use runner::interrupt::Interrupt;
use runner::process_executor::ProcessExecutor;
use runner::process_groups::ProcessGroups;
use runner::run::RunLoop;

use crate::program;

/// The command of the built-in driver.
pub(crate) fn driver_command() -> Result<ProcessCommand> {
    this_program(program::DRIVER)
}

/// Starts the endpoint.
pub(crate) fn start_endpoint(groups: &ProcessGroups) -> Result<Endpoint> {
    Ok(Endpoint::start(&this_program(program::ENDPOINT)?, groups)?)
}

fn this_program(task: &str) -> Result<ProcessCommand> {
    Ok(ProcessCommand::new(program::own_file()?, &[task]))
}

/// Opens a listener behind a link, and returns a target of its first todos.
pub(crate) fn open(endpoint: &mut Endpoint, link: &Link, requests: u32) -> Result<PlannedTarget> {
    let port = endpoint.listen(link)?;
    let scheme = if link.tls { "https" } else { "http" };
    let request = |number| Request {
        method: "GET".to_owned(),
        url: format!("{scheme}://127.0.0.1:{port}/todos/{number}"),
        body: None,
    };
    let target = Target {
        userinfo: None,
        requests: (1..=requests).map(request).collect(),
        headers: Vec::new(),
        trust: Trust::Added { path: endpoint.ca_certificate().to_owned() },
        checks: Checks { statuses: vec![200], min_bytes: 3 },
        time_limit: Span::from_secs(30),
    };
    Ok(PlannedTarget { link: Some(link.clone()), target })
}

/// The built-in strategies that speak HTTP/1.1.
pub(crate) fn strategies(groups: &ProcessGroups) -> Result<Vec<StrategySpec>> {
    speaking_only(None, groups)
}

/// The built-in strategies that speak no version of HTTP but this one; those that speak HTTP/1.1 for none.
pub(crate) fn speaking_only(
    version: Option<HttpVersion>,
    groups: &ProcessGroups,
) -> Result<Vec<StrategySpec>> {
    let driver = Driver::start(&driver_command()?, groups)?;
    let specs = driver.hello().strategies.iter().filter(|spec| spec.only_http == version);
    Ok(specs.cloned().collect())
}

/// The conditions of a strategy with this session; the others have their defaults.
pub(crate) fn conditions(spec: &StrategySpec, session: &str) -> Conditions {
    let given = Conditions::from([("session".to_owned(), session.to_owned())]);
    spec.complete(&given)
}

/// A plan that measures these arms in this number of blocks. The first arm is the baseline.
pub(crate) fn plan(arms: Vec<Arm>, target: PlannedTarget, blocks: u32) -> Plan {
    let baseline = arms[0].label.clone();
    let plan = Plan::new(1, vec![target], arms, baseline, StopRule::Blocks { blocks });
    Plan { pilot_trials: 2, ..plan }
}

/// Runs a plan of built-in strategies and returns its recording. Processes are renewed as in a
/// measurement.
pub(crate) fn record(plan: &Plan, endpoint: Endpoint, groups: &ProcessGroups) -> Result<Recording> {
    let mut bytes = Vec::new();
    record_to(&mut bytes, plan, endpoint, groups)?;
    Ok(Recording::read(bytes.as_slice())?)
}

/// Runs a plan of built-in strategies and writes its recording. Returns the peak of the endpoint's memory.
pub(crate) fn record_to(
    sink: impl Write,
    plan: &Plan,
    endpoint: Endpoint,
    groups: &ProcessGroups,
) -> Result<Option<u64>> {
    let mut writer = Writer::new(sink);
    writer.append(RecordingLine::Header(Box::new(RecordingHeader {
        schema: SCHEMA.to_owned(),
        started_at: String::new(),
        environment: Environment::default(),
        drivers: Vec::new(),
        clock: None,
    })))?;
    let drivers = [driver_command()?];
    let mut executor = ProcessExecutor::new(plan.clone(), &drivers, Some(endpoint), groups);
    let interrupt = Interrupt::default();
    let mut unwatched = Unwatched;
    let mut run = RunLoop::begin(&mut executor, &mut writer, &mut unwatched, &interrupt);
    let mut pilot = run.pilot(plan)?;
    drop(pilot.take_trials());
    let plan = Plan { renew_every: pilot.renewal(plan), ..plan.clone() };
    run.blocks(&plan, &pilot)?;
    Ok(executor.endpoint().and_then(|it| host::usage::peak_memory_of(it.process_id())))
}

/// A run without a display.
struct Unwatched;

impl Watch for Unwatched {
    fn notice(&mut self, _: &Event<'_>) {}
}
