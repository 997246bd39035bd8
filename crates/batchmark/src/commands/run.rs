//! `batchmark run`: measures, records and reports.

use std::fs::File;
use std::path::Path;

use model::recording::Recording;
use report::printer::{hide_in_messages, is_terminal, print_message};

use super::compare::{Baseline, ShownComparison};
use crate::arguments::RunArguments;
use crate::baseline::refuse_pipe;
use crate::exit::Exit;
use crate::exports::ExportFiles;
use crate::measuring::Measurer;
use crate::output::{create_last_recording, create_recording};
use crate::run_request::RunRequest;
use crate::secrets::SecretCollector;
use crate::usage::UsageError;

/// Measures what was requested and prints the result.
///
/// # Errors
/// If the request cannot be carried out, or the run fails.
pub fn run(arguments: &RunArguments) -> anyhow::Result<Exit> {
    if let Some(recording) = &arguments.resume {
        return super::resume::resume(arguments, recording);
    }
    let read = read(arguments)?;
    if arguments.dry_run {
        return super::dry_run::print_plan(arguments, &read);
    }
    let Read { request, secrets } = read;
    let measurer = Measurer::new()?;
    let prepared = measurer.prepare(&request)?;
    if let Some(waterfall) = &request.output.shown.waterfall {
        waterfall.arm(Some(prepared.plan()))?;
    }
    let files = ExportFiles::open(&request.output.exports)?;
    let file = recording_file(request.output.save.as_deref())?;
    files.refuse_recording(&file)?;
    let baselines = Baselines::prepare(arguments, &file, &files)?;
    let recording = measurer.measure(&request, prepared, file, secrets.secrets())?;
    let exit = super::report::show(&recording, &request.output.shown, files)?;
    baselines.conclude(&recording, exit)
}

/// The recordings that a run is compared with, and kept as, once it was shown.
pub(super) struct Baselines<'a> {
    arguments: &'a RunArguments,
    earlier: Option<Baseline>,
    recording: File,
    shown: ShownComparison,
}

impl<'a> Baselines<'a> {
    /// Reads the baseline and checks that the recording can become one, before anything is measured.
    ///
    /// # Errors
    /// If the baseline cannot be read, or the recording goes to a pipe.
    pub(super) fn prepare(
        arguments: &'a RunArguments,
        recording: &File,
        files: &ExportFiles,
    ) -> anyhow::Result<Self> {
        if arguments.save_baseline.is_some() {
            refuse_pipe(recording)?;
        }
        let shown = ShownComparison::beside(files);
        let earlier = Baseline::read(&arguments.gate)?;
        Ok(Self { arguments, earlier, recording: recording.try_clone()?, shown })
    }

    /// Compares the recording with the baseline, and keeps it if everything succeeded.
    ///
    /// # Errors
    /// If the two share no arm with a time, or the recording cannot be kept.
    pub(super) fn conclude(self, recording: &Recording, exit: Exit) -> anyhow::Result<Exit> {
        let exit = match &self.earlier {
            Some(earlier) => earlier.judge(recording, &self.arguments.gate, self.shown, exit)?,
            None => exit,
        };
        if let Some(name) = &self.arguments.save_baseline {
            match exit {
                Exit::Success => name.keep(&self.recording)?,
                _ => print_message("the baseline was not kept, because the run did not succeed"),
            }
        }
        Ok(exit)
    }
}

/// A request that was read, and its secrets, which no message shows from then on.
pub(super) struct Read {
    pub(super) request: RunRequest,
    pub(super) secrets: SecretCollector,
}

/// Reads the request of a run, and notes what was assumed about it.
///
/// # Errors
/// If an argument cannot be used.
pub(super) fn read(arguments: &RunArguments) -> anyhow::Result<Read> {
    if arguments.watch && !arguments.dry_run && !is_terminal() {
        return Err(UsageError::NoTerminal.into());
    }
    let mut secrets = SecretCollector::of_run(arguments);
    hide_in_messages(secrets.secrets().clone());
    let request = RunRequest::read(arguments)?;
    secrets.add_target(&request.secret_target());
    hide_in_messages(secrets.secrets().clone());
    if !request.output.quiet {
        let notes = arguments.source.notes.iter().cloned().chain(request.notes());
        notes.for_each(|note| print_message(&note));
    }
    Ok(Read { request, secrets })
}

/// The file of the recording: the named one, else that of the last recording, else a temporary one.
pub(super) fn recording_file(save: Option<&Path>) -> anyhow::Result<File> {
    if let Some(path) = save {
        return Ok(create_recording(path)?);
    }
    match create_last_recording() {
        Ok(file) => Ok(file),
        Err(error) => {
            print_message(&format!(
                "the recording will not be kept: {error}; name a file with --save"
            ));
            Ok(tempfile::tempfile()?)
        }
    }
}
