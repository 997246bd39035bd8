//! Separates what a client did with the servers of its batch from what it did beside it: metrics, a
//! database, a token. Whatever may belong to the batch stays with it.

use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

use model::socket::{Lookup, OtherTraffic, SocketConnection, SocketRequest, SocketWitness};
use model::target::Request;
use model::time::Span;

/// The methods with which a client may follow a redirect, whatever it asked with (RFC 9110, section 15.4).
const FOLLOWING: [&str; 2] = ["GET", "HEAD"];
/// The name of every machine for itself, which some clients do not look up (RFC 6761).
const LOCALHOST: &str = "localhost";

/// The names for which each address was returned, by all lookups of a driver so far.
#[derive(Clone, Debug, Default)]
pub(crate) struct Names {
    by_address: BTreeMap<IpAddr, BTreeSet<String>>,
}

impl Names {
    pub(crate) fn learn(&mut self, name: &str, addresses: Vec<IpAddr>) {
        for address in addresses {
            let names = self.by_address.entry(address.to_canonical()).or_default();
            names.insert(normal(name));
        }
    }

    fn knows(&self, name: &str) -> bool {
        self.by_address.values().any(|names| names.contains(name))
    }
}

/// A name as it is compared: names have no case, and the dot of the root is optional.
fn normal(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}

/// Moves the rows of other servers into [`SocketWitness::other`]. If no request went to a server of the
/// batch, all rows stay: the client may use a proxy.
pub(crate) fn separate(seen: SocketWitness, batch: &[Request], names: &Names) -> SocketWitness {
    let mut servers = BatchServers::new(batch, names);
    servers.follow(&seen, &BatchLines::new(batch));
    let (connections, other_connections): (Vec<_>, Vec<_>) =
        seen.connections.iter().cloned().partition(|row| servers.include(&row.peer));
    let others: BTreeSet<u64> = other_connections.iter().map(|row| row.id).collect();
    let (requests, other_requests): (Vec<_>, Vec<_>) =
        seen.requests.iter().cloned().partition(|row| !others.contains(&row.connection));
    if requests.is_empty() {
        return seen;
    }
    let is_of_batch = |lookup: &Lookup| servers.include_host(&lookup.name);
    let (lookups, other_lookups) = seen.lookups.into_iter().partition(is_of_batch);
    let other = OtherTraffic {
        lookups: other_lookups,
        connections: other_connections,
        requests: other_requests,
    };
    SocketWitness { lookups, connections, requests: requests.into(), other, ..seen }
}

/// A server by its name or its address.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Server {
    host: String,
    port: u16,
}

/// The servers that belong to a batch.
struct BatchServers<'a> {
    names: &'a Names,
    servers: BTreeSet<Server>,
    /// The ports of URLs whose hosts were never looked up: the client has a resolver of its own, and any
    /// address without a name can be theirs.
    unresolved: BTreeSet<u16>,
}

impl<'a> BatchServers<'a> {
    /// The servers that the URLs name.
    fn new(batch: &[Request], names: &'a Names) -> Self {
        let named = batch.iter().filter_map(Request::server);
        let servers: BTreeSet<Server> = named
            .map(|server| Server {
                host: address(server.host).map_or_else(|| normal(server.host), host_text),
                port: server.port,
            })
            .collect();
        let is_unresolved =
            |server: &&Server| address(&server.host).is_none() && !names.knows(&server.host);
        let unresolved = servers.iter().filter(is_unresolved).map(|server| server.port).collect();
        Self { names, servers, unresolved }
    }

    /// Adds the servers that got requests of the batch, and those to which redirects may have led.
    fn follow(&mut self, seen: &SocketWitness, lines: &BatchLines<'_>) {
        let connections: BTreeMap<u64, &SocketConnection> =
            seen.connections.iter().map(|row| (row.id, row)).collect();
        let carried =
            seen.requests.iter().filter_map(|row| Some((row, *connections.get(&row.connection)?)));
        for (_, carrier) in carried.clone().filter(|(row, _)| lines.include(row)) {
            self.add(&carrier.peer);
        }
        let mut redirects = Redirects::default();
        for (row, carrier) in carried {
            if self.include(&carrier.peer) {
                if row.method.is_some() && !lines.include(row) {
                    redirects.take_before(row.writing);
                }
                redirects.add(row);
            } else if lines.may_follow(row, carrier) && redirects.take_before(row.writing) {
                self.add(&carrier.peer);
                redirects.add(row);
            }
        }
    }

    fn add(&mut self, peer: &str) {
        let servers = self.servers_at(peer);
        self.servers.extend(servers);
    }

    fn include(&self, peer: &str) -> bool {
        let Ok(socket) = peer.parse::<SocketAddr>() else { return true };
        let has_name = self.names.by_address.contains_key(&socket.ip().to_canonical());
        let is_own = |server| self.servers.contains(&server);
        self.servers_at(peer).into_iter().any(is_own)
            || !has_name && self.unresolved.contains(&socket.port())
    }

    fn include_host(&self, name: &str) -> bool {
        let name = normal(name);
        self.servers.iter().any(|server| server.host == name)
    }

    /// What is known to be at a peer's address: the address itself and its names.
    fn servers_at(&self, peer: &str) -> Vec<Server> {
        let Ok(socket) = peer.parse::<SocketAddr>() else { return Vec::new() };
        let address = socket.ip().to_canonical();
        let names = self.names.by_address.get(&address).into_iter().flatten().cloned();
        let local = address.is_loopback().then(|| LOCALHOST.to_owned());
        let hosts = names.chain(local).chain([host_text(address)]);
        hosts.map(|host| Server { host, port: socket.port() }).collect()
    }
}

fn address(host: &str) -> Option<IpAddr> {
    host.parse().ok()
}

fn host_text(address: IpAddr) -> String {
    address.to_canonical().to_string()
}

/// The methods and paths of a batch, without queries.
struct BatchLines<'a> {
    lines: BTreeSet<(&'a str, String)>,
    methods: BTreeSet<&'a str>,
}

impl<'a> BatchLines<'a> {
    fn new(batch: &'a [Request]) -> Self {
        let line = |request: &'a Request| {
            let path = request.path();
            let without_query = path.split('?').next().unwrap_or_default();
            (request.method.as_str(), without_query.to_owned())
        };
        Self {
            lines: batch.iter().map(line).collect(),
            methods: batch.iter().map(|request| request.method.as_str()).collect(),
        }
    }

    /// Whether a request is seen to be one of the batch.
    fn include(&self, row: &SocketRequest) -> bool {
        let line = row.method.as_deref().zip(row.path.clone());
        row.item.is_some() || line.is_some_and(|line| self.lines.contains(&line))
    }

    /// Whether a request to a server that no URL names can be what a redirect led to.
    fn may_follow(&self, row: &SocketRequest, carrier: &SocketConnection) -> bool {
        match row.method.as_deref() {
            Some(method) => FOLLOWING.contains(&method) || self.methods.contains(method),
            // Bytes that are neither encrypted nor a request belong to another protocol.
            None => carrier.tls.is_some(),
        }
    }
}

/// When the redirects were read that no request has followed yet. A response with an invisible status may
/// be one.
#[derive(Debug, Default)]
struct Redirects(Vec<Span>);

impl Redirects {
    fn add(&mut self, row: &SocketRequest) {
        let is_redirect = row.status.is_none_or(|status| matches!(status, 301..=303 | 307 | 308));
        self.0.extend(row.first_byte.filter(|_| is_redirect));
    }

    /// Takes a redirect that was read before a moment. Returns whether there was one.
    fn take_before(&mut self, moment: Span) -> bool {
        let place = self.0.iter().position(|read| *read <= moment);
        place.map(|place| self.0.swap_remove(place)).is_some()
    }
}

#[cfg(test)]
mod tests;
