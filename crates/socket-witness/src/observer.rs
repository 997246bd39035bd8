//! Puts events together: follows every connection and thread of a driver for as long as it lives, and
//! makes the rows of a trial.

use std::collections::{BTreeMap, HashMap};
use std::net::IpAddr;

use model::socket::{Lookup, OtherTraffic, SocketRequest, SocketWitness, ThreadPlace, ThreadWait};
use model::target::Request;
use model::time::Moment;

use crate::connection::{CallTime, Carried, Connection, Window};
use crate::event::{Call, Event, ThreadKey};
use crate::servers::{Names, separate};
use crate::threads::{ScheduledIn, Threads};

/// An SSL object of a process. The number of one that was freed may be used again.
type SslKey = (u32, u64);

/// A name that was looked up.
#[derive(Clone, Debug)]
struct RawLookup {
    thread: ThreadKey,
    name: String,
    begin: Moment,
    end: Moment,
    addresses: u32,
}

/// What is known beside the events when a trial is collected.
#[derive(Debug)]
pub(crate) struct Surroundings<'a> {
    /// What the threads wait for that wait now.
    pub(crate) present: BTreeMap<ThreadKey, (Moment, ThreadWait)>,
    pub(crate) scheduled: ScheduledIn<'a>,
    /// How many events are missing.
    pub(crate) dropped: u64,
    /// The requests of the batch.
    pub(crate) batch: &'a [Request],
    /// The items of the batch by the hashes of their methods and targets.
    pub(crate) items: &'a HashMap<u64, u32>,
}

/// Follows the events of a driver's processes.
#[derive(Debug, Default)]
pub(crate) struct Observer {
    connections: BTreeMap<u32, Connection>,
    threads: Threads,
    lookups: Vec<RawLookup>,
    names: Names,
    /// The connection that each SSL object belongs to.
    ssl: HashMap<SslKey, u32>,
    /// The SSL object that a thread used last and that has no connection yet.
    unbound: HashMap<ThreadKey, SslKey>,
    /// The last read or write of a connection by each thread: when it began.
    last: HashMap<ThreadKey, (Moment, u32)>,
}

impl Observer {
    /// Follows further events.
    pub(crate) fn observe(&mut self, events: Vec<Event>) {
        for event in events {
            self.follow(event);
        }
    }

    fn follow(&mut self, event: Event) {
        let Event { begin, end, thread, connection, call } = event;
        let time = CallTime { begin, end, thread };
        match call {
            Call::ProcessStart => self.threads.start_process(thread, begin),
            Call::ThreadStart => self.threads.start(thread, begin),
            Call::ThreadEnd(scheduled) => self.threads.end(thread, end, scheduled),
            Call::ProcessEnd(scheduled) => {
                self.threads.end(thread, end, scheduled);
                self.end_process(thread.process, end);
            }
            Call::Wait { kind } => self.threads.wait(thread, kind, begin, end),
            Call::Certificates => self.threads.load_certificates(thread, begin, end),
            Call::Lookup { name, count, addresses } => {
                // An address needs no lookup.
                if name.parse::<IpAddr>().is_err() {
                    self.threads.use_network(thread, ThreadWait::Lookup, begin, end);
                    self.names.learn(&name, addresses);
                    self.lookups.push(RawLookup { thread, name, begin, end, addresses: count });
                }
            }
            Call::Handshake { ssl, done, version, resumed } => {
                let key = (thread.process, ssl);
                self.begin_handshake(key, connection, time);
                if let Some(connection) = self.connection_of_ssl(key).filter(|_| done) {
                    connection.secure(version, resumed, end);
                }
            }
            Call::SslOut { ssl, head } => {
                let key = (thread.process, ssl);
                if let Some(number) = self.bind(key, connection, time) {
                    self.connection(number).write_plain(number, head, time);
                }
            }
            Call::SslIn { ssl, head } => {
                let key = (thread.process, ssl);
                if let Some(number) = self.bind(key, connection, time) {
                    self.connection(number).read_plain(head, time);
                }
            }
            call => self.transfer(connection, call, time),
        }
    }

    /// A call on a connection.
    fn transfer(&mut self, number: u32, call: Call, time: CallTime) {
        let CallTime { begin, end, thread } = time;
        if matches!(call, Call::Out(_) | Call::In(_)) {
            self.last.insert(thread, (begin, number));
        }
        match &call {
            Call::Out(bytes) => {
                self.threads.use_network(thread, ThreadWait::Network, begin, end);
                let key = self.unbound.remove(&thread).filter(|_| bytes.records.is_some());
                self.ssl.extend(key.map(|key| (key, number)));
            }
            Call::In(_) | Call::Broken | Call::Connect { .. } => {
                self.threads.use_network(thread, ThreadWait::Network, begin, end);
            }
            _ => {}
        }
        let last_report = self.threads.reported(thread);
        let reported = last_report.unwrap_or(begin);
        let connection = self.connection(number);
        match call {
            Call::Connect { error, peer, no_delay } => {
                connection.connect(error, peer, no_delay, time)
            }
            Call::Connected { error } => connection.ask(error, reported),
            Call::NoDelay { on } => connection.set_no_delay(on),
            Call::Out(bytes) => connection.write(number, &bytes, time, reported),
            Call::In(bytes) => connection.read(&bytes, time, last_report),
            Call::Broken => connection.break_off(end),
            Call::Shut => connection.shut(end),
            Call::Released => connection.release(begin),
            Call::Close(closing) => connection.close(closing, end),
            _ => {}
        }
    }

    fn connection(&mut self, number: u32) -> &mut Connection {
        self.connections.entry(number).or_default()
    }

    /// An object whose handshake begins belongs to no connection that has had one.
    fn begin_handshake(&mut self, key: SslKey, number: u32, time: CallTime) {
        let bound = self.ssl.get(&key).and_then(|number| self.connections.get(number));
        if bound.is_some_and(|connection| connection.is_done_before(time.begin)) {
            self.ssl.remove(&key);
        }
        self.bind(key, number, time);
    }

    /// A process has ended, and with it its threads and connections.
    pub(crate) fn end_process(&mut self, process: u32, at: Moment) {
        self.threads.end_process(process, at);
        for connection in self.connections.values_mut() {
            connection.end_with_process(process, at);
        }
    }

    /// The connection of an SSL object. Where OpenSSL does not know the descriptor, it is the connection that
    /// the thread used inside the call. An object that writes into memory is joined with the connection that
    /// its thread writes to next.
    fn bind(&mut self, key: SslKey, number: u32, time: CallTime) -> Option<u32> {
        let CallTime { begin, thread, .. } = time;
        let inside =
            self.last.get(&thread).filter(|(at, _)| *at >= begin).map(|&(_, number)| number);
        if let Some(number) = Some(number).filter(|&number| number > 0).or(inside) {
            self.ssl.insert(key, number);
        }
        let bound = self.ssl.get(&key).copied();
        match bound {
            Some(_) => self.unbound.remove(&thread),
            None => self.unbound.insert(thread, key),
        };
        bound
    }

    fn connection_of_ssl(&mut self, key: SslKey) -> Option<&mut Connection> {
        let number = *self.ssl.get(&key)?;
        self.connections.get_mut(&number)
    }

    /// The rows of a trial. What was observed before it and after the last collection is forgotten.
    pub(crate) fn collect(&mut self, window: Window, around: &Surroundings<'_>) -> SocketWitness {
        let rows = self.threads.rows(window, &around.present, around.scheduled);
        let places: HashMap<ThreadKey, ThreadPlace> =
            (0..).zip(&rows).map(|(place, (key, _))| (*key, place)).collect();
        let place = |thread: ThreadKey| places.get(&thread).copied().unwrap_or_default();
        let mut carried: Vec<Carried> =
            self.connections.values_mut().flat_map(Connection::take_carried).collect();
        carried.retain(|carried| window.span(carried.exchange.writing).is_some());
        carried.sort_by_key(|carried| (carried.exchange.writing, carried.connection));
        let open = self.connections.iter().filter(|(_, connection)| connection.was_open(window));
        let witness = SocketWitness {
            lookups: self.lookups_in(window, place),
            connections: open.map(|(&number, connection)| connection.row(number, window)).collect(),
            requests: carried
                .iter()
                .map(|carried| request_row(carried, window, place(carried.thread), around.items))
                .collect(),
            threads: rows.into_iter().map(|(_, row)| row).collect(),
            dropped: around.dropped,
            other: OtherTraffic::default(),
        };
        self.forget();
        separate(witness, around.batch, &self.names)
    }

    fn lookups_in(&self, window: Window, place: impl Fn(ThreadKey) -> ThreadPlace) -> Vec<Lookup> {
        let inside = |lookup: &&RawLookup| lookup.begin <= window.to && lookup.end >= window.from;
        let row = |lookup: &RawLookup| Lookup {
            thread: place(lookup.thread),
            name: lookup.name.clone(),
            began: window.clip(lookup.begin),
            ended: window.clip(lookup.end),
            addresses: lookup.addresses,
        };
        self.lookups.iter().filter(inside).map(row).collect()
    }

    /// Forgets what is over, so that a driver may live for any number of trials.
    pub(crate) fn forget(&mut self) {
        self.lookups.clear();
        self.last.clear();
        self.threads.forget();
        self.connections.retain(|_, connection| !connection.is_closed());
        let connections = &mut self.connections;
        self.ssl.retain(|_, number| connections.contains_key(number));
        for connection in connections.values_mut() {
            connection.take_carried();
            connection.forget_bytes();
        }
    }
}

fn request_row(
    carried: &Carried,
    window: Window,
    thread: ThreadPlace,
    items: &HashMap<u64, u32>,
) -> SocketRequest {
    let exchange = &carried.exchange;
    let head = exchange.head.as_ref();
    let path = head.map(|head| head.path.trim_end_matches('?').to_owned());
    SocketRequest {
        connection: u64::from(carried.connection),
        ordinal: carried.ordinal,
        thread,
        item: head.and_then(|head| items.get(&head.hash).copied()),
        method: head.map(|head| head.method.clone()),
        path,
        writing: window.clip(exchange.writing),
        sent: window.clip(exchange.sent),
        writes: exchange.writes,
        write_pause: exchange.write_pause,
        held: exchange.is_held,
        released: exchange.released.map(|at| window.clip(at)),
        asks_leave: head.is_some_and(|head| head.asks_leave),
        first_byte: exchange.first_byte().map(|at| window.clip(at)),
        last_byte: exchange.last_byte.map(|at| window.clip(at)),
        read_pause: exchange.read_pause,
        acknowledged: exchange.acknowledged,
        reads: exchange.reads,
        status: exchange.status,
        interim: exchange.interim,
        bytes_out: exchange.bytes_out,
        bytes_in: exchange.bytes_in,
    }
}

#[cfg(test)]
mod tests;
