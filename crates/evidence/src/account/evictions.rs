//! Whether a client closes the connections of one host to make room for those of another.
//!
//! A session that keeps pools for a few hosts only closes an idle connection when it opens one to a further
//! host, and keeps the others. A pool that keeps too few connections closes one that was just used, beside
//! others to the same host.

use std::collections::BTreeMap;

use model::socket::{SocketConnection, SocketWitness};
use model::time::Span;
use model::witness::Closer;

/// With fewer hosts at once, closing one connection beside another says nothing.
const FEWEST: usize = 3;
/// The least share of the connections that the client closed.
const MOST_OF_THEM: f64 = 0.5;

pub(crate) fn makes_room(sockets: &SocketWitness) -> bool {
    let over = sockets.requests.iter().filter_map(|row| row.last_byte).max().unwrap_or_default();
    let closed: Vec<&SocketConnection> = sockets
        .connections
        .iter()
        .filter(|row| {
            row.closed_by == Some(Closer::Client) && row.closed.is_some_and(|at| at < over)
        })
        .collect();
    let last_used = last_used(sockets);
    let open = OpenHosts::new(sockets);
    let makes_room = |row: &&&SocketConnection| {
        // One that was not used in this trial was idle before it.
        let idle = |at| last_used.get(&row.id).is_none_or(|used| used.idle_at(at, sockets));
        row.closed.is_some_and(|at| open.hosts_at(at) >= FEWEST && idle(at))
    };
    let evicted = closed.iter().filter(makes_room).count();
    evicted > 0 && evicted as f64 >= MOST_OF_THEM * closed.len() as f64
}

/// The last request on a connection: its place among all, and when it was done.
struct LastUse {
    place: usize,
    done: Span,
}

impl LastUse {
    /// Whether another request was written and done after it, before the connection was closed.
    fn idle_at(&self, closed: Span, sockets: &SocketWitness) -> bool {
        let next = sockets.requests[self.place + 1..].iter().find(|row| row.writing >= self.done);
        next.is_some_and(|next| next.last_byte.is_some_and(|done| done <= closed))
    }
}

fn last_used(sockets: &SocketWitness) -> BTreeMap<u64, LastUse> {
    let used =
        sockets.requests.iter().enumerate().filter_map(|(place, row)| {
            Some((row.connection, LastUse { place, done: row.last_byte? }))
        });
    used.collect()
}

/// How many addresses had open connections, after each change.
struct OpenHosts(Vec<(Span, usize)>);

impl OpenHosts {
    fn new(sockets: &SocketWitness) -> Self {
        let mut changes: Vec<(Span, bool, &str)> = Vec::new();
        for row in sockets.connections.iter().filter(|row| crate::traffic::was_open(row)) {
            changes.push((row.connected.unwrap_or_default(), true, &row.peer));
            changes.extend(row.closed.map(|closed| (closed, false, row.peer.as_str())));
        }
        changes.sort_unstable();
        let mut open: BTreeMap<&str, usize> = BTreeMap::new();
        let hosts = changes.into_iter().map(|(at, opens, peer)| {
            let connections = open.entry(peer).or_default();
            *connections = if opens { *connections + 1 } else { connections.saturating_sub(1) };
            if *connections == 0 {
                open.remove(peer);
            }
            (at, open.len())
        });
        Self(hosts.collect())
    }

    /// How many hosts had open connections just before a moment.
    fn hosts_at(&self, at: Span) -> usize {
        let before = self.0.partition_point(|(change, _)| *change < at);
        before.checked_sub(1).map_or(0, |last| self.0[last].1)
    }
}
