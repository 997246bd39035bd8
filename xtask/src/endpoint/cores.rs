//! Which cores the calling thread, and what it starts, may run on.

use anyhow::Result;
use nix::sched::{CpuSet, sched_getaffinity, sched_setaffinity};
use nix::unistd::Pid;

/// The cores that this process may use.
pub(crate) struct Cores {
    all: CpuSet,
    numbers: Vec<usize>,
}

impl Cores {
    /// Asks the system.
    pub(crate) fn available() -> Result<Self> {
        let all = sched_getaffinity(Pid::from_raw(0))?;
        let numbers = (0..CpuSet::count()).filter(|&core| all.is_set(core) == Ok(true)).collect();
        Ok(Self { all, numbers })
    }

    /// Moves the calling thread to the first core, where the servers are started.
    pub(crate) fn move_to_server(&self) -> Result<()> {
        self.move_to(self.numbers.first())
    }

    /// Moves it to the second core, where the load comes from.
    pub(crate) fn move_to_client(&self) -> Result<()> {
        self.move_to(self.numbers.get(1).or(self.numbers.first()))
    }

    /// Lets it run anywhere again.
    pub(crate) fn let_go(&self) -> Result<()> {
        Ok(sched_setaffinity(Pid::from_raw(0), &self.all)?)
    }

    fn move_to(&self, core: Option<&usize>) -> Result<()> {
        let mut one = CpuSet::new();
        if let Some(&core) = core {
            one.set(core)?;
            sched_setaffinity(Pid::from_raw(0), &one)?;
        }
        Ok(())
    }
}
