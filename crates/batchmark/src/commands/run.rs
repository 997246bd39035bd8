//! `batchmark run`: measure, record, report.

use std::fs::File;

use design::Scope;
use model::driver_protocol::DriverHello;
use model::link::Link;
use model::plan::{Plan, PlannedTarget};
use model::recording::{Header, Line, Recording, SCHEMA, Writer};
use model::target::Trust;
use report::printer::say;
use report::progress::Progress;
use runner::endpoint::Endpoint;
use runner::interrupt::Interrupt;
use runner::pilot::Pilot;
use runner::process_executor::ProcessExecutor;
use runner::process_groups::ProcessGroups;
use runner::run::Run;
use runner::stopping::failed_pilot;

use crate::arguments::{RequestArguments, RunArguments};
use crate::catalogue::{Catalogue, Place};
use crate::choice::{Choice, choose};
use crate::exit::Exit;
use crate::hosts::{self, Carried, endpoint_process};
use crate::output::{JsonOutput, Tee, create, create_last_recording};
use crate::private_folder::PrivateFolder;
use crate::strategy_grammar::{TypedStrategy, parse};
use crate::usage::UsageError;
use crate::{planning, urls};

/// The strategies where none are named: the three ways of the question that this program began
/// with.
const STRATEGIES: &str = "sequential,threads,async";

/// Measures what was asked for and prints what it shows.
///
/// # Errors
/// When what was typed cannot be done, or the run breaks off.
pub fn run(arguments: &RunArguments) -> anyhow::Result<Exit> {
    let groups = ProcessGroups::default();
    let interrupt = Interrupt::default();
    let private = PrivateFolder::default();
    crate::interrupt::end_run(&interrupt, &groups, private.remover())?;
    let carried = Carried::to(private.clone());
    let place = Place { carried: &carried, private: &private, groups: &groups };
    let Prepared { catalogue, plan, endpoint } = prepare(arguments, place)?;
    planning::check_files(&plan, host::files::raise_limit())?;
    let json = JsonOutput::open(arguments.json.as_deref())?;
    let mut writer = Writer::new(Tee::new(recording_file(arguments)?));
    writer.append(&Line::Header(Box::new(header(&catalogue))))?;
    let mut progress = if arguments.quiet { Progress::quiet() } else { Progress::on_stderr() };
    let drivers = catalogue.commands();
    let mut executor = ProcessExecutor::new(plan.clone(), &drivers, endpoint, &groups);
    let mut run = Run::begin(&mut executor, &mut writer, &mut progress, &interrupt);
    let pilot = run.pilot(&plan)?;
    let plan = complete(plan, &pilot, arguments, &catalogue.hellos(), run.executor())?;
    run.blocks(&plan, &pilot)?;
    drop(executor);
    super::report::show(&Recording::read(writer.into_sink().memory())?, json)
}

/// Completes a plan whose pilot has shown that there is something to measure: adds the controls and
/// the experiments, and says how often processes are renewed.
fn complete(
    plan: Plan,
    pilot: &Pilot,
    arguments: &RunArguments,
    drivers: &[DriverHello],
    executor: &mut ProcessExecutor<'_>,
) -> anyhow::Result<Plan> {
    if failed_pilot(pilot.outcome()).is_some() {
        return Ok(plan);
    }
    let scope = Scope { controls: !arguments.no_controls, experiments: arguments.why };
    let additions = design::additions(&plan, pilot.trials(), drivers, scope);
    let most = plan.arms.iter().map(|arm| arm.batch_size.0).max().unwrap_or_default();
    let plan = additions.add_to(plan, |link| match executor.endpoint() {
        Some(endpoint) => own_target(link, endpoint, most, &arguments.request),
        None => anyhow::bail!("only the embedded endpoint has a link"),
    })?;
    let plan = Plan { renew_every: pilot.renewal(&plan), ..plan };
    executor.extend(plan.clone());
    Ok(plan)
}

/// What is fixed before the first trial.
struct Prepared {
    /// The drivers that take part.
    catalogue: Catalogue,
    plan: Plan,
    endpoint: Option<Endpoint>,
}

fn prepare(arguments: &RunArguments, place: Place<'_>) -> anyhow::Result<Prepared> {
    let (typed, catalogue) = typed_strategies(arguments, place)?;
    match urls::urls(arguments)? {
        Some(urls) => {
            if let Some(link) = &arguments.link {
                return Err(UsageError::LinkWithUrls(format!("--link {link}")).into());
            }
            let mut choices = choose(&typed, &catalogue, None)?;
            let catalogue = catalogue.only(choices.iter_mut().map(|choice| &mut choice.driver));
            let requests = urls::requests(&urls, &arguments.request)?;
            let trust = planning::trust(&arguments.request)?;
            let target = planning::target(requests, trust, &arguments.request)?;
            let sizes = planning::batch_sizes(&arguments.batch_sizes, Some(urls.len()))?;
            let targets = vec![PlannedTarget { link: None, target }];
            let plan = planning::plan(arguments, &choices, &sizes, targets)?;
            Ok(Prepared { catalogue, plan, endpoint: None })
        }
        None => {
            let link = arguments.link.clone().unwrap_or_default();
            let mut choices = choose(&typed, &catalogue, Some(&link))?;
            let catalogue = catalogue.only(choices.iter_mut().map(|choice| &mut choice.driver));
            let (plan, endpoint) = prepare_own(arguments, &choices, place)?;
            Ok(Prepared { catalogue, plan, endpoint: Some(endpoint) })
        }
    }
}

/// The strategies that were typed, and the catalogue in which they are to be found; where none
/// were, the usual ones and all that was brought along.
fn typed_strategies(
    arguments: &RunArguments,
    place: Place<'_>,
) -> Result<(Vec<TypedStrategy>, Catalogue), UsageError> {
    let hosts = hosts::all(&arguments.hosts)?;
    let texts = &arguments.strategies;
    let usual = [STRATEGIES.to_owned()];
    let texts = if texts.is_empty() { usual.as_slice() } else { texts };
    let lists: Result<Vec<_>, _> = texts.iter().map(|text| parse(text)).collect();
    let mut typed = lists?.concat();
    let names: Vec<&str> = typed.iter().map(|strategy| strategy.name.as_str()).collect();
    let mut catalogue = Catalogue::of_names(&hosts, &names, place)?;
    if arguments.strategies.is_empty() {
        let brought = catalogue.add_brought(&hosts, place)?;
        typed.extend(brought.into_iter().map(TypedStrategy::bare));
    }
    Ok((typed, catalogue))
}

/// Prepares a run on the embedded endpoint: a listener for every link that a choice names.
fn prepare_own(
    arguments: &RunArguments,
    choices: &[Choice],
    place: Place<'_>,
) -> anyhow::Result<(Plan, Endpoint)> {
    let sizes = planning::batch_sizes(&arguments.batch_sizes, None)?;
    let most = sizes.iter().map(|size| size.0).max().unwrap_or_default();
    let command = endpoint_process(place.private)?;
    let mut endpoint = Endpoint::start(&command, place.groups)?;
    let mut targets: Vec<PlannedTarget> = Vec::new();
    for link in choices.iter().filter_map(|choice| choice.link.as_ref()) {
        if targets.iter().any(|planned| planned.link.as_ref() == Some(link)) {
            continue;
        }
        targets.push(own_target(link, &mut endpoint, most, &arguments.request)?);
    }
    let plan = planning::plan(arguments, choices, &sizes, targets)?;
    Ok((plan, endpoint))
}

/// Opens a listener behind a link, and plans to fetch the first todos from it.
fn own_target(
    link: &Link,
    endpoint: &mut Endpoint,
    most: u32,
    arguments: &RequestArguments,
) -> anyhow::Result<PlannedTarget> {
    let port = endpoint.listen(link)?;
    let requests = urls::requests(&own_urls(link, port, most), arguments)?;
    let trust = Trust::Added { path: endpoint.ca_certificate().to_owned() };
    let target = planning::target(requests, trust, arguments)?;
    Ok(PlannedTarget { link: Some(link.clone()), target })
}

/// The todos of the embedded endpoint, as many as the largest batch needs.
fn own_urls(link: &Link, port: u16, most: u32) -> Vec<String> {
    let scheme = if link.tls { "https" } else { "http" };
    (1..=most).map(|number| format!("{scheme}://127.0.0.1:{port}/todos/{number}")).collect()
}

/// The file of the recording: the one that was named, else the last one's place, else one that is
/// forgotten, which is said.
fn recording_file(arguments: &RunArguments) -> anyhow::Result<File> {
    if let Some(path) = &arguments.save {
        return Ok(create(path)?);
    }
    match create_last_recording() {
        Ok(file) => Ok(file),
        Err(error) => {
            say(&format!("the recording is not kept: {error}; name a file with --save"));
            Ok(tempfile::tempfile()?)
        }
    }
}

fn header(catalogue: &Catalogue) -> Header {
    let environment = runner::environment::gather(env!("CARGO_PKG_VERSION"));
    if !environment.ignored_proxies.is_empty() {
        let names = environment.ignored_proxies.join(", ");
        say(&format!("no proxy is used, though the environment sets {names}"));
    }
    Header {
        schema: SCHEMA.to_owned(),
        started_at: humantime::format_rfc3339_seconds(host::clock::wall()).to_string(),
        environment,
        drivers: catalogue.hellos(),
    }
}
