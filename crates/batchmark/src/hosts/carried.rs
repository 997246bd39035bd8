//! What the program carries for other languages: the sources of their drivers, written to the private
//! folder when the first of them is asked for.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use crate::private_folder::PrivateFolder;

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

/// What is carried, in the private folder that it is removed with.
#[derive(Debug, Default)]
pub struct Carried {
    private: PrivateFolder,
    written: Mutex<Option<PathBuf>>,
}

impl Carried {
    /// What is carried, to be written to this folder.
    pub fn to(private: PrivateFolder) -> Self {
        Self { private, written: Mutex::default() }
    }

    /// The path of a file or a folder that is carried.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn path(&self, place: &str) -> Result<PathBuf, Absence> {
        // Sources are written or not, whoever panicked beside them.
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &*written {
            return Ok(folder.join(place));
        }
        let folder = self.private.path().and_then(|private| write(&private.join("carried")));
        Ok(written.insert(folder.map_err(unwritable)?).join(place))
    }

    /// Where a driver puts what it writes itself.
    ///
    /// # Errors
    /// When there can be no such folder.
    pub fn folder(&self) -> Result<PathBuf, Absence> {
        self.private.path().map_err(unwritable)
    }
}

fn unwritable(error: io::Error) -> Absence {
    Absence {
        reason: format!("its driver cannot be written to a temporary folder: {error}"),
        remedy: "make room there, or name another folder: TMPDIR=/var/tmp batchmark …".to_owned(),
    }
}

fn write(folder: &Path) -> io::Result<PathBuf> {
    for (place, text) in FILES.iter().chain([&PYTHON_ENTRY]) {
        let path = folder.join(place);
        fs::create_dir_all(path.parent().unwrap_or_else(|| Path::new("/")))?;
        fs::write(path, text)?;
    }
    Ok(folder.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_carried_is_written_once_and_removed_at_the_end() {
        let carried = Carried::default();
        let entry = carried.path("python/__main__.py").expect("is written");
        assert!(entry.exists());
        assert_eq!(carried.path("python/__main__.py"), Ok(entry.clone()));
        let places = [
            "python/batchmark/__init__.py",
            "python/batchmark/driver/__main__.py",
            "python/batchmark/driver/conditions.json",
            "node/driver.mjs",
            "node/conditions.json",
        ];
        for place in places {
            let text = fs::read_to_string(carried.path(place).expect("is there"));
            assert!(!text.expect("is carried").is_empty(), "{place}");
        }
        drop(carried);
        assert!(!entry.exists());
    }

    #[test]
    fn nothing_is_carried_but_sources() {
        for (place, _) in FILES {
            let is_source =
                [".py", ".mjs", "/conditions.json"].iter().any(|end| place.ends_with(end));
            assert!(is_source, "{place} is carried");
            assert!(!place.contains("__pycache__") && !place.contains("/test"), "{place}");
        }
    }
}
