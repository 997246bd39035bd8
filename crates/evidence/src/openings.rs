//! What came before a request on a new connection, by the socket witness: the lookup of the name and
//! the attempts at other addresses.
//!
//! A lookup or an attempt does not say which request it is for. Each is joined by its thread, else by
//! time.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use model::socket::{Lookup, SocketConnection, SocketRequest, SocketWitness};
use model::time::Span;

use crate::traffic::was_open;

/// The opening of the connection that carried a request first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opening<'a> {
    /// The connection.
    pub connection: &'a SocketConnection,
    /// The lookup of the server's name.
    pub lookup: Option<&'a Lookup>,
    /// The first attempt at another address, which never connected (RFC 8305, "happy eyeballs").
    pub unanswered: Option<&'a SocketConnection>,
}

impl Opening<'_> {
    /// When the client began to connect, to whichever address.
    pub fn connecting(&self) -> Option<Span> {
        self.unanswered.unwrap_or(self.connection).connecting
    }
}

/// The least time that a client waits for one address before it tries another (RFC 8305, section 8).
const PATIENCE: Span = Span::from_millis(10);
/// How soon a client closes the attempt that lost. Its event loop may be busy.
const CLEANUP: Span = Span::from_millis(50);

/// The opening of each request's connection, in the order of the rows; none for a request that was
/// not the first on a connection opened in the trial.
pub fn openings(sockets: &SocketWitness) -> Vec<Option<Opening<'_>>> {
    let opened: HashMap<u64, &SocketConnection> = sockets
        .connections
        .iter()
        .filter(|connection| was_open(connection) && connection.connecting.is_some())
        .map(|connection| (connection.id, connection))
        .collect();
    let mut openings = vec![None; sockets.requests.len()];
    let mut first: Vec<(Span, usize)> = Vec::new();
    for (at, row) in sockets.requests.iter().enumerate().filter(|(_, row)| row.ordinal == 0) {
        let Some(&connection) = opened.get(&row.connection) else { continue };
        openings[at] = Some(Opening { connection, lookup: None, unanswered: None });
        first.push((connection.connecting.unwrap_or_default(), at));
    }
    first.sort_unstable();
    let mut attempts = Attempts::new(sockets);
    let mut lookups = Lookups::new(sockets);
    for (_, at) in first {
        let Some(opening) = &mut openings[at] else { continue };
        opening.unanswered = attempts.take(opening.connection);
        let connecting = opening.connecting().unwrap_or_default();
        opening.lookup = lookups.take(&sockets.requests[at], connecting);
    }
    openings
}

/// The attempts that never connected, by port and address: those that are left, the first one last.
struct Attempts<'a> {
    by_port: BTreeMap<&'a str, BTreeMap<&'a str, Vec<&'a SocketConnection>>>,
}

impl<'a> Attempts<'a> {
    fn new(sockets: &'a SocketWitness) -> Self {
        let mut failed: Vec<&SocketConnection> =
            sockets.connections.iter().filter(|connection| !was_open(connection)).collect();
        failed.sort_by_key(|connection| std::cmp::Reverse(connection.connecting));
        let mut by_port: BTreeMap<&str, BTreeMap<&str, Vec<&SocketConnection>>> = BTreeMap::new();
        for connection in failed {
            let addresses = by_port.entry(port(connection)).or_default();
            addresses.entry(&connection.peer).or_default().push(connection);
        }
        Self { by_port }
    }

    /// The first of the attempts that came before this connection, one at each other address of
    /// the port.
    fn take(&mut self, connection: &SocketConnection) -> Option<&'a SocketConnection> {
        let addresses = self.by_port.get_mut(port(connection))?;
        let others = addresses.iter_mut().filter(|(peer, _)| **peer != connection.peer);
        let before = others.filter_map(|(_, attempts)| {
            let at = attempts.iter().rposition(|attempt| was_before(attempt, connection))?;
            Some(attempts.remove(at))
        });
        before.min_by_key(|attempt| attempt.connecting)
    }
}

/// Whether a client may have tried one address, and then the one of `connection` in its place. It gave
/// the first one up, or waited a while; it drops the one that lost when the other is open.
fn was_before(attempt: &SocketConnection, connection: &SocketConnection) -> bool {
    let (Some(tried), Some(connecting)) = (attempt.connecting, connection.connecting) else {
        return false;
    };
    let gave_up = attempt.closed.is_some_and(|closed| closed <= connecting);
    let lost = tried + PATIENCE <= connecting
        && attempt
            .closed
            .zip(connection.connected)
            .is_none_or(|(closed, connected)| closed <= connected + CLEANUP);
    tried <= connecting && (gave_up || attempt.refused.is_some() || lost)
}

fn port(connection: &SocketConnection) -> &str {
    connection.peer.rsplit_once(':').map_or("", |(_, port)| port)
}

/// The lookups of names, and when requests were done.
struct Lookups<'a> {
    of_thread: BTreeMap<u32, Untaken<'a>>,
    /// Those of threads that write no request.
    of_resolvers: Untaken<'a>,
    done: Vec<Span>,
    done_by_thread: BTreeMap<u32, Vec<Span>>,
}

/// Lookups in the order in which they ended.
#[derive(Default)]
struct Untaken<'a> {
    lookups: Vec<&'a Lookup>,
    /// How many had ended by the last connection.
    ended: usize,
    /// Those that had ended and were not taken yet, the last one last.
    left: Vec<usize>,
}

impl<'a> Untaken<'a> {
    /// The last lookup at or before `connecting`, if no request was done in between: one that was
    /// not taken, else one that was.
    fn take(&mut self, connecting: Span, done: &[Span]) -> Option<(&'a Lookup, Turn)> {
        let before = self.lookups.partition_point(|lookup| lookup.ended <= connecting);
        self.left.extend(self.ended..before);
        self.ended = self.ended.max(before);
        let is_fresh = |at: &usize| !any_between(done, self.lookups[*at].ended, connecting);
        if let Some(at) = self.left.pop_if(|at| *at < before && is_fresh(at)) {
            return Some((self.lookups[at], Turn::First));
        }
        let last = before.checked_sub(1).filter(is_fresh)?;
        Some((self.lookups[last], Turn::Further))
    }
}

/// Whether a lookup is taken for the first time.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Turn {
    First,
    Further,
}

impl<'a> Lookups<'a> {
    fn new(sockets: &'a SocketWitness) -> Self {
        let mut done: Vec<Span> = Vec::new();
        let mut done_by_thread: BTreeMap<u32, Vec<Span>> = BTreeMap::new();
        for row in &sockets.requests {
            done.extend(row.last_byte);
            done_by_thread.entry(row.thread).or_default().extend(row.last_byte);
        }
        done.sort_unstable();
        done_by_thread.values_mut().for_each(|done| done.sort_unstable());
        let is_name = |lookup: &&Lookup| lookup.name.parse::<IpAddr>().is_err();
        let mut names: Vec<&Lookup> = sockets.lookups.iter().filter(is_name).collect();
        names.sort_by_key(|lookup| lookup.ended);
        let mut of_thread: BTreeMap<u32, Untaken<'_>> = BTreeMap::new();
        let mut of_resolvers = Untaken::default();
        for lookup in names {
            let untaken = if done_by_thread.contains_key(&lookup.thread) {
                of_thread.entry(lookup.thread).or_default()
            } else {
                &mut of_resolvers
            };
            untaken.lookups.push(lookup);
        }
        Self { of_thread, of_resolvers, done, done_by_thread }
    }

    /// The lookup for a connection that began to connect at this time. A thread looks a name up for
    /// its own next connection; several connections can wait for one lookup of another thread.
    fn take(&mut self, row: &SocketRequest, connecting: Span) -> Option<&'a Lookup> {
        let done = self.done_by_thread.get(&row.thread).map_or(&[][..], Vec::as_slice);
        let own = self.of_thread.get_mut(&row.thread);
        let own = own.and_then(|untaken| untaken.take(connecting, done));
        let own = own.filter(|(_, turn)| *turn == Turn::First);
        let found = own.or_else(|| self.of_resolvers.take(connecting, &self.done));
        found.map(|(lookup, _)| lookup)
    }
}

/// Whether one of the sorted times lies after `from` and not after `to`.
fn any_between(times: &[Span], from: Span, to: Span) -> bool {
    times.partition_point(|&time| time <= to) > times.partition_point(|&time| time <= from)
}

#[cfg(test)]
mod tests;
