//! `batchmark report`: what a recording shows.

use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use model::arm::{Arm, Role};
use model::recording::{Recording, StopReason};
use report::printer::{print, style};

use super::compare::{Baseline, ShownComparison};
use crate::arguments::ReportArguments;
use crate::exit::Exit;
use crate::exports::ExportFiles;
use crate::output::last_recording;
use crate::planning::named_baseline;
use crate::shown::Shown;
use crate::usage::UsageError;

/// Reports a recording.
///
/// # Errors
/// When there is none, or it cannot be read.
pub fn report(arguments: &ReportArguments) -> anyhow::Result<Exit> {
    let mut recording = read_recording(arguments.recording.as_deref())?;
    if let (Some(typed), Some(plan)) = (&arguments.baseline, &mut recording.plan) {
        plan.baseline = named_baseline(typed, labels(&plan.arms))?;
    }
    let shown = arguments.view.shown();
    if let Some(waterfall) = &shown.waterfall {
        waterfall.arm(recording.plan.as_ref())?;
    }
    let files = ExportFiles::open(&arguments.exports)?;
    let trial = arguments.trial.as_ref().map(|choice| choice.find(&recording)).transpose()?;
    if trial.is_some() && !files.show_trials() {
        return Err(UsageError::TrialWithoutFile.into());
    }
    let baseline = Baseline::read(&arguments.gate)?;
    let beside = ShownComparison::beside(&files);
    let exit = show(&recording, &shown, files.with_trial(trial))?;
    match baseline {
        Some(baseline) => baseline.judge(&recording, &arguments.gate, beside, exit),
        None => Ok(exit),
    }
}

/// The labels of the arms that are compared.
fn labels(arms: &[Arm]) -> impl Iterator<Item = &str> + Clone {
    let mut labels: Vec<&str> = Vec::new();
    for arm in arms.iter().filter(|arm| arm.role == Role::Measured) {
        if !labels.contains(&arm.label.0.as_str()) {
            labels.push(&arm.label.0);
        }
    }
    labels.into_iter()
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

/// Prints what a recording shows, writes the files that were requested, and says by the exit code what
/// came of it.
///
/// # Errors
/// When it cannot be printed, or a file cannot be written.
pub fn show(recording: &Recording, shown: &Shown, files: ExportFiles) -> anyhow::Result<Exit> {
    let analysis = explain::analyse(recording);
    if !files.replace_tables() {
        print(&report::view(&shown.view, &analysis, recording, style()))?;
        if let Some(waterfall) = &shown.waterfall {
            let named = waterfall.arm(recording.plan.as_ref())?;
            let drawn = report::waterfall(&analysis, recording, named.as_ref(), style());
            print(&format!("\n{drawn}"))?;
        }
    }
    files.write(&analysis, recording)?;
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
