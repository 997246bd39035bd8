//! The loop that waits for all sockets at once, and the connections of a session.

use std::io::{self, ErrorKind};
use std::net::{SocketAddr, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use mio::event::Event;
use mio::{Events, Poll, Registry, Token};
use model::failure::Failure;
use model::trace::Milestone;
use rustls::{ClientConfig, ClientConnection};
use rustls_pki_types::ServerName;

use super::Submission;
use super::connection::{Connection, Surroundings};
use super::requests::{LaidOutRequests, Server};
use crate::failure;
use crate::probe::Probe;
use crate::request::is_name;
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
    pub(super) requests: &'a LaidOutRequests,
    pub(super) trial: &'a Arc<RunningTrial>,
    pub(super) submission: Submission,
    /// How many of the requests were started.
    pub(super) started: usize,
    pub(super) in_flight: usize,
}

impl FloorSession {
    /// A session without connections.
    pub(super) fn open(tls: Option<Arc<ClientConfig>>, servers: usize) -> io::Result<Self> {
        let poll = Poll::new()?;
        let connections = Connections {
            registry: poll.registry().try_clone()?,
            tls,
            buffer: vec![0; READ].into(),
            addresses: vec![Vec::new(); servers],
            idle: vec![Vec::new(); servers],
            all: Vec::new(),
            vacant: Vec::new(),
        };
        Ok(Self { poll, events: Events::with_capacity(EVENTS), connections })
    }

    /// Makes the requests of a batch with at most `concurrency` in flight, until each has an outcome or
    /// the time limit has passed.
    pub(super) fn run(&mut self, mut batch: Batch<'_>, concurrency: usize) -> io::Result<()> {
        // Notices which idle connections the servers have closed since the last batch.
        self.wait(&mut batch, Duration::ZERO)?;
        while batch.in_flight < concurrency && batch.start_next(&mut self.connections) {}
        let limit = batch.trial.limit();
        while batch.in_flight > 0 && !limit.has_passed() {
            self.wait(&mut batch, limit.remaining())?;
        }
        Ok(())
    }

    fn wait(&mut self, batch: &mut Batch<'_>, patience: Duration) -> io::Result<()> {
        match self.poll.poll(&mut self.events, Some(patience)) {
            Err(error) if error.kind() != ErrorKind::Interrupted => return Err(error),
            _ => {}
        }
        for event in &self.events {
            if let Some((probe, outcome)) = self.connections.advance(event, batch.requests) {
                probe.conclude(outcome);
                batch.in_flight -= 1;
                batch.start_next(&mut self.connections);
            }
        }
        Ok(())
    }
}

impl Batch<'_> {
    /// Starts the next request; those that fail at once are concluded. Returns false if none is left.
    fn start_next(&mut self, connections: &mut Connections) -> bool {
        while self.started < self.trial.requests() {
            let probe = Probe::new(self.trial, self.started);
            self.started += 1;
            match self.submission {
                Submission::AtOnce => probe.mark(Milestone::Started),
                Submission::InTurn => probe.submit_and_start(),
            }
            match connections.begin(&probe, self.requests) {
                Ok(()) => {
                    self.in_flight += 1;
                    return true;
                }
                Err(failure) => probe.conclude(Err(failure)),
            }
        }
        false
    }
}

/// The connections of a session, and what they share.
struct Connections {
    registry: Registry,
    tls: Option<Arc<ClientConfig>>,
    buffer: Box<[u8]>,
    /// The addresses of each server, as soon as they are known.
    addresses: Vec<Vec<SocketAddr>>,
    /// The idle connections to each server.
    idle: Vec<Vec<Token>>,
    /// Each connection, at the place that its token names.
    all: Vec<Option<Connection>>,
    vacant: Vec<Token>,
}

impl Connections {
    /// Starts a request on an idle connection or a new one.
    fn begin(&mut self, probe: &Probe, requests: &LaidOutRequests) -> Result<(), Failure> {
        let place = requests.request(probe.request()).server;
        let around = Surroundings { registry: &self.registry, requests };
        if let Some(token) = self.idle[place.0].pop()
            && let Some(connection) = &mut self.all[token.0]
        {
            return connection.begin(probe, &around).inspect_err(|_| self.close(token));
        }
        let server = requests.server(place);
        if self.addresses[place.0].is_empty() {
            self.addresses[place.0] = look_up(server, probe)?;
        }
        let token = self.vacant.last().copied().unwrap_or(Token(self.all.len()));
        let addresses = self.addresses[place.0].clone();
        let mut connection = Connection::open(token, probe, addresses, &around)?;
        if let Some(config) = self.tls.as_ref().filter(|_| server.uses_tls) {
            // The server answers the attempt to connect meanwhile.
            connection.tls = Some(secure(config, &server.host)?);
        }
        if self.vacant.pop().is_none() {
            self.all.push(None);
        }
        self.all[token.0] = Some(connection);
        Ok(())
    }

    /// Does what an event permits. Returns the outcome of a request that it ended.
    fn advance(
        &mut self,
        event: &Event,
        requests: &LaidOutRequests,
    ) -> Option<(Probe, Result<(), Failure>)> {
        let around = Surroundings { registry: &self.registry, requests };
        let token = event.token();
        // The event may be about an earlier connection with this token, and then changes nothing.
        let connection = self.all[token.0].as_mut()?;
        let outcome = match connection.advance(event.is_read_closed(), &mut self.buffer, &around) {
            Ok(is_complete) if !is_complete && !connection.has_ended => return None,
            Ok(_) => Ok(()),
            Err(failure) => Err(failure),
        };
        let place = connection.server;
        let probe = connection.end_exchange();
        let is_usable = outcome.is_ok() && !connection.has_ended;
        match (&probe, is_usable) {
            (_, true) => self.idle[place.0].push(token),
            (Some(_), false) => self.close(token),
            (None, false) => {
                self.idle[place.0].retain(|idle| *idle != token);
                self.close(token);
            }
        }
        probe.map(|probe| (probe, outcome))
    }

    fn close(&mut self, token: Token) {
        self.all[token.0] = None;
        self.vacant.push(token);
    }
}

/// Asks the system for the addresses of a server.
fn look_up(server: &Server, probe: &Probe) -> Result<Vec<SocketAddr>, Failure> {
    let Server { host, port, .. } = server;
    let mark = |milestone| {
        if is_name(host) {
            probe.mark(milestone);
        }
    };
    mark(Milestone::Resolving);
    let found = (host.as_str(), *port).to_socket_addrs();
    mark(Milestone::Resolved);
    found.map(Iterator::collect).map_err(|error| failure::dns(host, &error))
}

fn secure(config: &Arc<ClientConfig>, host: &str) -> Result<Box<ClientConnection>, Failure> {
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| failure::invalid_server_name(host))?;
    let session = ClientConnection::new(Arc::clone(config), name);
    session.map(Box::new).map_err(|error| failure::tls(host, &error))
}
