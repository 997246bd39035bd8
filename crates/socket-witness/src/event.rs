//! What the rows of the ring mean.

use std::net::IpAddr;

use model::socket::ThreadWait;
use model::time::{Moment, Span};

use crate::ring::RawRow;
use crate::threads::Scheduled;

/// The errors of the system that a recording names; others are shown by their numbers.
const ERRORS: [(u32, &str); 9] = [
    (1, "EPERM"),
    (13, "EACCES"),
    (101, "ENETUNREACH"),
    (103, "ECONNABORTED"),
    (104, "ECONNRESET"),
    (99, "EADDRNOTAVAIL"),
    (110, "ETIMEDOUT"),
    (111, "ECONNREFUSED"),
    (113, "EHOSTUNREACH"),
];

/// The name of an error of the system.
pub(crate) fn error_name(number: u32) -> String {
    let known = ERRORS.iter().find(|(known, _)| *known == number);
    known.map_or_else(|| format!("error {number}"), |(_, name)| (*name).to_owned())
}

/// A thread of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct ThreadKey {
    pub(crate) process: u32,
    pub(crate) thread: u32,
}

/// One call of a client.
#[derive(Clone, Debug)]
pub(crate) struct Event {
    pub(crate) begin: Moment,
    pub(crate) end: Moment,
    pub(crate) thread: ThreadKey,
    /// The connection that it is about; 0 for none.
    pub(crate) connection: u32,
    pub(crate) call: Call,
}

impl Event {
    /// When it counts among other events: what goes out as it begins, what comes in as it ends. OpenSSL
    /// writes to the network inside the call that is given the plain text, or before the call that returns
    /// it.
    pub(crate) const fn moment(&self) -> Moment {
        match self.call {
            Call::Out(_) | Call::SslOut { .. } | Call::Connect { .. } => self.begin,
            _ => self.end,
        }
    }
}

/// What a call did.
#[derive(Clone, Debug)]
pub(crate) enum Call {
    ProcessStart,
    ProcessEnd(Scheduled),
    ThreadStart,
    ThreadEnd(Scheduled),
    Lookup {
        name: String,
        /// How many addresses were returned.
        count: u32,
        /// Those that the row has room for. An address may be there several times.
        addresses: Vec<IpAddr>,
    },
    Connect {
        error: u32,
        peer: String,
        no_delay: bool,
    },
    Connected {
        error: u32,
    },
    NoDelay {
        on: bool,
    },
    Out(Bytes),
    In(Bytes),
    Broken,
    /// The kernel sent what it had held back.
    Released,
    Close(Closing),
    /// The client ended its direction; the server's may go on.
    Shut,
    Wait {
        kind: ThreadWait,
    },
    /// OpenSSL read certificates.
    Certificates,
    Handshake {
        ssl: u64,
        done: bool,
        version: u16,
        resumed: bool,
    },
    SslOut {
        ssl: u64,
        head: Option<RequestHead>,
    },
    SslIn {
        ssl: u64,
        head: ResponseHead,
    },
}

/// The bytes of a read or a write.
#[derive(Clone, Debug, Default)]
pub(crate) struct Bytes {
    pub(crate) count: u64,
    /// The TLS records that begin in it; none where the connection is plain.
    pub(crate) records: Option<Vec<Record>>,
    pub(crate) request: Option<RequestHead>,
    pub(crate) response: ResponseHead,
    pub(crate) is_held: bool,
    /// Whether the kernel acknowledged bytes in the long pause before the read, where that is known.
    pub(crate) acknowledged: Option<bool>,
}

/// The beginning of a TLS record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) content: u8,
    pub(crate) length: u16,
}

/// The head of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct RequestHead {
    pub(crate) method: String,
    /// Without its query, of which only the question mark is left.
    pub(crate) path: String,
    /// The hash of the method and the whole target.
    pub(crate) hash: u64,
    pub(crate) asks_close: bool,
    /// Whether it asks for leave to send its body.
    pub(crate) asks_leave: bool,
}

/// The beginning of a response.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct ResponseHead {
    pub(crate) status: Option<u16>,
    pub(crate) interim: u32,
}

/// The end of a connection, and what the kernel knew of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Closing {
    /// The state of the TCP connection (`TCP_ESTABLISHED` is 1).
    pub(crate) state: u8,
    pub(crate) round_trip: Span,
    pub(crate) retransmissions: u32,
}

const IS_TLS: u16 = 1;
const IS_HEAD: u16 = 2;
const IS_HELD: u16 = 4;
const IS_SHUT: u16 = 16;
const ASKS_CLOSE: u16 = 32;
const ASKS_LEAVE: u16 = 64;
const ACKNOWLEDGED: u16 = 128;
const UNACKNOWLEDGED: u16 = 256;

/// The events of rows, in the order of their moments. A row of an unknown kind is left out.
pub(crate) fn events(rows: &[RawRow]) -> Vec<Event> {
    let mut events = Vec::with_capacity(rows.len());
    let mut at = 0;
    while at < rows.len() {
        let texts = rows[at + 1..].iter().take_while(|row| row.u16_at(36) == 0).count();
        events.extend(Reading { row: &rows[at], text: text(&rows[at + 1..=at + texts]) }.event());
        at += 1 + texts;
    }
    events.sort_by_key(Event::moment);
    events
}

fn text(rows: &[RawRow]) -> String {
    let part = |row: &RawRow| row.0[40..40 + usize::from(row.u16_at(38)).min(24)].to_vec();
    String::from_utf8_lossy(&rows.iter().flat_map(part).collect::<Vec<u8>>()).into_owned()
}

/// A row that is being read, and the text after it.
struct Reading<'a> {
    row: &'a RawRow,
    text: String,
}

impl Reading<'_> {
    fn event(self) -> Option<Event> {
        let [begin, end] = [8, 16].map(|at| Moment::from_nanos(self.row.u64_at(at)));
        let thread = ThreadKey { process: self.row.u32_at(24), thread: self.row.u32_at(28) };
        let connection = self.row.u32_at(32);
        Some(Event { begin, end, thread, connection, call: self.call()? })
    }

    fn call(self) -> Option<Call> {
        Some(match self.row.u16_at(36) {
            1 => Call::ProcessStart,
            2 => Call::ProcessEnd(self.scheduled()),
            3 => Call::ThreadStart,
            4 => Call::ThreadEnd(self.scheduled()),
            5 => self.lookup(),
            6 => {
                let no_delay = self.flags() != 0;
                Call::Connect { error: self.number(), peer: self.text, no_delay }
            }
            7 => Call::Connected { error: self.number() },
            8 => Call::NoDelay { on: self.value() != 0 },
            9 | 10 if self.value() < 0 => Call::Broken,
            9 => Call::Out(self.bytes()),
            10 => Call::In(self.bytes()),
            11 if self.has(IS_SHUT) => Call::Shut,
            11 => Call::Close(self.closing()),
            12 => Call::Wait { kind: wait_kind(u32::from(self.flags()))? },
            13 => self.handshake(),
            14 => Call::SslOut { ssl: self.row.u64_at(48), head: self.request(56) },
            16 => Call::Released,
            17 => Call::Certificates,
            15 => Call::SslIn { ssl: self.row.u64_at(48), head: self.response(56) },
            _ => return None,
        })
    }

    /// The library writes the largest number where the system does not say how long the thread was ready. A
    /// thread that never waited for a core was ready for 0 ns.
    fn scheduled(&self) -> Scheduled {
        let ready = Some(self.row.u64_at(48)).filter(|&nanos| nanos != u64::MAX);
        let running = Span::from_nanos(self.value().unsigned_abs());
        Scheduled { running, ready: ready.map(Span::from_nanos) }
    }

    fn value(&self) -> i64 {
        self.row.u64_at(40).cast_signed()
    }

    fn number(&self) -> u32 {
        u32::try_from(self.value().unsigned_abs()).unwrap_or(u32::MAX)
    }

    fn flags(&self) -> u16 {
        self.row.u16_at(38)
    }

    fn has(&self, flag: u16) -> bool {
        self.flags() & flag != 0
    }

    fn bytes(&self) -> Bytes {
        let plain = !self.has(IS_TLS);
        let is_out = self.row.u16_at(36) == 9;
        Bytes {
            count: self.value().unsigned_abs(),
            records: (!plain).then(|| self.records()),
            request: if plain && is_out { self.request(48) } else { None },
            response: if plain && !is_out { self.response(48) } else { ResponseHead::default() },
            is_held: self.has(IS_HELD),
            acknowledged: self.has(ACKNOWLEDGED | UNACKNOWLEDGED).then(|| self.has(ACKNOWLEDGED)),
        }
    }

    fn records(&self) -> Vec<Record> {
        let data = &self.row.0[48..64];
        let record =
            |at: &[u8]| Record { content: at[0], length: u16::from_be_bytes([at[1], at[2]]) };
        data[1..].chunks_exact(3).take(usize::from(data[0])).map(record).collect()
    }

    fn request(&self, at: usize) -> Option<RequestHead> {
        let (method, path) = self.has(IS_HEAD).then(|| self.text.split_once(' '))??;
        Some(RequestHead {
            method: method.to_owned(),
            path: path.to_owned(),
            hash: self.row.u64_at(at),
            asks_close: self.has(ASKS_CLOSE),
            asks_leave: self.has(ASKS_LEAVE),
        })
    }

    fn response(&self, at: usize) -> ResponseHead {
        let status = self.has(IS_HEAD).then(|| self.row.u16_at(at));
        ResponseHead { status, interim: u32::from(self.row.0[at + 2]) }
    }

    fn closing(&self) -> Closing {
        Closing {
            state: u8::try_from(self.value()).unwrap_or_default(),
            round_trip: Span::from_nanos(u64::from(self.row.u32_at(48)) * 1000),
            retransmissions: self.row.u32_at(52),
        }
    }

    fn lookup(&self) -> Call {
        let (name, addresses) = self.text.split_once(' ').unwrap_or((&self.text, ""));
        Call::Lookup {
            name: name.to_owned(),
            count: self.number(),
            addresses: addresses.split(' ').filter_map(|address| address.parse().ok()).collect(),
        }
    }

    fn handshake(&self) -> Call {
        Call::Handshake {
            ssl: self.row.u64_at(48),
            done: self.value() == 1,
            version: self.row.u16_at(56),
            resumed: self.row.0[58] != 0,
        }
    }
}

/// What a thread waits for, by the library's number.
pub(crate) const fn wait_kind(number: u32) -> Option<ThreadWait> {
    Some(match number {
        0 => ThreadWait::Network,
        1 => ThreadWait::Timer,
        2 => ThreadWait::Sleep,
        3 => ThreadWait::InterpreterLock,
        4 => ThreadWait::Lock,
        5 => ThreadWait::Child,
        6 => ThreadWait::Lookup,
        7 => ThreadWait::File,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use model::time::Span;

    use super::{Call, events};
    use crate::ring::RawRow;
    use crate::threads::Scheduled;

    /// How long a thread was ready, in a row that says that it has ended.
    fn ready_in(written: u64) -> Option<Span> {
        let mut row = [0; size_of::<RawRow>()];
        row[36..38].copy_from_slice(&4_u16.to_le_bytes());
        row[48..56].copy_from_slice(&written.to_le_bytes());
        match events(&[RawRow(row)]).as_slice() {
            [event] => match event.call {
                Call::ThreadEnd(Scheduled { ready, .. }) => ready,
                _ => panic!("{event:?}"),
            },
            others => panic!("{others:?}"),
        }
    }

    #[test]
    fn a_thread_that_never_waited_for_a_core_is_told_from_one_of_which_nothing_is_known() {
        assert_eq!(ready_in(0), Some(Span::ZERO));
        assert_eq!(ready_in(12), Some(Span::from_nanos(12)));
        assert_eq!(ready_in(u64::MAX), None);
    }
}
