//! The preloaded library, which the program carries inside.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// The library's bytes; empty where it could not be built.
const BYTES: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/witness.so"));

/// The variable in which the system's loader looks for libraries to load first.
const PRELOAD: &str = "LD_PRELOAD";
/// The variable in which the library looks for its ring.
const RING: &str = "BATCHMARK_SOCKET_WITNESS";

/// Why there is no library.
#[derive(Debug)]
pub enum NoLibrary {
    /// It was not built: the system has no `LD_PRELOAD`, or there was no C compiler.
    NotBuilt,
    /// It could not be written.
    Io(io::Error),
}

/// The library as a file that processes can load.
#[derive(Clone, Debug)]
pub struct Library {
    path: PathBuf,
}

impl Library {
    /// Writes the library into `folder`.
    ///
    /// # Errors
    /// If the program carries none, or it cannot be written.
    pub fn write_to(folder: &Path) -> Result<Self, NoLibrary> {
        if BYTES.is_empty() {
            return Err(NoLibrary::NotBuilt);
        }
        let path = folder.join("socket-witness.so");
        fs::write(&path, BYTES).map_err(NoLibrary::Io)?;
        Ok(Self { path })
    }

    /// The variables with which a process loads it and finds its ring. Other preloaded libraries stay.
    pub(crate) fn variables(&self, ring: &Path) -> [(&'static str, OsString); 2] {
        let mut preload = env::var_os(PRELOAD).unwrap_or_default();
        if !preload.is_empty() {
            preload.push(":");
        }
        preload.push(&self.path);
        [(PRELOAD, preload), (RING, ring.as_os_str().to_owned())]
    }
}
