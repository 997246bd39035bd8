//! `batchmark compare`: two recordings, arm by arm, and whether one became slower than a limit.

use std::path::Path;

use explain::compare::{Comparison, compare as compare_recordings};
use model::recording::Recording;
use report::printer::{print, print_message, style};

use crate::arguments::{CompareArguments, GateArguments};
use crate::baseline::find_recording;
use crate::commands::report::read_recording;
use crate::exit::Exit;
use crate::exports::ExportFiles;
use crate::output::{OutputFile, TwoOutputFiles};
use crate::usage::UsageError;

/// Compares two recordings.
///
/// # Errors
/// If one cannot be read, they share no arm with a time, or a file cannot be written.
pub fn compare(arguments: &CompareArguments) -> anyhow::Result<Exit> {
    let read = |path: &Path| read_recording(Some(&find_recording(path)));
    let (old, new) = (read(&arguments.old)?, read(&arguments.new)?);
    let comparison = comparable(&old, &new)?;
    let files = TwoOutputFiles::new(
        OutputFile::requested(arguments.json.as_deref(), "json")?,
        OutputFile::requested(arguments.markdown.as_deref(), "markdown")?,
    )?;
    let limit = arguments.fail_slower;
    if !files.replace_tables() {
        print(&report::comparison(&comparison, limit, style()))?;
    }
    if let Some(json) = files.first {
        json.write(&words::compare::json(&comparison, limit))?;
    }
    if let Some(markdown) = files.second {
        markdown.write(&report::comparison_markdown(&comparison, limit))?;
    }
    let is_slower = limit.is_some_and(|limit| comparison.slower_than(limit).next().is_some());
    Ok(if is_slower { Exit::Slower } else { Exit::Success })
}

/// A baseline that a run or a report is compared with.
pub(super) struct Baseline {
    recording: Recording,
}

impl Baseline {
    /// Reads the baseline that was named, before anything is measured.
    ///
    /// # Errors
    /// If it cannot be read.
    pub(super) fn read(arguments: &GateArguments) -> Result<Option<Self>, UsageError> {
        let Some(named) = &arguments.baseline_recording else { return Ok(None) };
        Ok(Some(Self { recording: read_recording(Some(&find_recording(named)))? }))
    }

    /// Compares a recording with the baseline. A slowdown beyond the limit changes the exit code of a
    /// success.
    ///
    /// # Errors
    /// If the two share no arm with a time, or nothing can be printed.
    pub(super) fn judge(
        &self,
        recording: &Recording,
        arguments: &GateArguments,
        shown: ShownComparison,
        exit: Exit,
    ) -> anyhow::Result<Exit> {
        let comparison = comparable(&self.recording, recording)?;
        let limit = arguments.fail_slower;
        match shown {
            ShownComparison::Tables => {
                print(&format!("\n{}", report::comparison(&comparison, limit, style())))?;
            }
            ShownComparison::Verdict => {
                let gate = limit.map(|limit| words::compare::gate(&comparison, limit));
                print_message(&gate.unwrap_or_else(|| words::compare::answer(&comparison)));
            }
        }
        let is_slower = limit.is_some_and(|limit| comparison.slower_than(limit).next().is_some());
        Ok(if is_slower && exit == Exit::Success { Exit::Slower } else { exit })
    }
}

/// How much of a comparison is shown beside a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ShownComparison {
    /// All of it, on stdout.
    Tables,
    /// One sentence on stderr, because stdout is a file.
    Verdict,
}

impl ShownComparison {
    /// What fits beside these files.
    pub(super) fn beside(files: &ExportFiles) -> Self {
        if files.replace_tables() { Self::Verdict } else { Self::Tables }
    }
}

/// Compares two recordings that have something in common.
fn comparable(old: &Recording, new: &Recording) -> Result<Comparison, UsageError> {
    let comparison = compare_recordings(old, new);
    if comparison.has_ratio() {
        return Ok(comparison);
    }
    if comparison.arms.is_empty() {
        let names = |arms: &[model::arm::ArmName]| {
            let names: Vec<&str> = arms.iter().map(|arm| arm.0.as_str()).collect();
            if names.is_empty() { "none".to_owned() } else { names.join(", ") }
        };
        return Err(UsageError::NoSharedArm {
            old: names(&comparison.only_old),
            new: names(&comparison.only_new),
        });
    }
    let reasons = comparison.arms.iter().map(words::compare::missing);
    Err(UsageError::NothingToCompare { reasons: reasons.collect::<Vec<_>>().join("\n") })
}
