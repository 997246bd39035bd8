//! Cooperative cancellation: a flag that the run loop reads between trials.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the run should end after the current trial. Clones share one flag.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    requested: Arc<AtomicBool>,
}

impl Interrupt {
    /// Requests the end of the run. Returns whether it had been requested before.
    pub fn request(&self) -> bool {
        self.requested.swap(true, Ordering::SeqCst)
    }

    /// Whether the run should end.
    pub fn is_requested(&self) -> bool {
        self.requested.load(Ordering::SeqCst)
    }
}
