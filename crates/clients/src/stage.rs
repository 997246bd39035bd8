//! The thread on which batches are run, so that the driver's own thread stays free to notice the
//! end of its input and the passing of a time limit, and costs a batch nothing while it waits.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::Builder;

use crate::session::{Bench, Timing};
use crate::session_error::SessionError;
use crate::trial::Trial;

/// A trial that has been run, with its timing.
pub(crate) struct Over {
    pub(crate) trial: Arc<Trial>,
    pub(crate) timing: Result<Timing, SessionError>,
}

/// A prepared strategy on a thread of its own. Dropping it lets the thread end when its present
/// batch does.
pub(crate) struct Stage {
    orders: Sender<Arc<Trial>>,
}

impl Stage {
    /// Starts the thread. Each trial that it has run is given to `report`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(
        mut bench: Box<dyn Bench>,
        report: impl Fn(Over) + Send + 'static,
    ) -> Result<Self, SessionError> {
        let (orders, inbox) = mpsc::channel::<Arc<Trial>>();
        Builder::new()
            .name("batch".to_owned())
            .spawn(move || {
                for trial in inbox {
                    let timing = catch_unwind(AssertUnwindSafe(|| bench.run(&trial)))
                        .unwrap_or_else(|panic| Err(SessionError::Panic(words(panic.as_ref()))));
                    report(Over { trial, timing });
                }
            })
            .map_err(SessionError::Thread)?;
        Ok(Self { orders })
    }

    /// Has a trial run.
    pub(crate) fn order(&self, trial: Arc<Trial>) {
        // The thread ends only when this end of the channel is dropped.
        let _ = self.orders.send(trial);
    }
}

fn words(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "for no stated reason".to_owned())
}
