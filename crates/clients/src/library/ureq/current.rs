//! Which request the calling thread is making: ureq does all of a request's work on one thread,
//! and tells its resolver and its connectors nothing of the request but the URL.

use std::cell::RefCell;

use crate::probe::Probe;

thread_local! {
    static CURRENT: RefCell<Option<Probe>> = const { RefCell::new(None) };
}

/// Forgets the request when it is dropped.
#[must_use]
pub(super) struct Guard;

impl Drop for Guard {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}

/// The calling thread makes this request until the guard is dropped.
pub(super) fn set(probe: &Probe) -> Guard {
    CURRENT.set(Some(probe.clone()));
    Guard
}

/// Does something with the probe of the request that the calling thread is making, if any.
pub(super) fn with<T>(act: impl FnOnce(&Probe) -> T) -> Option<T> {
    CURRENT.with_borrow(|probe| probe.as_ref().map(act))
}
