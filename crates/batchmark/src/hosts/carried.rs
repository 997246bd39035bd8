//! What the program carries for other languages: the sources of their drivers, written to a private
//! folder when the first of them is asked for, and removed with it when the run is over.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::{fs, io};

use tempfile::TempDir;

use super::Absence;

/// Every file with its place in the folder.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/carried.rs"));

/// What Python is told to run. Python puts the folder of what it runs first on its path: the package
/// is found there, and nothing else in the environment is changed. (`-m` would put the working
/// directory first, where a `batchmark.py` or an `ssl.py` may lie.)
const PYTHON_ENTRY: (&str, &str) = (
    "python/__main__.py",
    "import runpy\n\nrunpy.run_module(\"batchmark.driver\", run_name=\"__main__\")\n",
);

/// The folder of what is carried; it is removed with this.
#[derive(Debug, Default)]
pub struct Carried {
    folder: Arc<Mutex<Option<TempDir>>>,
}

impl Carried {
    /// The path of a file or a folder that is carried.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn path(&self, place: &str) -> Result<PathBuf, Absence> {
        let mut folder = lock(&self.folder);
        if folder.is_none() {
            *folder = Some(write().map_err(unwritable)?);
        }
        Ok(folder.as_ref().map(|written| written.path().join(place)).unwrap_or_default())
    }

    /// What removes the folder at once, for a program that is ended in a hurry. It does not keep
    /// the folder any longer than this does.
    pub fn remover(&self) -> impl Fn() + Send + 'static + use<> {
        let folder = Arc::downgrade(&self.folder);
        move || {
            if let Some(folder) = folder.upgrade() {
                drop(lock(&folder).take());
            }
        }
    }
}

fn lock(folder: &Mutex<Option<TempDir>>) -> MutexGuard<'_, Option<TempDir>> {
    // A folder is there or not, whoever panicked beside it.
    folder.lock().unwrap_or_else(PoisonError::into_inner)
}

fn unwritable(error: io::Error) -> Absence {
    Absence {
        reason: format!("its driver cannot be written to a temporary folder: {error}"),
        remedy: "make room there, or name another folder: TMPDIR=/var/tmp batchmark …".to_owned(),
    }
}

fn write() -> io::Result<TempDir> {
    let folder = tempfile::Builder::new().prefix("batchmark-").tempdir()?;
    for (place, text) in FILES.iter().chain([&PYTHON_ENTRY]) {
        let path = folder.path().join(place);
        fs::create_dir_all(path.parent().unwrap_or_else(|| Path::new("/")))?;
        fs::write(path, text)?;
    }
    Ok(folder)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_is_written_once_and_removed_at_the_end() {
        let carried = Carried::default();
        let remove = carried.remover();
        let entry = carried.path("python/__main__.py").expect("is written");
        assert!(entry.exists());
        assert_eq!(carried.path("python/__main__.py"), Ok(entry.clone()));
        for place in ["python/batchmark/__init__.py", "python/batchmark/driver.py"] {
            assert!(carried.path(place).expect("is there").exists(), "{place} is not carried");
        }
        let driver = carried.path("node/driver.mjs").expect("is there");
        assert!(fs::read_to_string(driver).expect("is text").contains("hello"));
        drop(carried);
        assert!(!entry.exists());
        remove();
    }

    #[test]
    fn it_can_be_removed_in_a_hurry() {
        let carried = Carried::default();
        let remove = carried.remover();
        let entry = carried.path("node/driver.mjs").expect("is written");
        remove();
        assert!(!entry.exists());
    }

    #[test]
    fn nothing_is_carried_but_sources() {
        for (place, _) in FILES {
            assert!(place.ends_with(".py") || place.ends_with(".mjs"), "{place} is carried");
            assert!(!place.contains("__pycache__"), "{place} is carried");
        }
    }
}
