//! Every request a task on one runtime, with at most so many under way at once.

use std::sync::Arc;

use model::trace::Milestone;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use super::{Mode, submit_all};
use crate::conditions::Scheduler;
use crate::library::AsyncClient;
use crate::probe::Probe;
use crate::session_error::SessionError;
use crate::trial::Trial;

/// The concurrent mode of the client that `open` opens.
pub(crate) struct Concurrent<O> {
    open: O,
    scheduler: Scheduler,
    concurrency: usize,
}

impl<O> Concurrent<O> {
    /// The mode with at most `concurrency` requests under way, whose sessions are opened by `open`.
    pub(crate) fn new(open: O, scheduler: Scheduler, concurrency: usize) -> Self {
        Self { open, scheduler, concurrency }
    }
}

/// A session: one client, and the runtime that drives it, which is closed after it.
pub(crate) struct Driven<C> {
    client: Arc<C>,
    runtime: Runtime,
}

impl<C: AsyncClient, O: Fn() -> C + Send> Mode for Concurrent<O> {
    type Session = Driven<C>;

    fn open(&self) -> Result<Driven<C>, SessionError> {
        let mut builder = match self.scheduler {
            Scheduler::Current => Builder::new_current_thread(),
            Scheduler::Multi => Builder::new_multi_thread(),
        };
        let runtime = builder.enable_all().build().map_err(SessionError::Runtime)?;
        Ok(Driven { client: Arc::new((self.open)()), runtime })
    }

    fn run(&self, session: &mut Driven<C>, trial: &Arc<Trial>) -> Result<(), SessionError> {
        let client = &session.client;
        session.runtime.block_on(async {
            submit_all(trial);
            let permits = Arc::new(Semaphore::new(self.concurrency.min(trial.requests())));
            let mut tasks = JoinSet::new();
            for request in 0..trial.requests() {
                let probe = Probe::new(trial, request);
                tasks.spawn(make(Arc::clone(client), Arc::clone(&permits), probe));
            }
            let all = async { while tasks.join_next().await.is_some() {} };
            // Whatever the limit cuts short stays unconcluded, which means that it timed out.
            let _ = tokio::time::timeout(trial.limit().remaining(), all).await;
        });
        Ok(())
    }
}

async fn make<C: AsyncClient>(client: Arc<C>, permits: Arc<Semaphore>, probe: Probe) {
    let _permit = permits.acquire().await.expect("nobody closes the semaphore");
    probe.mark(Milestone::Started);
    let fetched = client.fetch(&probe).await;
    probe.conclude(fetched);
}
