//! Makes the recorders of driver processes: what their system calls are recorded with.

use std::hash::BuildHasher;
use std::path::PathBuf;

use model::index::ArmIndex;
use socket_witness::{Library, Recorder};

/// Makes a recorder for each driver process.
#[derive(Debug)]
pub struct SocketRecorders {
    library: Library,
    /// Where the rings are: best in memory.
    folder: PathBuf,
}

impl SocketRecorders {
    /// Recorders that use `library` and keep their rings in `folder`.
    pub const fn new(library: Library, folder: PathBuf) -> Self {
        Self { library, folder }
    }

    /// A recorder for the process of an arm that is about to start. None if its ring cannot be made: the
    /// process then runs unobserved.
    pub(crate) fn recorder(&self, arm: ArmIndex, process: u32) -> Option<Recorder> {
        let name = format!("{}-{process}", arm.0);
        let salt = random_salt(&name);
        Recorder::create(&self.library, &self.folder, &name, salt).ok()
    }
}

/// An unpredictable number. It only hides what is hashed and is never recorded, so a run stays
/// reproducible.
#[expect(clippy::disallowed_types, reason = "it must not be predictable, and decides nothing")]
fn random_salt(name: &str) -> u64 {
    std::hash::RandomState::new().hash_one(name)
}
