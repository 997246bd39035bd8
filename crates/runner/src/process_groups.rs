//! The live process groups, so that an immediate end of the program can end them too.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The leaders of all live process groups. Clones share one list.
#[derive(Clone, Debug, Default)]
pub struct ProcessGroups {
    leaders: Arc<Mutex<BTreeSet<u32>>>,
}

impl ProcessGroups {
    /// Kills every live group.
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
        // A panic elsewhere cannot leave a set of numbers inconsistent.
        self.leaders.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
