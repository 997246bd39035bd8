//! Measures what is missing of an interrupted run: in the order of its seed, behind what it has recorded.

use model::driver_protocol::DriverHello;
use model::index::DriverIndex;
use model::plan::{Plan, PlannedTarget, Resumption};
use model::recording::{ArmFacts, Recording, StopReason, Writer};
use model::secrets::Secrets;
use model::trial::TrialId;
use report::printer::print_message;
use runner::endpoint::Endpoint;
use runner::host_driver::HostDriver;
use runner::process_executor::ProcessExecutor;
use runner::run::RunLoop;
use runner::stopping::failed_pilot;

use super::{Measurer, Prepared, open, progress, socket_recorders};
use crate::catalogue::{Catalogue, HostContext};
use crate::drivers::Drivers;
use crate::hosts::{self, HostArguments, endpoint_process};
use crate::interrupted::{Interrupted, user_code};
use crate::output::Tee;
use crate::planning;
use crate::run_request::{RequestTemplate, RequestedOutput};
use crate::usage::UsageError;

/// How a run went on.
#[derive(Debug)]
pub(crate) enum Resumed {
    /// To its end, or to the next interruption.
    Measured(Box<Recording>),
    /// Not at all: its pilot failed for this reason. Only uncounted trials were added.
    Failed(StopReason),
}

impl Measurer {
    /// Starts what serves the arms of an interrupted run. The targets are those of its plan, with their
    /// secrets.
    ///
    /// # Errors
    /// If something differs from when it began.
    pub(crate) fn prepare_resumed(
        &self,
        interrupted: &Interrupted,
        hosts: &HostArguments,
        targets: Vec<PlannedTarget>,
    ) -> anyhow::Result<Prepared> {
        let Self { groups, private, carried, .. } = self;
        let context = HostContext { carried, private, groups };
        interrupted.check_machine(&runner::environment::gather(env!("CARGO_PKG_VERSION")))?;
        let drivers = start_drivers(interrupted, hosts, context)?;
        let (targets, endpoint) = open_targets(targets, context)?;
        let plan = Plan { targets, ..interrupted.plan.clone() };
        planning::check_files(&plan, host::files::raise_limit())?;
        Ok(Prepared { drivers, plan, endpoint })
    }

    /// Measures the blocks that are missing, appends them to the recording, and reads the whole recording
    /// back.
    ///
    /// # Errors
    /// If the recording cannot be written, a driver states other facts than before, or the run fails.
    pub(crate) fn measure_resumed(
        &self,
        interrupted: &Interrupted,
        prepared: Prepared,
        recording: Tee,
        output: ResumedOutput<'_>,
    ) -> anyhow::Result<Resumed> {
        let Prepared { drivers, plan, endpoint } = prepared;
        let commands = drivers.commands();
        let sockets =
            if plan.sockets { socket_recorders(&self.private, &self.memory)? } else { None };
        let mut writer = Writer::new(recording).hiding(output.secrets.clone());
        let mut progress = progress(output.requested, &self.interrupt)?;
        let recorded = interrupted.recorded.clone();
        let mut executor = ProcessExecutor::new(plan.clone(), &commands, endpoint, &self.groups)
            .with_sockets(sockets)
            .with_processes_before(recorded.processes());
        let mut run = RunLoop::begin(&mut executor, &mut writer, &mut progress, &self.interrupt)
            .resuming(recorded);
        // The trials that warm the new processes up show whether the target answers.
        let pilot = run.pilot(&Plan { pilot_trials: 1, ..plan.clone() })?;
        if let Some(reason) = failed_pilot(pilot.outcome()) {
            return Ok(Resumed::Failed(reason));
        }
        if let Err(refusal) = check_facts(interrupted, &run.facts()) {
            drop(executor);
            // What the drivers state now must not be what the next attempt is compared with.
            writer.into_sink().cut_to(interrupted.length())?;
            return Err(refusal.into());
        }
        run.blocks(&resumed_plan(interrupted, plan), &pilot)?;
        drop(executor);
        let recording = Recording::read(writer.into_sink().memory())?;
        Ok(Resumed::Measured(Box::new(recording)))
    }
}

/// What a resumed run hides and prints.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ResumedOutput<'a> {
    /// What no line of the recording contains.
    pub(crate) secrets: &'a Secrets,
    /// What was requested.
    pub(crate) requested: &'a RequestedOutput,
}

/// The plan with the place at which the run goes on.
fn resumed_plan(interrupted: &Interrupted, mut plan: Plan) -> Plan {
    let recorded = &interrupted.recorded;
    plan.resumed.push(Resumption {
        at: humantime::format_rfc3339_seconds(host::clock::wall()).to_string(),
        first_trial: TrialId(recorded.next_trial()),
        block: recorded.whole_blocks(),
        spent: recorded.spent(),
    });
    plan
}

/// Starts the drivers, in the order of the recording.
fn start_drivers(
    interrupted: &Interrupted,
    arguments: &HostArguments,
    context: HostContext<'_>,
) -> Result<Drivers, UsageError> {
    let hosts = hosts::all(arguments)?;
    let plan = &interrupted.plan;
    let names: Vec<&str> = plan.arms.iter().map(|arm| arm.strategy.as_str()).collect();
    let catalogue = Catalogue::start_named(&hosts, &names, context)?;
    let recorded = interrupted.recording.header.drivers.iter().enumerate();
    let drivers: Result<Vec<HostDriver>, UsageError> = recorded
        .map(|(index, hello)| find_driver(interrupted, DriverIndex(index), hello, &catalogue))
        .collect();
    Ok(Drivers::ordered(drivers?))
}

/// The driver that offers what a recorded one did, in the same versions.
fn find_driver(
    interrupted: &Interrupted,
    index: DriverIndex,
    recorded: &DriverHello,
    catalogue: &Catalogue,
) -> Result<HostDriver, UsageError> {
    let arms = interrupted.plan.arms.iter().filter(|arm| arm.driver == index);
    let names: Vec<&str> = arms.map(|arm| arm.strategy.as_str()).collect();
    let offers = |driver: &&HostDriver, name: &str| {
        driver.hello.strategies.iter().any(|spec| spec.name == name)
    };
    let found = catalogue.drivers.iter().find(|driver| {
        driver.hello.driver == recorded.driver && names.iter().all(|name| offers(driver, name))
    });
    let Some(found) = found else {
        let name = names.first().copied().unwrap_or(recorded.driver.as_str());
        return Err(interrupted.refusal(&format!(
            "{name} is not offered here: give --own, --command, --python, --node, --go and --java as when it began"
        )));
    };
    interrupted.check_versions(recorded, &found.hello)?;
    Ok(found.clone())
}

/// The targets as they are reached now: the embedded endpoint has other ports.
fn open_targets(
    targets: Vec<PlannedTarget>,
    context: HostContext<'_>,
) -> anyhow::Result<(Vec<PlannedTarget>, Option<Endpoint>)> {
    if targets.iter().all(|planned| planned.link.is_none()) {
        return Ok((targets, None));
    }
    let command = endpoint_process(context.private)?;
    let mut endpoint = Endpoint::start(&command, context.groups)?;
    let mut opened = Vec::new();
    for planned in targets {
        let Some(link) = &planned.link else {
            opened.push(planned);
            continue;
        };
        let largest = u32::try_from(planned.target.requests.len()).unwrap_or(u32::MAX);
        let template = RequestTemplate::of_target(&planned.target);
        opened.push(open(link, &mut endpoint, largest, &template)?);
    }
    Ok((opened, Some(endpoint)))
}

/// Refuses drivers that state other facts about an arm than before, such as another library of TLS.
fn check_facts(interrupted: &Interrupted, now: &[ArmFacts]) -> Result<(), UsageError> {
    for ArmFacts { arm, facts: now } in now {
        let then = interrupted.recorded.facts().get(arm);
        let Some(then) = then.filter(|then| *then != now) else { continue };
        user_code::check_imports(interrupted, arm, then, now)?;
        let changed = then.iter().find(|(name, value)| now.get(*name) != Some(value));
        let (name, value) = changed.map_or(("a fact", ""), |(name, value)| (name, value));
        let now = now.get(name).map_or("not stated", String::as_str);
        let reason = format!("{name} of {arm} was {value:?} and is {now:?}");
        return Err(interrupted.refusal(&reason));
    }
    Ok(())
}

/// Says that a run goes on.
pub(crate) fn announce(interrupted: &Interrupted) {
    let blocks = interrupted.recorded.whole_blocks();
    let blocks = words::list::counted(blocks as usize, "whole block");
    print_message(&format!("going on behind {blocks} of the recording"));
}
