//! The files that a run writes. They are opened before the run, so that one that cannot be written
//! is found before an hour of measuring and not after it.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use crate::usage::UsageError;

/// Writes to stdout instead of a file.
const STDOUT: &str = "-";
/// The permissions of a recording: its owner reads and writes it.
const OWNER_ONLY: u32 = 0o600;
/// Within how many bytes a recording says that it is one.
const LONGEST_BEGINNING: u64 = 100;

/// Where a recording goes: to a file, and to memory, from where it is reported as `report` would
/// read it.
#[derive(Debug)]
pub struct Tee {
    file: File,
    memory: Vec<u8>,
}

impl Tee {
    /// Writes to `file`, which should be empty.
    pub const fn new(file: File) -> Self {
        Self { file, memory: Vec::new() }
    }

    /// Writes behind what a file holds already.
    pub const fn behind(file: File, memory: Vec<u8>) -> Self {
        Self { file, memory }
    }

    /// The file.
    pub const fn file(&self) -> &File {
        &self.file
    }

    /// Takes back what was written behind this many bytes of the file. A pipe keeps it.
    ///
    /// # Errors
    /// If the file cannot be shortened.
    pub fn cut_to(self, length: u64) -> io::Result<()> {
        if self.file.metadata()?.is_file() { self.file.set_len(length) } else { Ok(()) }
    }

    /// All that was written.
    pub fn memory(&self) -> &[u8] {
        &self.memory
    }
}

impl Write for Tee {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.memory.extend_from_slice(&bytes[..written]);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

/// Makes a file that is to be written, or empties it.
///
/// # Errors
/// When it cannot be written.
pub fn create(path: &Path) -> Result<File, UsageError> {
    File::create(path).map_err(|source| UsageError::Unwritable { path: path.to_owned(), source })
}

/// Creates the file of a recording, or empties an existing one. Only its owner may read it, also if
/// others could read the file that was there.
///
/// # Errors
/// If it cannot be written, or its permissions cannot be changed because it belongs to another user.
pub fn create_recording(path: &Path) -> Result<File, UsageError> {
    let unwritable = |source| UsageError::Unwritable { path: path.to_owned(), source };
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(OWNER_ONLY);
    let file = options.open(path).map_err(unwritable)?;
    lock(&file);
    // A pipe or a device keeps its permissions.
    if file.metadata().map_err(unwritable)?.is_file() {
        let private = fs::Permissions::from_mode(OWNER_ONLY);
        let failed = |_| UsageError::NotPrivate { path: path.to_owned() };
        file.set_permissions(private).map_err(failed)?;
    }
    Ok(file)
}

/// Marks a recording as being written, until its file is closed. Where that is not possible, nothing
/// prevents a second run from going on with it meanwhile.
fn lock(file: &File) {
    let _ = file.try_lock();
}

/// Whether a recording lies there, by how its first line begins. What is no file is not read: a pipe
/// would have to be waited for.
pub fn is_recording(path: &Path) -> bool {
    if !path.is_file() {
        return false;
    }
    let mut beginning = Vec::new();
    let read =
        File::open(path).and_then(|file| file.take(LONGEST_BEGINNING).read_to_end(&mut beginning));
    let schema = model::recording::SCHEMA;
    let of_any_version = schema.split_once('/').map_or(schema, |(name, _)| name);
    read.is_ok() && String::from_utf8_lossy(&beginning).contains(of_any_version)
}

/// Where the last recording is kept: in the state directory.
pub fn last_recording() -> Option<PathBuf> {
    Some(state_directory()?.join("last.jsonl"))
}

/// The program's folder under the user's state directory.
pub fn state_directory() -> Option<PathBuf> {
    let set = |name| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
    let state = set("XDG_STATE_HOME").or_else(|| Some(set("HOME")?.join(".local/state")))?;
    Some(state.join("batchmark"))
}

/// Makes the file of a new last recording. It takes the old one's place at once, and a run that
/// still writes the old one goes on undisturbed.
///
/// # Errors
/// When there is no state directory, or it cannot be written.
pub fn create_last_recording() -> Result<File, UsageError> {
    let path = last_recording().unwrap_or_else(|| PathBuf::from("~/.local/state"));
    let unwritable = |source| UsageError::Unwritable { path: path.clone(), source };
    let directory = path.parent().unwrap_or(&path);
    fs::DirBuilder::new().recursive(true).mode(0o700).create(directory).map_err(unwritable)?;
    let file = tempfile::NamedTempFile::new_in(directory).map_err(unwritable)?;
    let file = file.persist(&path).map_err(|error| unwritable(error.error))?;
    lock(&file);
    Ok(file)
}

/// A place for the text of a file that was requested by an option.
#[derive(Debug)]
pub struct OutputFile {
    option: &'static str,
    place: Place,
}

#[derive(Debug)]
enum Place {
    /// Stdout, instead of the tables.
    Stdout,
    /// A file that is open already.
    File { path: PathBuf, file: File },
}

impl OutputFile {
    /// Opens the place that was requested by this option; `-` is stdout.
    ///
    /// # Errors
    /// When it cannot be written, or a recording lies there.
    pub fn open(path: &Path, option: &'static str) -> Result<Self, UsageError> {
        if path == Path::new(STDOUT) {
            return Ok(Self { option, place: Place::Stdout });
        }
        if is_recording(path) {
            return Err(UsageError::WouldReplaceRecording { path: path.to_owned(), option });
        }
        Ok(Self { option, place: Place::File { path: path.to_owned(), file: create(path)? } })
    }

    /// The same of an option that may be missing.
    ///
    /// # Errors
    /// When it cannot be written, or a recording lies there.
    pub fn requested(
        path: Option<&Path>,
        option: &'static str,
    ) -> Result<Option<Self>, UsageError> {
        path.map(|path| Self::open(path, option)).transpose()
    }

    /// Whether it takes the place of the tables.
    pub const fn is_stdout(&self) -> bool {
        matches!(self.place, Place::Stdout)
    }

    /// Whether it is this open file.
    pub fn is_file(&self, other: &File) -> bool {
        match &self.place {
            Place::File { file, .. } => is_same_file(file, other),
            Place::Stdout => false,
        }
    }

    /// The option that requested it.
    pub const fn option(&self) -> &'static str {
        self.option
    }

    /// Refuses another file in the same place.
    ///
    /// # Errors
    /// Names both options.
    pub fn refuse_same_place(&self, other: &Self) -> Result<(), UsageError> {
        let (first, second) = (self.option, other.option);
        match (&self.place, &other.place) {
            (Place::Stdout, Place::Stdout) => Err(UsageError::TwoForStdout { first, second }),
            (Place::File { file, .. }, _) if other.is_file(file) => {
                Err(UsageError::SameFileTwice { first, second })
            }
            _ => Ok(()),
        }
    }

    /// Writes the whole text.
    ///
    /// # Errors
    /// When it cannot be written any more.
    pub fn write(self, text: &str) -> anyhow::Result<()> {
        match self.place {
            Place::Stdout => report::printer::print(text)?,
            Place::File { path, mut file } => file
                .write_all(text.as_bytes())
                .map_err(|source| UsageError::Unwritable { path, source })?,
        }
        Ok(())
    }
}

/// Two files that were requested by two options.
#[derive(Debug)]
pub struct TwoOutputFiles {
    /// The first, where it was requested.
    pub first: Option<OutputFile>,
    /// The second, where it was requested.
    pub second: Option<OutputFile>,
}

impl TwoOutputFiles {
    /// Refuses two in the same place.
    ///
    /// # Errors
    /// Names both options.
    pub fn new(first: Option<OutputFile>, second: Option<OutputFile>) -> Result<Self, UsageError> {
        if let (Some(first), Some(second)) = (&first, &second) {
            first.refuse_same_place(second)?;
        }
        Ok(Self { first, second })
    }

    /// Whether one of them takes the place of the tables.
    pub fn replace_tables(&self) -> bool {
        [&self.first, &self.second].into_iter().flatten().any(OutputFile::is_stdout)
    }
}

/// Whether two open files are one and the same on a disk. Pipes and devices may be opened twice.
pub fn is_same_file(one: &File, other: &File) -> bool {
    let identity = |file: &File| {
        let metadata = file.metadata().ok().filter(fs::Metadata::is_file)?;
        Some((metadata.dev(), metadata.ino()))
    };
    identity(one).is_some_and(|one| identity(other) == Some(one))
}
