//! The clock that every moment is read from: the machine's monotonic one, which the runner and the
//! endpoint read too.

use model::time::Moment;

/// The present moment.
pub(crate) fn now() -> Moment {
    Moment::from(host::clock::monotonic())
}
