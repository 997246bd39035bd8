//! `batchmark merge`: recordings of one plan from several places, joined.

use std::collections::BTreeSet;

use explain::merge::{NamedRecording, merge as merge_recordings};
use report::printer::{print, style};

use crate::arguments::MergeArguments;
use crate::baseline::find_recording;
use crate::commands::report::read_recording;
use crate::exit::Exit;
use crate::output::{OutputFile, TwoOutputFiles};
use crate::place_file::PlaceFile;
use crate::usage::UsageError;

/// Merges recordings of one plan.
///
/// # Errors
/// If one cannot be read, they are not of one plan, or a file cannot be written.
pub fn merge(arguments: &MergeArguments) -> anyhow::Result<Exit> {
    let recordings = read(&arguments.recordings)?;
    let merged = merge_recordings(&recordings).map_err(UsageError::Merge)?;
    refuse_same_name(&arguments.recordings)?;
    let files = TwoOutputFiles::new(
        OutputFile::requested(arguments.json.as_deref(), "json")?,
        OutputFile::requested(arguments.html.as_deref(), "html")?,
    )?;
    if !files.replace_tables() {
        print(&report::merge(&merged, style()))?;
    }
    if let Some(json) = files.first {
        json.write(&words::merge::json(&merged))?;
    }
    if let Some(page) = files.second {
        page.write(&report::html::merge(&merged))?;
    }
    Ok(Exit::Success)
}

fn read(files: &[PlaceFile]) -> Result<Vec<NamedRecording>, UsageError> {
    let read = |PlaceFile { place, path }: &PlaceFile| {
        let recording = read_recording(Some(&find_recording(path)))?;
        Ok(NamedRecording { place: place.clone(), recording })
    };
    files.iter().map(read).collect()
}

/// Refuses two places of one name, after the merge has refused what is the same run.
fn refuse_same_name(files: &[PlaceFile]) -> Result<(), UsageError> {
    let mut names = BTreeSet::new();
    match files.iter().find(|file| !names.insert(&file.place)) {
        Some(file) => Err(UsageError::SamePlaceTwice(file.place.clone())),
        None => Ok(()),
    }
}
