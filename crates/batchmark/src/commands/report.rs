//! `batchmark report`: what a recording shows.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use model::recording::{Recording, StopReason};
use report::View;
use report::printer::{print, style};

use crate::arguments::ReportArguments;
use crate::exit::Exit;
use crate::output::{JsonOutput, last_recording};
use crate::usage::UsageError;

/// Reports a recording.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn report(arguments: &ReportArguments) -> anyhow::Result<Exit> {
    let recording = read_recording(arguments.recording.as_deref())?;
    show(&recording, &arguments.view.view(), JsonOutput::open(arguments.json.as_deref())?)
}

/// Reads the named recording, or else the last one.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn read_recording(named: Option<&Path>) -> Result<Recording, UsageError> {
    let last = || last_recording().filter(|path| path.exists());
    let path = named.map(Path::to_owned).or_else(last).ok_or(UsageError::NoLastRecording)?;
    match File::open(&path) {
        Ok(file) => Recording::read(BufReader::new(file))
            .map_err(|source| UsageError::BadRecording { path, source }),
        Err(source) => Err(UsageError::Unreadable { path, source }),
    }
}

/// Prints what a recording shows, and says by the exit code what came of it.
///
/// # Errors
/// When it cannot be printed.
pub fn show(recording: &Recording, view: &View, json: Option<JsonOutput>) -> anyhow::Result<Exit> {
    let analysis = explain::analyse(recording);
    if !matches!(json, Some(JsonOutput::Stdout)) {
        print(&report::view(view, &analysis, recording, style()))?;
    }
    if let Some(json) = json {
        json.write(&words::document::json(&analysis, recording.plan.as_ref()))?;
    }
    Ok(exit(recording, &analysis))
}

fn exit(recording: &Recording, analysis: &explain::Analysis) -> Exit {
    match recording.closing.as_ref().map(|closing| closing.reason) {
        Some(StopReason::Unreachable) => Exit::Unreachable,
        Some(StopReason::PilotFailed) => Exit::SomeFailed,
        _ if analysis.failed() => Exit::SomeFailed,
        _ => Exit::Success,
    }
}
