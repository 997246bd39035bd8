//! An interrupted run that is to go on: its recording, and whether it can go on here.

pub(crate) mod user_code;

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use model::driver_protocol::DriverHello;
use model::environment::Environment;
use model::plan::{Plan, PlannedTarget};
use model::recording::{Recording, StopReason};
use model::secrets::Secrets;
use model::target::Target;
use runner::recorded::RecordedRun;

use crate::arguments::RunArguments;
use crate::hosts::HostArguments;
use crate::option_texts::OptionId;
use crate::output::{Tee, create_recording};
use crate::run_request::{RequestTemplate, RequestedServer, RunRequest};
use crate::secrets::has_hidden;
use crate::usage::UsageError;

/// The options whose values the recording has.
const DECIDED: [&str; 15] = [
    "strategies",
    "batch_sizes",
    "iterations",
    "warm_up",
    "baseline",
    "precision",
    "budget",
    "no_controls",
    "no_witness",
    "sample_beyond",
    "why",
    "keep_going",
    "seed",
    "link",
    "dry_run",
];
/// The options that say what is sent.
const SENT: [&str; 13] = [
    "urls",
    "urls_file",
    "no_globbing",
    "headers",
    "method",
    "data",
    "data_raw",
    "json_body",
    "insecure",
    "cacert",
    "timeout",
    "expect_status",
    "expect_min_bytes",
];

/// An interrupted run with whole blocks to keep.
#[derive(Debug)]
pub(crate) struct Interrupted {
    path: PathBuf,
    /// The whole lines of the recording.
    bytes: Vec<u8>,
    pub(crate) recording: Recording,
    pub(crate) plan: Plan,
    pub(crate) recorded: RecordedRun,
}

impl Interrupted {
    /// Reads the recording of an interrupted run.
    ///
    /// # Errors
    /// If it cannot be read, or there is nothing left to do or nothing to go on with.
    pub(crate) fn read(path: &Path) -> Result<Self, UsageError> {
        let path = path.to_owned();
        let mut bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(source) => return Err(UsageError::Unreadable { path, source }),
        };
        let recording = match Recording::read(bytes.as_slice()) {
            Ok(recording) => recording,
            Err(error) => return Err(refusal(&path, error.to_string())),
        };
        bytes.truncate(bytes.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1));
        if let Some(reason) = ended(&recording) {
            return Err(refusal(&path, reason.to_owned()));
        }
        let has_trials = recording.trials.iter().any(|trial| trial.place().is_some());
        let Some(plan) = recording.plan.clone().filter(|_| has_trials) else {
            let reason = "it ended before its first block, so nothing is lost: measure it again";
            return Err(refusal(&path, reason.to_owned()));
        };
        let recorded = RecordedRun::read(&recording, &plan)
            .map_err(|error| refusal(&path, error.to_string()))?;
        Ok(Self { path, bytes, recording, plan, recorded })
    }

    /// Refuses options whose values the recording has.
    ///
    /// # Errors
    /// If one of them is given.
    pub(crate) fn refuse_decided(arguments: &RunArguments) -> Result<(), UsageError> {
        let is_given = |id: &str| arguments.source.texts.has(&OptionId::named(id));
        match DECIDED.into_iter().find(|id| is_given(id)) {
            Some(id) => Err(UsageError::DecidedByRecording(crate::plan_file::key_of(id))),
            None => Ok(()),
        }
    }

    /// Who serves the strategies: own code as it was recorded, unless it is given.
    pub(crate) fn hosts(&self, given: &HostArguments) -> HostArguments {
        let recorded = self.plan.own.iter().map(|file| file.typed.clone());
        let own = if given.own.is_empty() { recorded.collect() } else { given.own.clone() };
        HostArguments { own, ..given.clone() }
    }

    /// The targets of the plan with what is really sent: secrets are not in the recording, so they have to
    /// be given again, and must be the same.
    ///
    /// # Errors
    /// If secrets are missing, or something else would be sent.
    pub(crate) fn targets(
        &self,
        arguments: &RunArguments,
        request: &RunRequest,
        secrets: &Secrets,
    ) -> Result<Vec<PlannedTarget>, UsageError> {
        let is_given = |id: &str| arguments.source.texts.has(&OptionId::named(id));
        if !SENT.iter().any(|id| is_given(id)) {
            let hidden = self.plan.targets.iter().any(|planned| has_hidden(&planned.target));
            let targets = self.plan.targets.clone();
            let reason =
                "it hides secrets of its requests: give the URLs and headers of the run again";
            return if hidden { Err(self.refusal(reason)) } else { Ok(targets) };
        }
        let sent = request.secret_target();
        let mut hidden = sent.clone();
        secrets.hide_in_target(&mut hidden);
        let with_sent = |planned: &PlannedTarget| match (&planned.link, &request.server) {
            (None, RequestedServer::Foreign { .. }) if planned.target == hidden => {
                Ok(PlannedTarget { link: None, target: sent.clone() })
            }
            (Some(link), RequestedServer::Embedded(_)) if is_alike(&planned.target, &hidden) => {
                let urls = planned.target.requests.iter().map(|request| request.url);
                let target = request.template.target(urls, planned.target.trust.clone());
                Ok(PlannedTarget { link: Some(link.clone()), target })
            }
            _ => Err(self.refusal("its requests were others than the given options make")),
        };
        self.plan.targets.iter().map(with_sent).collect()
    }

    /// Refuses another machine and another version of the program.
    ///
    /// # Errors
    /// If one of them differs.
    pub(crate) fn check_machine(&self, here: &Environment) -> Result<(), UsageError> {
        let then = &self.recording.header.environment;
        let number = |number: Option<u64>| number.map(|number| number.to_string());
        let cores = |environment: &Environment| number(environment.cores.map(u64::from));
        let facts = [
            ("batchmark", Some(then.batchmark.clone()), Some(here.batchmark.clone())),
            ("the kernel", then.kernel.clone(), here.kernel.clone()),
            ("the processor", then.cpu.clone(), here.cpu.clone()),
            ("the number of cores", cores(then), cores(here)),
            ("the memory", number(then.memory), number(here.memory)),
        ];
        let known = |fact: Option<String>| fact.unwrap_or_else(|| "unknown".to_owned());
        match facts.into_iter().find(|(_, then, here)| then != here) {
            Some((name, then, here)) => Err(self.refusal(&format!(
                "{name} was {} and is {}, so its times would not be comparable",
                known(then),
                known(here)
            ))),
            None => Ok(()),
        }
    }

    /// Refuses other versions of a driver's libraries.
    ///
    /// # Errors
    /// If one differs.
    pub(crate) fn check_versions(
        &self,
        then: &DriverHello,
        here: &DriverHello,
    ) -> Result<(), UsageError> {
        let mut then = then.versions.iter();
        match then.find(|version| !here.versions.contains(version)) {
            None => Ok(()),
            Some(version) => {
                let mut now = here.versions.iter();
                let now = now.find(|now| now.module == version.module);
                let now = now.map_or("missing", |now| now.version.as_str());
                let (module, then) = (&version.module, &version.version);
                Err(self.refusal(&format!("{module} was {then} and is {now}")))
            }
        }
    }

    /// How many bytes of the recording are kept.
    pub(crate) const fn length(&self) -> u64 {
        self.bytes.len() as u64
    }

    /// A refusal to go on.
    pub(crate) fn refusal(&self, reason: &str) -> UsageError {
        refusal(&self.path, reason.to_owned())
    }

    /// Opens the recording to append to: itself, or a copy of its whole lines. A line that was cut off is
    /// left out.
    ///
    /// # Errors
    /// If it cannot be written, or another run writes it.
    pub(crate) fn open(&self, copy: Option<&Path>) -> Result<Tee, UsageError> {
        let path = copy.unwrap_or(&self.path);
        let unwritable =
            |source: io::Error| UsageError::Unwritable { path: path.to_owned(), source };
        if let Some(copy) = copy.filter(|copy| !is_same(copy, &self.path)) {
            let mut file = create_recording(copy)?;
            file.write_all(&self.bytes).map_err(unwritable)?;
            return Ok(Tee::behind(file, self.bytes.clone()));
        }
        let file = File::options().append(true).open(&self.path).map_err(unwritable)?;
        if let Err(fs::TryLockError::WouldBlock) = file.try_lock() {
            return Err(self.refusal("another run writes it"));
        }
        file.set_len(self.length()).map_err(unwritable)?;
        Ok(Tee::behind(file, self.bytes.clone()))
    }
}

fn refusal(path: &Path, reason: String) -> UsageError {
    UsageError::CannotResume { path: path.to_owned(), reason }
}

/// Why a run that has ended does not go on; nothing for one that was interrupted or killed.
fn ended(recording: &Recording) -> Option<&'static str> {
    match recording.closing.as_ref()?.reason {
        StopReason::Interrupted => None,
        StopReason::Blocks => Some("all of its blocks are measured: nothing is left to do"),
        StopReason::Precision => Some("it is as precise as was requested: nothing is left to do"),
        StopReason::Budget => Some("its time budget is spent: nothing is left to do"),
        StopReason::Unreachable | StopReason::PilotFailed => {
            Some("it ended in its pilot, so nothing is lost: measure it again")
        }
    }
}

/// Whether two targets send the same to any server.
fn is_alike(recorded: &Target, other: &Target) -> bool {
    RequestTemplate::of_target(recorded) == RequestTemplate::of_target(other)
}

fn is_same(one: &Path, other: &Path) -> bool {
    one.canonicalize().ok().is_some_and(|one| other.canonicalize().ok() == Some(one))
}
