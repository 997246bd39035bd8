//! A fixed pool of threads that share one session and take the next request when they are free.

use std::convert::Infallible;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::thread::{Builder, JoinHandle};

use model::trace::Milestone;

use super::{Mode, make, submit_all};
use crate::library::BlockingClient;
use crate::probe::Probe;
use crate::session_error::SessionError;
use crate::trial::Trial;

/// The threaded mode of the client that `open` opens.
pub(crate) struct Threads<O> {
    open: O,
    workers: usize,
}

impl<O> Threads<O> {
    /// The mode with at most `workers` threads, whose sessions are opened by `open`.
    pub(crate) fn new(open: O, workers: usize) -> Self {
        Self { open, workers }
    }
}

impl<C: BlockingClient, O: Fn() -> C + Send> Mode for Threads<O> {
    type Session = Crew<C>;

    fn open(&self) -> Result<Crew<C>, SessionError> {
        Ok(Crew { client: Arc::new((self.open)()), orders: Vec::new(), threads: Vec::new() })
    }

    fn run(&self, crew: &mut Crew<C>, trial: &Arc<Trial>) -> Result<(), SessionError> {
        trial.limit().guard(Arc::clone(&crew.client) as _);
        submit_all(trial);
        let needed = self.workers.min(trial.requests());
        let next = Arc::new(AtomicUsize::new(0));
        // Each worker holds a sender until it has found the queue empty, so the receiver hangs up
        // when the last one has.
        let (working, all_done) = mpsc::channel();
        for worker in 0..needed {
            // A thread is started when there is work for it and not before, as in Python's pool.
            crew.ensure(worker)?;
            let share = Share {
                trial: Arc::clone(trial),
                next: Arc::clone(&next),
                _working: working.clone(),
            };
            // A worker that is gone leaves its share to the others.
            let _ = crew.orders[worker].send(share);
        }
        drop(working);
        let Err(_hung_up) = all_done.recv();
        trial.limit().release();
        Ok(())
    }
}

/// A session: one client, and the threads that use it.
pub(crate) struct Crew<C> {
    client: Arc<C>,
    orders: Vec<Sender<Share>>,
    threads: Vec<JoinHandle<()>>,
}

/// A worker's part in a batch.
struct Share {
    trial: Arc<Trial>,
    next: Arc<AtomicUsize>,
    _working: Sender<Infallible>,
}

impl<C: BlockingClient> Crew<C> {
    /// Starts the worker of this number, unless it is there already.
    fn ensure(&mut self, worker: usize) -> Result<(), SessionError> {
        if worker < self.threads.len() {
            return Ok(());
        }
        let (orders, inbox) = mpsc::channel();
        let client = Arc::clone(&self.client);
        let thread = Builder::new()
            .name(format!("worker-{worker}"))
            .spawn(move || serve(client.as_ref(), worker as u64, &inbox))
            .map_err(SessionError::Thread)?;
        self.orders.push(orders);
        self.threads.push(thread);
        Ok(())
    }
}

impl<C> Drop for Crew<C> {
    fn drop(&mut self) {
        self.orders.clear();
        for thread in self.threads.drain(..) {
            // A worker that panicked has left its request unconcluded, which is told.
            let _ = thread.join();
        }
    }
}

fn serve<C: BlockingClient>(client: &C, worker: u64, inbox: &Receiver<Share>) {
    for share in inbox {
        loop {
            let request = share.next.fetch_add(1, Ordering::Relaxed);
            if request >= share.trial.requests() {
                break;
            }
            let probe = Probe::new(&share.trial, request);
            probe.worker(worker);
            probe.mark(Milestone::Started);
            make(client, &probe);
        }
    }
}
