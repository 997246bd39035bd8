//! Records the system calls of one driver process and of what it starts.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ffi::OsString;
use std::io;
use std::path::Path;

use model::socket::SocketWitness;
use model::target::Request;
use model::time::{Moment, Span};

use crate::connection::Window;
use crate::event::{ThreadKey, events, wait_kind};
use crate::library::Library;
use crate::observer::{Observer, Surroundings};
use crate::ring::Ring;
use crate::threads::{Scheduled, ScheduledIn, ScheduledTimes};

/// The prime of the 64-bit FNV-1a hash (<http://www.isthe.com/chongo/tech/comp/fnv/>).
const FNV_PRIME: u64 = 0x100_0000_01b3;

/// Records what a driver process calls. Use it between trials only: it reads files.
#[derive(Debug)]
pub struct Recorder {
    ring: Ring,
    variables: [(&'static str, OsString); 2],
    observer: Observer,
    scheduled: ScheduledTimes,
}

impl Recorder {
    /// A recorder whose ring is in `folder`. The salt hides what it hashes; it is never recorded.
    ///
    /// # Errors
    /// If the ring cannot be made.
    pub fn create(library: &Library, folder: &Path, name: &str, salt: u64) -> io::Result<Self> {
        let ring = Ring::create(folder.join(format!("{name}.ring")), salt)?;
        let variables = library.variables(ring.path());
        Ok(Self {
            ring,
            variables,
            observer: Observer::default(),
            scheduled: ScheduledTimes::new(),
        })
    }

    /// The variables that the process must be started with.
    pub fn variables(&self) -> &[(&'static str, OsString)] {
        &self.variables
    }

    /// How many events were recorded so far.
    ///
    /// # Errors
    /// If the ring cannot be read.
    pub fn recorded(&self) -> io::Result<u64> {
        self.ring.head()
    }

    /// Catches up before a trial: what was called until now is no part of it.
    ///
    /// # Errors
    /// If the ring cannot be read.
    pub fn before_trial(&mut self) -> io::Result<()> {
        let new = self.ring.read()?;
        self.observer.observe(events(&new.rows));
        self.end_killed_processes(host::clock::now())?;
        self.observer.forget();
        self.scheduled = self.scheduled_times()?;
        Ok(())
    }

    /// What was called during a trial that made these requests. `ran` is how long the driver's process ran for the batch
    /// itself, where that is known.
    ///
    /// # Errors
    /// If the ring cannot be read.
    pub fn after_trial(
        &mut self,
        from: Moment,
        to: Moment,
        requests: &[Request],
        ran: Option<Span>,
    ) -> io::Result<SocketWitness> {
        let after = self.scheduled_times()?;
        let present = self.ring.threads()?;
        let new = self.ring.read()?;
        self.observer.observe(events(&new.rows));
        self.end_killed_processes(to)?;
        let waiting = present.iter().filter_map(|thread| {
            let (since, kind) = thread.waiting?;
            let key = ThreadKey { process: thread.process, thread: thread.thread };
            Some((key, (since, wait_kind(kind)?)))
        });
        let around = Surroundings {
            present: waiting.collect(),
            scheduled: ScheduledIn { before: &self.scheduled, after: &after, batch: ran },
            dropped: new.dropped,
            batch: requests,
            items: &items_by_hash(requests, self.ring.salt()),
        };
        Ok(self.observer.collect(Window { from, to }, &around))
    }

    /// A process that was killed says nothing of its end.
    fn end_killed_processes(&mut self, at: Moment) -> io::Result<()> {
        let processes: BTreeSet<u32> =
            self.ring.threads()?.iter().map(|thread| thread.process).collect();
        for process in processes.into_iter().filter(|&process| !host::process::lives(process)) {
            self.ring.forget_process(process)?;
            self.observer.end_process(process, at);
        }
        Ok(())
    }

    fn scheduled_times(&self) -> io::Result<ScheduledTimes> {
        let threads = self.ring.threads()?;
        let times = threads.iter().filter_map(|thread| {
            let counted = host::threads::scheduled(thread.process, thread.thread)?;
            let key = ThreadKey { process: thread.process, thread: thread.thread };
            let ready = Some(counted.ready.into());
            Some((key, Scheduled { running: counted.running.into(), ready }))
        });
        Ok(times.collect::<BTreeMap<_, _>>())
    }
}

/// The items by the hashes of their methods and targets, where only one has it.
fn items_by_hash(requests: &[Request], salt: u64) -> HashMap<u64, u32> {
    let mut items: HashMap<u64, Option<u32>> = HashMap::new();
    for (item, request) in (0..).zip(requests) {
        let line = format!("{} {}", request.method, request.path());
        items.entry(hash(&line, salt)).and_modify(|found| *found = None).or_insert(Some(item));
    }
    items.into_iter().filter_map(|(hash, item)| Some((hash, item?))).collect()
}

fn hash(text: &str, salt: u64) -> u64 {
    text.bytes().fold(salt, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(FNV_PRIME))
}
