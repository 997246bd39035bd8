//! The request that the calling thread is making. ureq does all work of a request on one thread, and
//! passes only the URL to its resolver and its connectors.

use std::cell::RefCell;

use crate::probe::Probe;

thread_local! {
    static CURRENT: RefCell<Option<Probe>> = const { RefCell::new(None) };
}

/// Forgets the request when it is dropped.
#[must_use]
pub(super) struct CurrentRequestGuard;

impl Drop for CurrentRequestGuard {
    fn drop(&mut self) {
        CURRENT.set(None);
    }
}

/// The calling thread makes this request until the guard is dropped.
pub(super) fn set(probe: &Probe) -> CurrentRequestGuard {
    CURRENT.set(Some(probe.clone()));
    CurrentRequestGuard
}

/// Calls `act` with the probe of the request that the calling thread is making, if any.
pub(super) fn with<T>(act: impl FnOnce(&Probe) -> T) -> Option<T> {
    CURRENT.with_borrow(|probe| probe.as_ref().map(act))
}
