//! A fixed pool of threads that share one session and take the next request when they are free.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{Builder, JoinHandle};

use model::trace::Milestone;

use super::{Mode, make_request, submit_all};
use crate::library::BlockingClient;
use crate::probe::Probe;
use crate::session_error::SessionError;
use crate::trial::RunningTrial;

/// The threaded mode of the client that `open` opens.
pub(crate) struct Threads<O> {
    open: O,
    workers: usize,
}

impl<O> Threads<O> {
    /// The mode with at most `workers` threads, whose sessions `open` opens.
    pub(crate) fn new(open: O, workers: usize) -> Self {
        Self { open, workers }
    }
}

impl<C: BlockingClient, O: Fn() -> C + Send> Mode for Threads<O> {
    type Session = WorkerPool<C>;

    fn open(&self) -> Result<WorkerPool<C>, SessionError> {
        let client = Arc::new((self.open)());
        Ok(WorkerPool { client, inboxes: Vec::new(), threads: Vec::new() })
    }

    fn run(&self, pool: &mut WorkerPool<C>, trial: &Arc<RunningTrial>) -> Result<(), SessionError> {
        trial.limit().guard(Arc::clone(&pool.client) as _);
        submit_all(trial);
        let needed = self.workers.min(trial.requests());
        let next = Arc::new(AtomicUsize::new(0));
        // Each worker drops its sender when no request is left, so the receiver hangs up after the
        // last worker.
        let (working, all_done) = mpsc::channel();
        for worker in 0..needed {
            // As in Python's pool, a thread is started only when there is work for it.
            pool.start(worker)?;
            let batch = Batch {
                trial: Arc::clone(trial),
                next: Arc::clone(&next),
                _working: working.clone(),
            };
            // Fails only if the worker has panicked: the other workers take its requests.
            let _ = pool.inboxes[worker].send(batch);
        }
        drop(working);
        let Err(_hung_up) = all_done.recv();
        trial.limit().release();
        Ok(())
    }
}

/// A session: one client, and the threads that use it.
pub(crate) struct WorkerPool<C> {
    client: Arc<C>,
    inboxes: Vec<Sender<Batch>>,
    threads: Vec<JoinHandle<()>>,
}

/// A batch as each worker sees it.
struct Batch {
    trial: Arc<RunningTrial>,
    /// The index of the next request that no worker has taken.
    next: Arc<AtomicUsize>,
    _working: Sender<Infallible>,
}

impl<C: BlockingClient> WorkerPool<C> {
    /// Starts the worker of this number, unless it runs already.
    fn start(&mut self, worker: usize) -> Result<(), SessionError> {
        if worker < self.threads.len() {
            return Ok(());
        }
        let (inbox, batches) = mpsc::channel();
        let client = Arc::clone(&self.client);
        let thread = Builder::new()
            .name(format!("worker-{worker}"))
            .spawn(move || work(client.as_ref(), worker as u64, &batches))
            .map_err(SessionError::Thread)?;
        self.inboxes.push(inbox);
        self.threads.push(thread);
        Ok(())
    }
}

impl<C> Drop for WorkerPool<C> {
    fn drop(&mut self) {
        self.inboxes.clear();
        for thread in self.threads.drain(..) {
            // A worker that panicked leaves a request without an outcome, which the trial reports.
            let _ = thread.join();
        }
    }
}

/// Takes requests of one batch after another, until the pool is dropped.
fn work<C: BlockingClient>(client: &C, worker: u64, batches: &Receiver<Batch>) {
    for batch in batches {
        loop {
            let request = batch.next.fetch_add(1, Ordering::Relaxed);
            if request >= batch.trial.requests() {
                break;
            }
            let probe = Probe::new(&batch.trial, request);
            probe.worker(worker);
            probe.mark(Milestone::Started);
            make_request(client, &probe);
        }
    }
}
