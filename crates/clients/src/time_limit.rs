//! A trial's time limit. The driver enforces it, because a client's own timeouts would cost threads
//! and timers that its users do not have.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use model::failure::{Failure, FailureKind};
use model::time::{Moment, Span};

use host::clock::now;

/// A limit as people write it: `30 s`, `1500 ms`. The drivers of all languages write it alike.
fn write_limit(limit: Span) -> String {
    let nanos = limit.as_nanos();
    if nanos.is_multiple_of(1_000_000_000) {
        return format!("{} s", nanos / 1_000_000_000);
    }
    format!("{} ms", nanos as f64 / 1e6)
}

/// A client that another thread can interrupt.
pub(crate) trait Interruptible: Send + Sync {
    /// Ends what the client is blocked in. The client cannot be used again.
    fn interrupt(&self);
}

/// The moment at which a trial must have ended.
pub(crate) struct TimeLimit {
    allowed: Span,
    deadline: Moment,
    guarded: Mutex<Guarded>,
}

#[derive(Default)]
struct Guarded {
    client: Option<Arc<dyn Interruptible>>,
    enforced: bool,
}

impl TimeLimit {
    /// A limit that passes `allowed` from now.
    pub(crate) fn from_now(allowed: Span) -> Self {
        Self { allowed, deadline: now() + allowed, guarded: Mutex::default() }
    }

    /// Whether the limit has passed.
    pub(crate) fn has_passed(&self) -> bool {
        self.has_passed_at(now())
    }

    /// Whether the limit had passed at a moment.
    pub(crate) fn has_passed_at(&self, moment: Moment) -> bool {
        moment >= self.deadline
    }

    /// How much time is left.
    pub(crate) fn remaining(&self) -> Duration {
        self.deadline.since(now()).into()
    }

    /// The failure of a request that had not ended when the limit passed.
    pub(crate) fn failure(&self) -> Failure {
        Failure {
            kind: FailureKind::Timeout,
            message: format!("the trial reached its time limit of {}", write_limit(self.allowed)),
        }
    }

    /// Sets the client to interrupt when the limit is enforced; at once if it is enforced already.
    pub(crate) fn guard(&self, client: Arc<dyn Interruptible>) {
        let mut guarded = self.guarded.lock().unwrap_or_else(PoisonError::into_inner);
        if guarded.enforced {
            client.interrupt();
        }
        guarded.client = Some(client);
    }

    /// Forgets the client, because the trial has ended.
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

    impl Interruptible for Counting {
        fn interrupt(&self) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }

    #[test]
    fn interrupts_the_guarded_client_and_one_that_arrives_late_at_once() {
        let (limit, client) = (TimeLimit::from_now(Span::ZERO), Arc::new(Counting::default()));
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
