//! Measures a request: chooses the arms, starts what serves them, runs the plan and records it. Prints
//! only messages.

mod resuming;

use std::fs::File;

use explain::caveats::{HeadersNotSent, Reason};
use model::link::Link;
use model::plan::{LeftOut, Plan, PlannedTarget};
use model::recording::{Recording, RecordingHeader, RecordingLine, SCHEMA, Writer};
use model::secrets::Secrets;
use model::target::Trust;
use report::printer::print_message;
use report::progress::Progress;
use runner::endpoint::Endpoint;
use runner::interrupt::Interrupt;
use runner::pilot::Pilot;
use runner::process_executor::ProcessExecutor;
use runner::process_groups::ProcessGroups;
use runner::run::RunLoop;
use runner::socket_recorders::SocketRecorders;
use runner::stopping::failed_pilot;
use socket_witness::{Library, NoLibrary};

use crate::catalogue::{Catalogue, HostContext};
use crate::drivers::Drivers;
use crate::hosts::{self, BadHost, Carried, endpoint_process};
use crate::output::Tee;
use crate::planning;
use crate::private_folder::PrivateFolder;
use crate::requested_arms::{Selection, choose};
use crate::run_request::{RequestTemplate, RequestedOutput, RequestedServer, RunRequest};
use crate::strategy_grammar::TypedStrategy;
use crate::usage::UsageError;
use crate::user_check;

pub(crate) use resuming::{Resumed, ResumedOutput, announce};

/// The strategies if none are named.
pub(crate) const STRATEGIES: [&str; 3] = ["sequential", "threads", "async"];

/// What measures: the processes that it starts end with it, and on Ctrl-C.
#[derive(Debug)]
pub struct Measurer {
    groups: ProcessGroups,
    interrupt: Interrupt,
    private: PrivateFolder,
    memory: PrivateFolder,
    carried: Carried,
}

impl Measurer {
    /// Begins to listen for Ctrl-C.
    ///
    /// # Errors
    /// If the signals cannot be caught.
    pub fn new() -> anyhow::Result<Self> {
        let groups = ProcessGroups::default();
        let interrupt = Interrupt::default();
        let private = PrivateFolder::default();
        let memory = PrivateFolder::in_memory();
        let (remove, remove_memory) = (private.remover(), memory.remover());
        crate::interrupt::end_run(&interrupt, &groups, move || {
            remove();
            remove_memory();
            report::watch::restore();
        })?;
        let carried = Carried::to(private.clone());
        Ok(Self { groups, interrupt, private, memory, carried })
    }

    /// Chooses the arms, and starts what serves them.
    ///
    /// # Errors
    /// If the request cannot be carried out.
    pub fn prepare(&self, request: &RunRequest) -> anyhow::Result<Prepared> {
        let Self { groups, private, carried, .. } = self;
        let prepared = prepare(request, HostContext { carried, private, groups })?;
        planning::check_files(&prepared.plan, host::files::raise_limit())?;
        Ok(prepared)
    }

    /// Checks that every strategy is there and takes its conditions.
    ///
    /// # Errors
    /// If that is not so.
    pub fn check(&self, request: &RunRequest) -> Result<(), UsageError> {
        let Self { groups, private, carried, .. } = self;
        select(request, HostContext { carried, private, groups }).map(drop)
    }

    /// Measures what was prepared, records it to `file` without the secrets, and reads it back.
    ///
    /// # Errors
    /// If the run fails.
    pub fn measure(
        &self,
        request: &RunRequest,
        prepared: Prepared,
        file: File,
        secrets: &Secrets,
    ) -> anyhow::Result<Recording> {
        let Prepared { drivers, plan, endpoint } = prepared;
        let mut writer = Writer::new(Tee::new(file)).hiding(secrets.clone());
        let header = header(&drivers);
        writer.append(RecordingLine::Header(Box::new(header.clone())))?;
        let mut progress = progress(&request.output, &self.interrupt)?;
        let commands = drivers.commands();
        let sockets =
            if request.sockets { socket_recorders(&self.private, &self.memory)? } else { None };
        let plan = Plan { sockets: sockets.is_some(), sampling: request.sampling, ..plan };
        let mut executor = ProcessExecutor::new(plan.clone(), &commands, endpoint, &self.groups)
            .with_sockets(sockets);
        let mut run = RunLoop::begin(&mut executor, &mut writer, &mut progress, &self.interrupt);
        let mut pilot = run.pilot(&plan)?;
        let piloted = Recording {
            header,
            facts: run.facts(),
            plan: Some(plan.clone()),
            trials: pilot.take_trials(),
            closing: None,
            truncated: false,
        };
        let plan = complete(plan, &pilot, request, &piloted, run.executor())?;
        drop(piloted);
        run.blocks(&plan, &pilot)?;
        drop(executor);
        Ok(Recording::read(writer.into_sink().memory())?)
    }
}

/// What shows the run while it goes on.
fn progress(output: &RequestedOutput, interrupt: &Interrupt) -> anyhow::Result<Progress> {
    Ok(if output.watch {
        Progress::live(interrupt).map_err(UsageError::NoScreen)?
    } else if output.quiet {
        Progress::quiet()
    } else {
        Progress::on_stderr()
    })
}

/// What records the clients' system calls. None where the system cannot preload a library.
fn socket_recorders(
    private: &PrivateFolder,
    memory: &PrivateFolder,
) -> anyhow::Result<Option<SocketRecorders>> {
    match Library::write_to(&private.path()?) {
        Ok(library) => Ok(Some(SocketRecorders::new(library, memory.path()?))),
        Err(NoLibrary::NotBuilt) => Ok(None),
        Err(NoLibrary::Io(error)) => Err(error.into()),
    }
}

/// Completes the plan of what is recorded so far, if the pilot succeeded: adds controls and experiments,
/// and sets how often processes are renewed.
fn complete(
    plan: Plan,
    pilot: &Pilot,
    request: &RunRequest,
    piloted: &Recording,
    executor: &mut ProcessExecutor<'_>,
) -> anyhow::Result<Plan> {
    if failed_pilot(pilot.outcome()).is_some() {
        return Ok(plan);
    }
    let additions = design::additions(piloted, request.scope);
    let plan = additions.add_to(plan, |link| match executor.endpoint() {
        Some(endpoint) => open(link, endpoint, request.largest_batch(), &request.template),
        None => anyhow::bail!("only the embedded endpoint has a link"),
    })?;
    let plan = Plan { renew_every: pilot.renewal(&plan), ..plan };
    executor.extend(plan.clone());
    Ok(plan)
}

/// What is fixed before the first trial.
#[derive(Debug)]
pub struct Prepared {
    drivers: Drivers,
    plan: Plan,
    endpoint: Option<Endpoint>,
}

impl Prepared {
    /// The plan before the pilot completes it.
    pub const fn plan(&self) -> &Plan {
        &self.plan
    }
}

fn prepare(request: &RunRequest, context: HostContext<'_>) -> anyhow::Result<Prepared> {
    let (mut selection, catalogue) = select(request, context)?;
    let Opened { targets, endpoint } = open_targets(&selection, request, context)?;
    let check = user_check::check(&selection.arms, &catalogue.drivers, &targets, context.groups);
    let left_out = [catalogue.unusable, check.left_out].concat();
    selection.leave_out(&left_out, request.unusable)?;
    if !check.without_headers.is_empty() && !request.output.quiet {
        let found = HeadersNotSent { labels: check.without_headers };
        let sentence = words::caveats::reason_sentence(&Reason::from(found));
        print_message(&format!("caveat: {sentence}"));
    }
    let is_used = |host: &str| selection.arms.iter().any(|arm| arm.host == host);
    let drivers = Drivers::used(catalogue.drivers, is_used);
    let plan = planning::plan(request, &selection, &drivers, targets)?;
    let own = hosts::own_files(&request.hosts);
    let commands = hosts::own_commands(&request.hosts).map_err(BadHost::from)?;
    Ok(Prepared { drivers, plan: Plan { left_out, own, commands, ..plan }, endpoint })
}

/// The targets of the arms, and the embedded endpoint if it serves them.
struct Opened {
    targets: Vec<PlannedTarget>,
    endpoint: Option<Endpoint>,
}

fn open_targets(
    selection: &Selection,
    request: &RunRequest,
    context: HostContext<'_>,
) -> anyhow::Result<Opened> {
    match &request.server {
        RequestedServer::Foreign { urls, trust } => {
            let target = request.template.foreign_target(urls, trust.clone());
            Ok(Opened { targets: vec![PlannedTarget { link: None, target }], endpoint: None })
        }
        RequestedServer::Embedded(_) => {
            let command = endpoint_process(context.private)?;
            let mut endpoint = Endpoint::start(&command, context.groups)?;
            let targets = open_all(selection, &mut endpoint, request)?;
            Ok(Opened { targets, endpoint: Some(endpoint) })
        }
    }
}

/// Chooses the arms: the named strategies, with the user's own ones if none of these is named; or else the
/// user's own ones with the usual ones as their reference, or else the usual ones.
fn select(
    request: &RunRequest,
    context: HostContext<'_>,
) -> Result<(Selection, Catalogue), UsageError> {
    let hosts = hosts::all(&request.hosts)?;
    let link = request.server.link();
    if !request.strategies.is_empty() {
        let names: Vec<&str> = request.strategies.iter().map(|typed| typed.name.as_str()).collect();
        let mut catalogue = Catalogue::start_named(&hosts, &names, context)?;
        let mut usable = usable(&request.strategies, &mut catalogue);
        if !names.into_iter().any(hosts::is_of_user) {
            let own = catalogue.add_user_hosts(&hosts, context)?;
            usable.extend(own.into_iter().map(TypedStrategy::bare));
        }
        let arms = choose(&usable, &catalogue, link)?;
        return Ok((Selection { arms, references: Vec::new() }, catalogue));
    }
    let mut catalogue = Catalogue::start_named(&hosts, &STRATEGIES, context)?;
    let own = catalogue.add_user_hosts(&hosts, context)?;
    let own: Vec<_> = own.into_iter().map(TypedStrategy::bare).collect();
    let usual = STRATEGIES.map(|name| TypedStrategy::bare(name.to_owned()));
    let arms = choose(&[&own[..], &usual].concat(), &catalogue, link)?;
    let references = arms[own.len()..].iter().map(|arm| arm.label.clone());
    let has_own = !own.is_empty() || !catalogue.unusable.is_empty();
    let references = if !has_own { Vec::new() } else { references.collect() };
    Ok((Selection { arms, references }, catalogue))
}

/// The typed strategies without those that a file which cannot be used may offer.
fn usable(typed: &[TypedStrategy], catalogue: &mut Catalogue) -> Vec<TypedStrategy> {
    let reason = catalogue.unusable.first().map(|unusable| unusable.reason.clone());
    let Some(reason) = reason else { return typed.to_vec() };
    let is_usable = |typed: &&TypedStrategy| {
        catalogue.find(&typed.name).is_some() || !hosts::is_of_user(&typed.name)
    };
    let (usable, unusable): (Vec<_>, Vec<_>) = typed.iter().partition(is_usable);
    let left_out =
        |typed: &TypedStrategy| LeftOut { strategy: typed.name.clone(), reason: reason.clone() };
    if !unusable.is_empty() {
        catalogue.unusable = unusable.into_iter().map(left_out).collect();
    }
    usable.into_iter().cloned().collect()
}

/// Opens a listener for every link of an arm.
fn open_all(
    selection: &Selection,
    endpoint: &mut Endpoint,
    request: &RunRequest,
) -> anyhow::Result<Vec<PlannedTarget>> {
    let mut targets: Vec<PlannedTarget> = Vec::new();
    for link in selection.arms.iter().filter_map(|arm| arm.link.as_ref()) {
        if targets.iter().all(|planned| planned.link.as_ref() != Some(link)) {
            targets.push(open(link, endpoint, request.largest_batch(), &request.template)?);
        }
    }
    Ok(targets)
}

/// Opens a listener behind a link. The target fetches its first todos, as many as the largest batch
/// needs.
fn open(
    link: &Link,
    endpoint: &mut Endpoint,
    largest_batch: u32,
    template: &RequestTemplate,
) -> anyhow::Result<PlannedTarget> {
    let port = endpoint.listen(link)?;
    let scheme = if link.tls { "https" } else { "http" };
    let urls =
        (1..=largest_batch).map(|number| format!("{scheme}://127.0.0.1:{port}/todos/{number}"));
    let trust = Trust::Added { path: endpoint.ca_certificate().to_owned() };
    Ok(PlannedTarget { link: Some(link.clone()), target: template.target(urls, trust) })
}

fn header(drivers: &Drivers) -> RecordingHeader {
    let environment = runner::environment::gather(env!("CARGO_PKG_VERSION"));
    if !environment.ignored_proxies.is_empty() {
        let names = environment.ignored_proxies.join(", ");
        print_message(&format!("proxy settings are ignored: {names}"));
    }
    RecordingHeader {
        schema: SCHEMA.to_owned(),
        started_at: humantime::format_rfc3339_seconds(host::clock::wall()).to_string(),
        environment,
        drivers: drivers.hellos(),
        clock: None,
    }
}
