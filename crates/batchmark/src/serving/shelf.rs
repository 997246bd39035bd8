//! The recordings that are served: found once, at the start.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use model::recording::Recording;
use report::html::{Listed, State, Summary};

use crate::output::is_recording;
use crate::usage::UsageError;

/// The ending of the recordings in a folder.
const ENDING: &str = "jsonl";

/// The recordings that are served.
#[derive(Debug)]
pub struct Shelf {
    recordings: Vec<Kept>,
}

/// A recording that is served.
#[derive(Debug)]
struct Kept {
    file: PathBuf,
    listed: Mutex<Listed>,
}

impl Shelf {
    /// Finds the recordings that were named, and those in folders that were named.
    ///
    /// # Errors
    /// When a file or a folder cannot be read, a file is no recording, or there is none.
    pub fn find(named: &[PathBuf]) -> Result<Self, UsageError> {
        let mut files = Vec::new();
        for path in named {
            if path.is_dir() {
                files.extend(in_folder(path)?);
            } else {
                crate::commands::report::read_recording(Some(path))?;
                files.push(path.clone());
            }
        }
        if files.is_empty() {
            return Err(UsageError::NoRecordings { folders: named.to_vec() });
        }
        let mut recordings: Vec<Kept> = Vec::new();
        for file in files {
            let path = unused_path(&file, &recordings);
            let name = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
            recordings.push(Kept {
                file,
                listed: Mutex::new(Listed { path, name, state: State::Waiting }),
            });
        }
        Ok(Self { recordings })
    }

    /// Reads every recording, one after another, for the list.
    pub fn read_all(&self) {
        for kept in &self.recordings {
            kept.read();
        }
    }

    /// What the list shows.
    pub fn listed(&self) -> Vec<Listed> {
        self.recordings.iter().map(Kept::listed).collect()
    }

    /// The page of the recordings with these numbers, from 1 on, side by side; why there is none where one
    /// cannot be read any more.
    pub fn side_by_side(&self, old: usize, new: usize) -> Option<Result<String, String>> {
        let kept = |number: usize| self.recordings.get(number.checked_sub(1)?);
        let (old, new) = kept(old).zip(kept(new))?;
        let page = || {
            let comparison = explain::compare::compare(&read(&old.file)?, &read(&new.file)?);
            Ok(report::html::side_by_side(&old.listed(), &new.listed(), &comparison))
        };
        Some(page())
    }

    /// The page of the recording that is listed under this path; why there is none where it cannot be read
    /// any more.
    pub fn page(&self, path: &str) -> Option<Result<String, String>> {
        let kept = self.recordings.iter().find(|kept| kept.listed().path == path)?;
        let page =
            |recording: &Recording| report::html::page(&explain::analyse(recording), recording);
        Some(read(&kept.file).map(|recording| page(&recording)))
    }
}

impl Kept {
    fn listed(&self) -> Listed {
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn read(&self) {
        let state = match read(&self.file) {
            Ok(recording) => {
                State::Read(Box::new(Summary::new(&explain::analyse(&recording), &recording)))
            }
            Err(reason) => State::Unreadable(reason),
        };
        self.listed.lock().unwrap_or_else(PoisonError::into_inner).state = state;
    }
}

/// Reads a recording, or says why not, without the path of its file.
fn read(file: &Path) -> Result<Recording, String> {
    let file = File::open(file).map_err(|error| format!("cannot be read: {error}"))?;
    Recording::read(BufReader::new(file)).map_err(|error| error.to_string())
}

/// The recordings in a folder, by their names.
fn in_folder(folder: &Path) -> Result<Vec<PathBuf>, UsageError> {
    let unreadable = |source| UsageError::Unreadable { path: folder.to_owned(), source };
    let entries = folder.read_dir().map_err(unreadable)?;
    let mut files: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    files.retain(|file| {
        file.extension().is_some_and(|ending| ending == ENDING) && is_recording(file)
    });
    files.sort();
    Ok(files)
}

/// The path of a recording's page, made of the name of its file, which no other recording has.
fn unused_path(file: &Path, others: &[Kept]) -> String {
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let name: String =
        name.chars().map(|letter| if plain(letter) { letter } else { '-' }).collect();
    let is_used = |path: &String| others.iter().any(|other| other.listed().path == *path);
    let numbered = (2..).map(|number| format!("recordings/{name}~{number}"));
    let mut paths = std::iter::once(format!("recordings/{name}")).chain(numbered);
    paths.find(|path| !is_used(path)).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recording(folder: &Path, name: &str) -> PathBuf {
        let from =
            Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/recordings/command.jsonl");
        let file = folder.join(name);
        std::fs::copy(from, &file).expect("is copied");
        file
    }

    #[test]
    fn lists_the_recordings_of_a_folder_and_nothing_else() {
        let folder = tempfile::tempdir().expect("a folder");
        recording(folder.path(), "b c.jsonl");
        recording(folder.path(), "a.jsonl");
        recording(folder.path(), "a.txt");
        std::fs::write(folder.path().join("other.jsonl"), "{}\n").expect("is written");
        let shelf = Shelf::find(&[folder.path().to_owned()]).expect("there are recordings");
        let paths: Vec<String> = shelf.listed().into_iter().map(|one| one.path).collect();
        assert_eq!(paths, ["recordings/a", "recordings/b-c"]);
    }

    #[test]
    fn recordings_of_one_name_have_different_paths() {
        let folders =
            [tempfile::tempdir().expect("a folder"), tempfile::tempdir().expect("a folder")];
        let files = folders.each_ref().map(|folder| recording(folder.path(), "same.jsonl"));
        let shelf = Shelf::find(&files).expect("both are recordings");
        assert_eq!(shelf.listed()[1].path, "recordings/same~2");
    }

    #[test]
    fn a_recording_that_is_gone_is_no_page_but_a_reason() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = recording(folder.path(), "gone.jsonl");
        let shelf = Shelf::find(std::slice::from_ref(&file)).expect("is a recording");
        assert!(shelf.page("recordings/gone").is_some_and(|page| page.is_ok()));
        std::fs::remove_file(file).expect("is there");
        let reason = shelf.page("recordings/gone").expect("is listed").expect_err("is gone");
        assert!(!reason.contains('/'), "{reason}");
        assert!(shelf.page("recordings/../gone").is_none());
    }
}
