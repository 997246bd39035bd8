//! A person's wish that the run should end.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Whether the run should end after the running trial. Clones share the wish.
#[derive(Clone, Debug, Default)]
pub struct Interrupt {
    wished: Arc<AtomicBool>,
}

impl Interrupt {
    /// Wishes that the run should end; tells whether that had been wished before.
    pub fn wish(&self) -> bool {
        self.wished.swap(true, Ordering::SeqCst)
    }

    /// Whether the run should end.
    pub fn is_wished(&self) -> bool {
        self.wished.load(Ordering::SeqCst)
    }
}
