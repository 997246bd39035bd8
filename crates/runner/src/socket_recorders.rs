//! Makes the recorders of driver processes: what their system calls are recorded with.

use std::hash::BuildHasher;
use std::io;
use std::path::PathBuf;

use model::index::ArmIndex;
use socket_witness::{Library, Recorder};

use crate::command::ProcessCommand;
use crate::driver::Driver;
use crate::process_groups::ProcessGroups;

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
        self.create(&format!("{}-{process}", arm.0)).ok()
    }

    /// Whether the library is loaded into the driver that a command starts. It is not if the driver does not
    /// answer.
    ///
    /// # Errors
    /// If the ring cannot be made or read.
    pub fn watches(&self, command: &ProcessCommand, groups: &ProcessGroups) -> io::Result<bool> {
        let recorder = self.create("check")?;
        let mut command = command.clone();
        command.variables.extend_from_slice(recorder.variables());
        // The library's first row is written before the program begins.
        let started = Driver::start(&command, groups);
        Ok(started.is_ok() && recorder.recorded()? > 0)
    }

    fn create(&self, name: &str) -> io::Result<Recorder> {
        Recorder::create(&self.library, &self.folder, name, random_salt(name))
    }
}

/// An unpredictable number. It only hides what is hashed and is never recorded, so a run stays
/// reproducible.
#[expect(clippy::disallowed_types, reason = "it must not be predictable, and decides nothing")]
fn random_salt(name: &str) -> u64 {
    std::hash::RandomState::new().hash_one(name)
}
