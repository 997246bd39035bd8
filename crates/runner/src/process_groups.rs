//! The process groups that are alive, so that whoever ends the program in a hurry can end them too.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The leaders of all live process groups. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct ProcessGroups {
    leaders: Arc<Mutex<BTreeSet<u32>>>,
}

impl ProcessGroups {
    /// Kills every group that is alive.
    pub fn kill_all(&self) {
        for &leader in self.lock().iter() {
            host::process::kill_group(leader);
        }
    }

    pub(crate) fn add(&self, leader: u32) {
        self.lock().insert(leader);
    }

    pub(crate) fn remove(&self, leader: u32) {
        self.lock().remove(&leader);
    }

    fn lock(&self) -> MutexGuard<'_, BTreeSet<u32>> {
        // A list of numbers is whole whoever panicked beside it.
        self.leaders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
