//! The cores that the calling thread, and the processes that it starts, may run on.

use anyhow::Result;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The cores that this process may use.
pub(crate) struct Cores {
    all: CpuSet,
    numbers: Vec<usize>,
}

impl Cores {
    /// Reads the affinity of this process.
    pub(crate) fn available() -> Result<Self> {
        let all = sched_getaffinity(Pid::from_raw(0))?;
        let numbers = (0..CpuSet::count()).filter(|&core| all.is_set(core) == Ok(true)).collect();
        Ok(Self { all, numbers })
    }

    /// Moves the calling thread to the first core, for starting servers.
    pub(crate) fn move_to_server(&self) -> Result<()> {
        self.move_to(self.numbers.first())
    }

    /// Moves the calling thread to the second core, for generating load.
    pub(crate) fn move_to_client(&self) -> Result<()> {
        self.move_to(self.numbers.get(1).or(self.numbers.first()))
    }

    /// Lets the calling thread run on every core again.
    pub(crate) fn allow_all(&self) -> Result<()> {
        Ok(sched_setaffinity(Pid::from_raw(0), &self.all)?)
    }

    fn move_to(&self, core: Option<&usize>) -> Result<()> {
        let mut cores = CpuSet::new();
        if let Some(&core) = core {
            cores.set(core)?;
            sched_setaffinity(Pid::from_raw(0), &cores)?;
        }
        Ok(())
    }
}
