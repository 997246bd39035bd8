//! A session: the loop that waits for all its sockets at once, and its connections.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use host::clock::now;
use hyper::Uri;
use mio::event::Event;
use mio::{Events, Poll, Token};
use model::failure::Failure;
use model::time::Moment;
use model::trace::Milestone;
use rustls::ClientConfig;
use slab::Slab;

use super::connection::{Connection, Surroundings};
use super::requests::LaidOutRequests;
use crate::failure;
use crate::probe::Probe;
use crate::request::{host, is_name, port};
use crate::trial::RunningTrial;

/// How many sockets one wait reports at most.
const EVENTS: usize = 1024;
/// How many bytes one read brings at most.
const READ: usize = 64 * 1024;

/// A session: what waits for the sockets, and the connections.
pub(crate) struct FloorSession {
    poll: Poll,
    events: Events,
    connections: Connections,
}

/// A batch that is being made.
pub(super) struct Batch<'a> {
    pub(super) trial: &'a Arc<RunningTrial>,
    /// How many of the requests were started.
    pub(super) started: usize,
    pub(super) in_flight: usize,
}

impl FloorSession {
    /// A session without connections.
    pub(super) fn open(
        tls: Option<Arc<ClientConfig>>,
        requests: &Arc<LaidOutRequests>,
    ) -> io::Result<Self> {
        let poll = Poll::new()?;
        let (registry, requests) = (poll.registry().try_clone()?, Arc::clone(requests));
        let connections = Connections {
            buffer: vec![0; READ].into(),
            addresses: vec![Vec::new(); requests.servers()],
            idle: vec![Vec::new(); requests.servers()],
            all: Slab::new(),
            around: Surroundings { registry, requests, tls },
        };
        Ok(Self { poll, events: Events::with_capacity(EVENTS), connections })
    }

    /// Makes the requests of a batch with at most `concurrency` in flight, until each has an outcome or
    /// the time limit has passed.
    pub(super) fn run(&mut self, mut batch: Batch<'_>, concurrency: usize) -> io::Result<()> {
        // Notices which idle connections the servers have closed since the last batch.
        self.wait(&mut batch, Duration::ZERO)?;
        while batch.in_flight < concurrency && batch.start_next(&mut self.connections, now()) {}
        while batch.in_flight > 0 {
            let remaining = batch.trial.limit().remaining();
            if remaining.is_zero() {
                break;
            }
            self.wait(&mut batch, remaining)?;
        }
        Ok(())
    }

    fn wait(&mut self, batch: &mut Batch<'_>, patience: Duration) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &self.events {
            if let Some((probe, outcome)) = self.connections.advance(event) {
                batch.in_flight -= 1;
                batch.start_next(&mut self.connections, probe.conclude(outcome));
            }
        }
        Ok(())
    }
}

impl Batch<'_> {
    /// Starts the next request at this moment; those that fail at once are concluded. Returns false if none is left.
    fn start_next(&mut self, connections: &mut Connections, mut at: Moment) -> bool {
        while self.started < self.trial.requests() {
            let probe = Probe::new(self.trial, self.started);
            self.started += 1;
            // Leaves the moment of a batch that was submitted at once.
            probe.submit_and_start(at);
            match connections.begin(&probe) {
                Ok(()) => {
                    self.in_flight += 1;
                    return true;
                }
                Err(failure) => at = probe.conclude(Err(failure)),
            }
        }
        false
    }
}

/// The connections of a session, and what they share.
struct Connections {
    around: Surroundings,
    buffer: Box<[u8]>,
    /// The addresses of each server, as soon as they are known.
    addresses: Vec<Vec<SocketAddr>>,
    /// The idle connections to each server, by their keys.
    idle: Vec<Vec<usize>>,
    /// Each connection; its key is the token of its events.
    all: Slab<Connection>,
}

impl Connections {
    /// Starts a request on an idle connection or a new one.
    fn begin(&mut self, probe: &Probe) -> Result<(), Failure> {
        let server = self.around.requests.kind(probe.request()).server;
        if let Some(key) = self.idle[server.0].pop() {
            let begun = self.all[key].begin(probe, &self.around);
            return begun.inspect_err(|_| drop(self.all.remove(key)));
        }
        let addresses = &mut self.addresses[server.0];
        if addresses.is_empty() {
            *addresses = look_up(self.around.requests.server(server), probe)?;
        }
        let place = self.all.vacant_entry();
        let token = Token(place.key());
        place.insert(Connection::open(token, probe, addresses.clone(), &self.around)?);
        Ok(())
    }

    /// Does what an event permits. Returns the outcome of a request that it ended.
    fn advance(&mut self, event: &Event) -> Option<(Probe, Result<(), Failure>)> {
        let Token(key) = event.token();
        // The event may be about an earlier connection with this key, and then changes nothing.
        let connection = self.all.get_mut(key)?;
        let advanced = connection.advance(event, &mut self.buffer, &self.around);
        if matches!(advanced, Ok(false)) && !connection.has_ended() {
            return None;
        }
        let (idle, probe) = (&mut self.idle[connection.server.0], connection.end_exchange());
        if advanced.is_ok() && !connection.has_ended() {
            idle.push(key);
        } else {
            idle.retain(|&other| other != key);
            self.all.remove(key);
        }
        Some((probe?, advanced.map(drop)))
    }
}

/// Asks the system for the addresses of a server.
fn look_up(server: &Uri, probe: &Probe) -> Result<Vec<SocketAddr>, Failure> {
    let (host, named) = (host(server), is_name(host(server)));
    let mark = |milestone| named.then(|| probe.mark(milestone));
    mark(Milestone::Resolving);
    let found = (host, port(server)).to_socket_addrs();
    mark(Milestone::Resolved);
    found.map(Iterator::collect).map_err(|error| failure::dns(host, &error))
}
