//! Requests side by side on one runtime, with a limit on those in flight: as many tasks as the limit, each
//! of which makes one request after another. A task for each request would cost a large batch memory,
//! and more for each request the larger it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use model::trace::Milestone;
use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinSet;

use super::{Mode, submit_all};
use crate::conditions::RuntimeKind;
use crate::library::AsyncClient;
use crate::probe::Probe;
use crate::session_error::SessionError;
use crate::trial::RunningTrial;

/// The concurrent mode of the client that `open` opens.
pub(crate) struct Concurrent<O> {
    open: O,
    runtime_kind: RuntimeKind,
    concurrency: usize,
}

impl<O> Concurrent<O> {
    /// The mode with at most `concurrency` requests in flight, whose sessions `open` opens.
    pub(crate) fn new(open: O, runtime_kind: RuntimeKind, concurrency: usize) -> Self {
        Self { open, runtime_kind, concurrency }
    }
}

/// A session: one client, and the runtime that drives it and is closed after it.
pub(crate) struct AsyncSession<C: AsyncClient> {
    client: Arc<C>,
    runtime: Runtime,
}

impl<C: AsyncClient> Drop for AsyncSession<C> {
    fn drop(&mut self) {
        self.client.close(&self.runtime);
    }
}

impl<C: AsyncClient, O: Fn() -> C + Send> Mode for Concurrent<O> {
    type Session = AsyncSession<C>;

    fn open(&self) -> Result<AsyncSession<C>, SessionError> {
        let mut builder = match self.runtime_kind {
            RuntimeKind::Current => Builder::new_current_thread(),
            RuntimeKind::Multi => Builder::new_multi_thread(),
        };
        let runtime = builder.enable_all().build().map_err(SessionError::Runtime)?;
        Ok(AsyncSession { client: Arc::new((self.open)()), runtime })
    }

    fn run(
        &self,
        session: &mut AsyncSession<C>,
        trial: &Arc<RunningTrial>,
    ) -> Result<(), SessionError> {
        let client = &session.client;
        session.runtime.block_on(async {
            submit_all(trial);
            let next = Arc::new(AtomicUsize::new(0));
            let mut tasks = JoinSet::new();
            for _ in 0..self.concurrency.min(trial.requests()) {
                tasks.spawn(make_requests(
                    Arc::clone(client),
                    Arc::clone(trial),
                    Arc::clone(&next),
                ));
            }
            let all = async { while tasks.join_next().await.is_some() {} };
            // A request that the limit cuts short has no outcome, which means that it timed out.
            let _ = tokio::time::timeout(trial.limit().remaining(), all).await;
        });
        Ok(())
    }
}

/// Makes one request after another, until another task has taken the last.
async fn make_requests<C: AsyncClient>(
    client: Arc<C>,
    trial: Arc<RunningTrial>,
    next: Arc<AtomicUsize>,
) {
    loop {
        let request = next.fetch_add(1, Ordering::Relaxed);
        if request >= trial.requests() {
            return;
        }
        let probe = Probe::new(&trial, request);
        probe.mark(Milestone::Started);
        let fetched = client.fetch(&probe).await;
        probe.conclude(fetched);
    }
}
