//! The sources of drivers in other languages, which the program carries and writes to the private
//! folder on first use.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::{fs, io};

use crate::private_folder::PrivateFolder;

use runner::host_driver::Absence;

/// Every file: its path in the folder, and its content.
const FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/carried.rs"));

/// The script that Python runs. Python puts the script's folder first on its path, so it finds the
/// package there and the rest of the environment stays unchanged. (`-m` would put the working
/// directory first, which may contain a `batchmark.py` or an `ssl.py`.)
const PYTHON_ENTRY: (&str, &str) = ("python/__main__.py", include_str!("carried/entry.py"));

/// The carried sources, in the private folder.
#[derive(Debug, Default)]
pub struct Carried {
    private: PrivateFolder,
    written: Mutex<Option<PathBuf>>,
}

impl Carried {
    /// The sources, to be written to this folder.
    pub fn to(private: PrivateFolder) -> Self {
        Self { private, written: Mutex::default() }
    }

    /// The path of a carried file or folder.
    ///
    /// # Errors
    /// If the sources cannot be written.
    pub fn path(&self, place: &str) -> Result<PathBuf, Absence> {
        // A panic elsewhere cannot leave the value in between.
        let mut written = self.written.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(folder) = &*written {
            return Ok(folder.join(place));
        }
        let folder = self.private.path().and_then(|private| write(&private.join("carried")));
        Ok(written.insert(folder.map_err(unwritable)?).join(place))
    }

    /// The folder for files that a driver writes.
    ///
    /// # Errors
    /// If it cannot be created.
    pub fn folder(&self) -> Result<PathBuf, Absence> {
        self.private.path().map_err(unwritable)
    }
}

fn unwritable(error: io::Error) -> Absence {
    Absence {
        reason: format!("its driver cannot be written to a temporary folder: {error}"),
        remedy: "free space there, or choose another folder: TMPDIR=/var/tmp batchmark …"
            .to_owned(),
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
    fn writes_the_sources_once_and_removes_them_at_the_end() {
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
            "go/main.go",
            "go/conditions.json",
            "java/Host.java",
            "java/conditions.json",
        ];
        for place in places {
            let text = fs::read_to_string(carried.path(place).expect("is there"));
            assert!(!text.expect("is carried").is_empty(), "{place}");
        }
        drop(carried);
        assert!(!entry.exists());
    }

    #[test]
    fn carries_only_sources() {
        for (place, _) in FILES {
            let is_source = [".go", ".java", ".py", ".mjs", "/conditions.json"]
                .iter()
                .any(|end| place.ends_with(end));
            assert!(is_source, "{place} is carried");
            assert!(!place.contains("__pycache__") && !place.contains("/test"), "{place}");
        }
    }
}
