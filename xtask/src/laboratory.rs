//! What the benchmarks of whole batches share: the endpoint and the drivers in processes of their
//! own, started from this very program, as a measurement starts them.

use anyhow::Result;
use model::arm::Arm;
use model::environment::Environment;
use model::link::Link;
use model::plan::{Plan, PlannedTarget, StopRule};
use model::recording::{Header, Line, Recording, SCHEMA, Writer};
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
use runner::run::Run;

use crate::program;

/// The command of a driver.
pub(crate) fn driver_command() -> Result<ProcessCommand> {
    this_program(program::DRIVER)
}

/// Starts the endpoint.
pub(crate) fn start_endpoint(groups: &ProcessGroups) -> Result<Endpoint> {
    Ok(Endpoint::start(&this_program(program::ENDPOINT)?, groups)?)
}

fn this_program(chore: &str) -> Result<ProcessCommand> {
    Ok(ProcessCommand::new(program::own_file()?, &[chore]))
}

/// Opens a listener behind a link, and plans to fetch its first todos.
pub(crate) fn open(endpoint: &mut Endpoint, link: &Link, requests: u32) -> Result<PlannedTarget> {
    let port = endpoint.listen(link)?;
    let scheme = if link.tls { "https" } else { "http" };
    let request = |number| Request {
        method: "GET".to_owned(),
        url: format!("{scheme}://127.0.0.1:{port}/todos/{number}"),
        body: None,
    };
    let target = Target {
        requests: (1..=requests).map(request).collect(),
        headers: Vec::new(),
        trust: Trust::Added { path: endpoint.ca_certificate().to_owned() },
        checks: Checks { statuses: vec![200], min_bytes: 3 },
        time_limit: Span::from_secs(30),
    };
    Ok(PlannedTarget { link: Some(link.clone()), target })
}

/// The built-in strategies, as their driver offers them.
pub(crate) fn strategies(groups: &ProcessGroups) -> Result<Vec<StrategySpec>> {
    Ok(Driver::start(&driver_command()?, groups)?.hello().strategies.clone())
}

/// Every condition of a strategy, with its session as given and the rest as it is by default.
pub(crate) fn conditions(spec: &StrategySpec, session: &str) -> Conditions {
    let given = Conditions::from([("session".to_owned(), session.to_owned())]);
    spec.complete(&given)
}

/// A plan that measures these arms in so many blocks, the first of them as the baseline.
pub(crate) fn plan(arms: Vec<Arm>, target: PlannedTarget, blocks: u32) -> Plan {
    let baseline = arms[0].label.clone();
    let plan = Plan::of(1, vec![target], arms, baseline, StopRule::Blocks { blocks });
    Plan { pilot_trials: 2, ..plan }
}

/// Runs a plan whose drivers are all this program's, and gives its recording. Processes are renewed
/// as in a measurement.
pub(crate) fn record(plan: &Plan, endpoint: Endpoint, groups: &ProcessGroups) -> Result<Recording> {
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&mut bytes);
    writer.append(&Line::Header(Box::new(Header {
        schema: SCHEMA.to_owned(),
        started_at: String::new(),
        environment: Environment::default(),
        drivers: Vec::new(),
    })))?;
    let drivers = [driver_command()?];
    let mut executor = ProcessExecutor::new(plan.clone(), &drivers, Some(endpoint), groups);
    let interrupt = Interrupt::default();
    let mut unwatched = Unwatched;
    let mut run = Run::begin(&mut executor, &mut writer, &mut unwatched, &interrupt);
    let pilot = run.pilot(plan)?;
    let plan = Plan { renew_every: pilot.renewal(plan), ..plan.clone() };
    run.blocks(&plan, &pilot)?;
    Ok(Recording::read(bytes.as_slice())?)
}

/// Nobody watches.
struct Unwatched;

impl Watch for Unwatched {
    fn notice(&mut self, _: &Event<'_>) {}
}
