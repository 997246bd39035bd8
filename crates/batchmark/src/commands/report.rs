//! `batchmark report`: what a recording shows.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use anyhow::{Context, bail};
use model::recording::{Recording, StopReason};
use report::printer::{print, style};

use crate::arguments::ReportArguments;
use crate::exit::Exit;
use crate::output::{JsonOutput, last_recording};

/// Reports a recording.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn report(arguments: &ReportArguments) -> anyhow::Result<Exit> {
    let path = match &arguments.recording {
        Some(path) => path.clone(),
        None => match last_recording() {
            Some(path) if path.exists() => path,
            _ => bail!("there is no last recording yet: type `batchmark run`, or name one"),
        },
    };
    let recording = read(&path)?;
    show(&recording, JsonOutput::open(arguments.json.as_deref())?)
}

fn read(path: &Path) -> anyhow::Result<Recording> {
    let file = File::open(path).with_context(|| format!("{} cannot be read", path.display()))?;
    Recording::read(BufReader::new(file))
        .with_context(|| format!("{} cannot be reported", path.display()))
}

/// Prints what a recording shows, and says by the exit code what came of it.
///
/// # Errors
/// When it cannot be printed.
pub fn show(recording: &Recording, json: Option<JsonOutput>) -> anyhow::Result<Exit> {
    let analysis = explain::analyse(recording);
    if !matches!(json, Some(JsonOutput::Stdout)) {
        print(&report::terminal(&analysis, recording, style()))?;
    }
    if let Some(json) = json {
        json.write(&report::json(&analysis))?;
    }
    Ok(exit(recording, &analysis))
}

fn exit(recording: &Recording, analysis: &explain::Analysis) -> Exit {
    match recording.closing.as_ref().map(|closing| closing.reason) {
        Some(StopReason::Unreachable) => Exit::Unreachable,
        _ if analysis.failed() => Exit::SomeFailed,
        _ => Exit::Success,
    }
}
