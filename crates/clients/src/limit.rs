//! A trial's time limit, kept by the driver and never by a client's own timeouts, which cost the
//! client threads and timers that it would not have without them.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::failure::{Failure, FailureKind};
use model::time::{Moment, Span};

use crate::clock::now;

/// What can be made to give up from another thread.
pub(crate) trait Interrupt: Send + Sync {
    /// Ends whatever the client is blocked in, soon and for good: the client is of no use after it.
    fn interrupt(&self);
}

/// The moment at which a trial must be over.
pub(crate) struct Limit {
    allowed: Span,
    deadline: Moment,
    guarded: Mutex<Guarded>,
}

#[derive(Default)]
struct Guarded {
    client: Option<Arc<dyn Interrupt>>,
    enforced: bool,
}

impl Limit {
    /// A limit that passes when `allowed` has gone by from now on.
    pub(crate) fn from_now(allowed: Span) -> Self {
        Self { allowed, deadline: now() + allowed, guarded: Mutex::default() }
    }

    /// Whether the limit has passed.
    pub(crate) fn has_passed(&self) -> bool {
        now() >= self.deadline
    }

    /// How much time is left.
    pub(crate) fn remaining(&self) -> Duration {
        self.deadline.since(now()).into()
    }

    /// How a request fails that had not ended when the limit passed.
    pub(crate) fn failure(&self) -> Failure {
        Failure {
            kind: FailureKind::Timeout,
            message: format!("the trial's time limit of {} passed first", self.allowed),
        }
    }

    /// Names the client that must give up when the limit passes. A client that comes too late is
    /// interrupted at once.
    pub(crate) fn guard(&self, client: Arc<dyn Interrupt>) {
        let mut guarded = self.guarded.lock().unwrap_or_else(PoisonError::into_inner);
        if guarded.enforced {
            client.interrupt();
        }
        guarded.client = Some(client);
    }

    /// Lets the client be: the trial is over.
    pub(crate) fn release(&self) {
        self.guarded.lock().unwrap_or_else(PoisonError::into_inner).client = None;
    }

    /// Interrupts the guarded client.
    pub(crate) fn enforce(&self) {
        let mut guarded = self.guarded.lock().unwrap_or_else(PoisonError::into_inner);
        guarded.enforced = true;
        if let Some(client) = &guarded.client {
            client.interrupt();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    #[derive(Default)]
    struct Counting(AtomicUsize);

    impl Interrupt for Counting {
        fn interrupt(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn the_guarded_client_is_interrupted_and_one_that_comes_too_late_at_once() {
        let (limit, client) = (Limit::from_now(Span::ZERO), Arc::new(Counting::default()));
        let interrupts = || client.0.load(Ordering::SeqCst);
        limit.guard(Arc::clone(&client) as _);
        assert_eq!(interrupts(), 0);
        limit.enforce();
        assert_eq!(interrupts(), 1);
        limit.guard(Arc::clone(&client) as _);
        assert_eq!(interrupts(), 2);
        limit.release();
        limit.enforce();
        assert_eq!(interrupts(), 2);
    }
}
