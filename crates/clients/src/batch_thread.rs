//! The thread that runs batches. It keeps the driver's own thread free to notice the end of its
//! input and the time limit, and costs a batch nothing while the driver waits.

use std::any::Any;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::{self, Sender};
use std::thread::Builder;

use crate::session::BatchRunner;
use crate::session_error::SessionError;
use crate::timing::BatchTiming;
use crate::trial::RunningTrial;

/// A trial that has ended, with its timing.
pub(crate) struct FinishedBatch {
    pub(crate) trial: Arc<RunningTrial>,
    pub(crate) timing: Result<BatchTiming, SessionError>,
}

/// A prepared strategy on its own thread. When this is dropped, the thread ends with its current
/// batch.
pub(crate) struct BatchThread {
    trials: Sender<Arc<RunningTrial>>,
}

impl BatchThread {
    /// Starts the thread, which passes each finished trial to `report`.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub(crate) fn start(
        mut runner: Box<dyn BatchRunner>,
        report: impl Fn(FinishedBatch) + Send + 'static,
    ) -> Result<Self, SessionError> {
        let (trials, inbox) = mpsc::channel::<Arc<RunningTrial>>();
        Builder::new()
            .name("batch".to_owned())
            .spawn(move || {
                for trial in inbox {
                    let timing = catch_unwind(AssertUnwindSafe(|| runner.run(&trial)))
                        .unwrap_or_else(|panic| Err(SessionError::Panic(message(panic.as_ref()))));
                    report(FinishedBatch { trial, timing });
                }
            })
            .map_err(SessionError::Thread)?;
        Ok(Self { trials })
    }

    /// Starts a trial on the thread.
    pub(crate) fn run(&self, trial: Arc<RunningTrial>) {
        // Cannot fail: the thread ends only when this end of the channel is dropped.
        let _ = self.trials.send(trial);
    }
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<&str>().map(|text| (*text).to_owned());
    text.or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".to_owned())
}
