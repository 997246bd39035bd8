//! Recordings that are kept by name, to compare later runs with: `--save-baseline main`.

use std::fs::{self, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use crate::output::state_directory;
use crate::usage::UsageError;

/// The name of a kept recording: letters, digits, `-`, `_` and `.`, the first no `.`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BaselineName(String);

impl FromStr for BaselineName {
    type Err = &'static str;

    fn from_str(name: &str) -> Result<Self, Self::Err> {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "-_.".contains(letter);
        if name.is_empty() || name.starts_with('.') || !name.chars().all(is_part) {
            return Err("a name has letters, digits, '-', '_' and '.', such as main");
        }
        Ok(Self(name.to_owned()))
    }
}

impl BaselineName {
    /// Its file; none without a state directory.
    fn path(&self) -> Option<PathBuf> {
        Some(state_directory()?.join("baselines").join(format!("{}.jsonl", self.0)))
    }

    /// Keeps a recording that was written to this open file. It takes the place of an earlier one at once.
    ///
    /// # Errors
    /// If it cannot be copied.
    pub fn keep(&self, recording: &File) -> Result<(), UsageError> {
        let path = self.path().unwrap_or_else(|| PathBuf::from("~/.local/state"));
        let unwritable = |source| UsageError::Unwritable { path: path.clone(), source };
        let folder = path.parent().unwrap_or(&path);
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(unwritable)?;
        let mut copy = tempfile::NamedTempFile::new_in(folder).map_err(unwritable)?;
        let mut source = host::files::reopen(recording).map_err(unwritable)?;
        io::copy(&mut source, copy.as_file_mut()).map_err(unwritable)?;
        copy.persist(&path).map_err(|error| unwritable(error.error))?;
        Ok(())
    }
}

/// Refuses to keep what is written to a pipe or a device: it cannot be read again.
///
/// # Errors
/// If it is one.
pub fn refuse_pipe(recording: &File) -> Result<(), UsageError> {
    let is_file = recording.metadata().is_ok_and(|metadata| metadata.is_file());
    if is_file { Ok(()) } else { Err(UsageError::BaselineNeedsFile) }
}

/// The file of a recording that was typed: a path, or else the name of a kept recording.
pub fn find_recording(typed: &Path) -> PathBuf {
    let kept = || typed.to_str()?.parse::<BaselineName>().ok()?.path().filter(|path| path.exists());
    if typed.exists() { typed.to_owned() } else { kept().unwrap_or_else(|| typed.to_owned()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_leave_its_folder() {
        for name in ["main", "release-1.2", "a_b"] {
            assert_eq!(name.parse(), Ok(BaselineName(name.to_owned())));
        }
        for name in ["", ".", "..", ".hidden", "a/b", "../x", "a b", "ä"] {
            assert!(name.parse::<BaselineName>().is_err(), "{name:?} was accepted");
        }
    }
}
