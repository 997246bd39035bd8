//! The clock of all timestamps: the monotonic clock, which the runner and the endpoint read too.

use model::time::Moment;

/// The current moment.
pub(crate) fn now() -> Moment {
    Moment::from(host::clock::monotonic())
}
