//! The private folder of a run: temporary files of the program and its processes.
//!
//! The program owns the folder, because any of its processes may be killed. The folder is removed at
//! the end of the run, and on the second Ctrl-C. A killed program removes nothing: so a folder is
//! locked while its program lives, and the next program removes folders that are not locked. It
//! must never remove a folder that may have an owner.

use std::fs::{self, DirEntry, File};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// Where Linux keeps files that processes share in memory.
const MEMORY: &str = "/dev/shm";
/// The beginning of the folder's name.
const PREFIX: &str = "batchmark-";
/// The file that its owner keeps locked.
const LOCK: &str = "owner.lock";

/// A folder that is created on first use. Clones share it, and the last one removes it.
#[derive(Clone, Debug, Default)]
pub struct PrivateFolder {
    /// Where it is created; by default where temporary files are.
    parent: Option<PathBuf>,
    state: Arc<Mutex<State>>,
}

/// Whether the folder exists.
#[derive(Debug, Default)]
enum State {
    /// Nothing has needed it yet.
    #[default]
    NotMade,
    /// It exists.
    Made(Owned),
    /// It was removed because the program ends. A process may still have written to it.
    Removed(PathBuf),
}

/// A folder and its lock. The folder is dropped first.
#[derive(Debug)]
struct Owned {
    folder: TempDir,
    _lock: File,
}

impl PrivateFolder {
    /// A folder in memory, if the system has a place for it: writing to it never waits for a disk.
    pub fn in_memory() -> Self {
        let parent = Some(PathBuf::from(MEMORY)).filter(|parent| parent.is_dir());
        Self { parent, ..Self::default() }
    }

    /// The path of the folder, which is created if needed.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn path(&self) -> io::Result<PathBuf> {
        let mut state = lock(&self.state);
        match &*state {
            State::Made(owned) => return Ok(owned.folder.path().to_owned()),
            State::Removed(_) => return Err(io::Error::from(io::ErrorKind::Interrupted)),
            State::NotMade => {}
        }
        let made = Owned::make(self.parent.as_deref())?;
        let path = made.folder.path().to_owned();
        *state = State::Made(made);
        Ok(path)
    }

    /// A function that removes the folder at once, for an immediate end of the program. It does not
    /// keep the folder alive. Called again, it removes what processes have written meanwhile.
    pub fn remover(&self) -> impl Fn() + Send + 'static + use<> {
        let state = Arc::downgrade(&self.state);
        move || {
            let Some(state) = state.upgrade() else { return };
            let mut state = lock(&state);
            match &*state {
                State::Made(owned) => *state = State::Removed(owned.folder.path().to_owned()),
                State::Removed(path) => _ = fs::remove_dir_all(path),
                // Nothing may create it from now on; there is no path to remove.
                State::NotMade => *state = State::Removed(PathBuf::new()),
            }
        }
    }
}

impl Owned {
    fn make(parent: Option<&Path>) -> io::Result<Self> {
        let mut builder = tempfile::Builder::new();
        let builder = builder.prefix(PREFIX).permissions(fs::Permissions::from_mode(0o700));
        let folder = match parent {
            Some(parent) => builder.tempdir_in(parent)?,
            None => builder.tempdir()?,
        };
        // Locked before it gets its name, so no other program finds it unlocked.
        let unnamed = folder.path().join("new.lock");
        let lock = File::create(&unnamed)?;
        lock.lock()?;
        fs::rename(unnamed, folder.path().join(LOCK))?;
        remove_abandoned(folder.path())?;
        Ok(Self { folder, _lock: lock })
    }
}

/// Removes the folders next to this one whose owners have ended, as far as possible.
fn remove_abandoned(own: &Path) -> io::Result<()> {
    let user = own.metadata()?.uid();
    for entry in fs::read_dir(own.parent().unwrap_or(own))?.flatten() {
        let is_alike = entry.file_name().as_encoded_bytes().starts_with(PREFIX.as_bytes());
        if is_alike && entry.path() != own && is_abandoned(&entry, user) {
            let _ = fs::remove_dir_all(entry.path());
        }
    }
    Ok(())
}

/// Whether a folder belonged to a program of the same user that has ended.
fn is_abandoned(entry: &DirEntry, user: u32) -> bool {
    entry.metadata().is_ok_and(|data| data.is_dir() && data.uid() == user)
        && File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    // A panic elsewhere cannot leave the value in between.
    state.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn is_shared_by_clones_and_removed_with_the_last() {
        let first = PrivateFolder::default();
        let second = first.clone();
        let (path, remove) = (first.path().expect("is made"), first.remover());
        assert_eq!(second.path().expect("is there"), path);
        drop(first);
        assert!(path.exists());
        drop(second);
        assert!(!path.exists());
        remove();
    }

    #[test]
    fn can_be_removed_at_once() {
        let private = PrivateFolder::default();
        let path = private.path().expect("is made");
        let mode = path.metadata().expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o700, "others cannot read it");
        fs::write(path.join("file"), "").expect("is writable");
        private.remover()();
        assert!(!path.exists());
        assert!(private.path().is_err(), "it is not made again");
    }

    #[test]
    fn removes_what_was_written_after_its_removal() {
        let private = PrivateFolder::default();
        let path = private.path().expect("is made");
        let remove = private.remover();
        remove();
        fs::create_dir(&path).expect("is made");
        remove();
        assert!(!path.exists());
    }

    #[test]
    fn removes_only_abandoned_folders() {
        let place = tempfile::tempdir().expect("a folder");
        let folder = |name: &str| {
            let folder = place.path().join(name);
            fs::create_dir(&folder).expect("is made");
            folder
        };
        let abandoned = folder("batchmark-abandoned");
        fs::write(abandoned.join(LOCK), "").expect("is written");
        let owned = folder("batchmark-owned");
        let held = File::create(owned.join(LOCK)).expect("is written");
        held.lock().expect("is locked");
        let unlockable = folder("batchmark-of-something-else");
        let other = folder("other");
        fs::write(other.join(LOCK), "").expect("is written");
        let own = folder("batchmark-own");
        remove_abandoned(&own).expect("is readable");
        assert!(!abandoned.exists());
        assert!(owned.exists() && unlockable.exists() && other.exists() && own.exists());
    }
}
