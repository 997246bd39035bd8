//! The private folder of a run: what the program and its processes write, and nobody keeps.
//!
//! The program owns it, and not the process that writes there, for any of these may be killed. It is
//! removed with the run, also by the second Ctrl-C. A program that is itself killed can remove
//! nothing; so a folder is locked for as long as its program lives, and the next program that makes
//! one removes those that nobody holds. It must never remove a folder that may still have an owner.

use std::fs::{self, DirEntry, File};
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tempfile::TempDir;

/// How the folder's name begins.
const PREFIX: &str = "batchmark-";
/// The file in it that its owner holds locked.
const LOCK: &str = "owner.lock";

/// A folder that is made when it is first asked for. Clones share one; the last removes it.
#[derive(Clone, Debug, Default)]
pub struct PrivateFolder {
    owned: Arc<Mutex<Option<Owned>>>,
}

/// A folder and the lock that says so. The folder goes first.
#[derive(Debug)]
struct Owned {
    folder: TempDir,
    _lock: File,
}

impl PrivateFolder {
    /// Where it is.
    ///
    /// # Errors
    /// When it cannot be made.
    pub fn path(&self) -> io::Result<PathBuf> {
        let mut owned = lock(&self.owned);
        if let Some(owned) = &*owned {
            return Ok(owned.folder.path().to_owned());
        }
        let made = Owned::make()?;
        let path = made.folder.path().to_owned();
        *owned = Some(made);
        Ok(path)
    }

    /// What removes it at once, for a program that is ended in a hurry. It does not keep the folder
    /// any longer than this does.
    pub fn remover(&self) -> impl Fn() + Send + 'static + use<> {
        let owned = Arc::downgrade(&self.owned);
        move || {
            if let Some(owned) = owned.upgrade() {
                drop(lock(&owned).take());
            }
        }
    }
}

impl Owned {
    fn make() -> io::Result<Self> {
        let folder = tempfile::Builder::new().prefix(PREFIX).tempdir()?;
        // Locked before it has its name, so that nobody finds it unlocked.
        let unnamed = folder.path().join("new.lock");
        let lock = File::create(&unnamed)?;
        lock.lock()?;
        fs::rename(unnamed, folder.path().join(LOCK))?;
        remove_abandoned(folder.path())?;
        Ok(Self { folder, _lock: lock })
    }
}

/// Removes the folders beside this one whose owners are gone. What cannot be removed is left.
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

/// Whether a folder was a program's of the same user, which holds its lock no longer.
fn is_abandoned(entry: &DirEntry, user: u32) -> bool {
    entry.metadata().is_ok_and(|data| data.is_dir() && data.uid() == user)
        && File::open(entry.path().join(LOCK)).is_ok_and(|lock| lock.try_lock().is_ok())
}

fn lock(owned: &Mutex<Option<Owned>>) -> MutexGuard<'_, Option<Owned>> {
    // A folder is there or not, whoever panicked beside it.
    owned.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_one_for_all_clones_and_removed_with_the_last() {
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
    fn it_can_be_removed_in_a_hurry() {
        let private = PrivateFolder::default();
        let path = private.path().expect("is made");
        fs::write(path.join("file"), "").expect("is writable");
        private.remover()();
        assert!(!path.exists());
    }

    #[test]
    fn only_what_has_no_owner_is_removed_by_another() {
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
