//! Every request as a task on one runtime, with a limit on the requests in flight.

use std::sync::Arc;

use model::trace::Milestone;
use tokio::runtime::{Builder, Runtime};
use tokio::sync::Semaphore;
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
pub(crate) struct AsyncSession<C> {
    client: Arc<C>,
    runtime: Runtime,
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
            let permits = Arc::new(Semaphore::new(self.concurrency.min(trial.requests())));
            let mut tasks = JoinSet::new();
            for request in 0..trial.requests() {
                let probe = Probe::new(trial, request);
                tasks.spawn(make_request(Arc::clone(client), Arc::clone(&permits), probe));
            }
            let all = async { while tasks.join_next().await.is_some() {} };
            // A request that the limit cuts short has no outcome, which means that it timed out.
            let _ = tokio::time::timeout(trial.limit().remaining(), all).await;
        });
        Ok(())
    }
}

async fn make_request<C: AsyncClient>(client: Arc<C>, permits: Arc<Semaphore>, probe: Probe) {
    let _permit = permits.acquire().await.expect("the semaphore is never closed");
    probe.mark(Milestone::Started);
    let fetched = client.fetch(&probe).await;
    probe.conclude(fetched);
}
