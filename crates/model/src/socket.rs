//! The socket witness: what the preloaded library saw of a trial, from inside the client's processes.
//!
//! It sees the system calls of any dynamically linked client, on any server, and needs no help from
//! either. All stamps are nanoseconds after the start of the trial; what began before it began at 0.
//! It keeps no byte of a message but a request's method and path, without the values of its query, and
//! the status of a response.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::packed::rows::{self, Rows};
use crate::packed::{BadTable, LEAST_PACKED, RowList, Table, read_rows, write_rows};
use crate::time::Span;
use crate::witness::{Closer, TlsAgreement};

/// What the client's system calls show of a trial.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SocketWitness {
    /// The names that were looked up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<Lookup>,
    /// The connections that were open or opened in the trial, in the order of opening.
    #[serde(with = "rows")]
    #[schemars(with = "Rows<SocketConnection>")]
    pub connections: Vec<SocketConnection>,
    /// The requests that were written in the trial, in the order of writing.
    pub requests: RowList<SocketRequest>,
    /// What each thread of the client did.
    pub threads: Vec<ClientThread>,
    /// How many events are missing, because the buffer was full. The rest may then be incomplete.
    #[serde(default)]
    pub dropped: u64,
    /// What the client did with other servers than those of the batch. It counts nowhere.
    #[serde(default, skip_serializing_if = "OtherTraffic::is_empty")]
    pub other: OtherTraffic,
}

/// What a client did with servers that no URL of the batch names, and to which no redirect can have led:
/// metrics, a database, a token. The threads that did it are among those of the witness.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct OtherTraffic {
    /// The names that were looked up.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<Lookup>,
    /// The connections that were open or opened in the trial.
    #[serde(default, with = "rows", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Rows<SocketConnection>")]
    pub connections: Vec<SocketConnection>,
    /// The requests that were written in the trial, and what looks like requests.
    #[serde(default, with = "rows", skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Rows<SocketRequest>")]
    pub requests: Vec<SocketRequest>,
}

impl OtherTraffic {
    /// Whether the client used the servers of the batch only.
    pub fn is_empty(&self) -> bool {
        self.lookups.is_empty() && self.connections.is_empty() && self.requests.is_empty()
    }
}

impl SocketWitness {
    /// Whether no event is missing.
    pub const fn is_complete(&self) -> bool {
        self.dropped == 0
    }
}

/// The place of a thread in [`SocketWitness::threads`].
pub type ThreadPlace = u32;

/// One call of `getaddrinfo`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Lookup {
    /// The thread that called it.
    pub thread: ThreadPlace,
    /// The name.
    pub name: String,
    /// When the call began.
    pub began: Span,
    /// When it returned.
    pub ended: Span,
    /// How many addresses it returned; 0 if it failed.
    pub addresses: u32,
}

/// One TCP connection, as the client's system calls show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SocketConnection {
    /// Unique among the connections of a driver process and its children.
    pub id: u64,
    /// The address and port of the server.
    pub peer: String,
    /// When the client began to connect; null if it did so before the trial.
    pub connecting: Option<Span>,
    /// When the system reported to the client that it was open.
    pub connected: Option<Span>,
    /// Why it could not be opened: the name of the system's error, such as `ECONNREFUSED`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refused: Option<String>,
    /// Whether the client set `TCP_NODELAY`.
    #[serde(default)]
    pub no_delay: bool,
    /// When the client began to write its first handshake message; null without TLS.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub securing: Option<Span>,
    /// When the handshake was complete for the client.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub secured: Option<Span>,
    /// What the handshake negotiated. ALPN is not seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub tls: Option<TlsAgreement>,
    /// When it was closed; null while it is open.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed: Option<Span>,
    /// Who closed it first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub closed_by: Option<Closer>,
    /// How many requests it has carried so far.
    pub requests: u64,
    /// How many bytes the client wrote in the trial, handshakes included.
    pub bytes_out: u64,
    /// How many bytes the client read in the trial, handshakes included.
    pub bytes_in: u64,
    /// The round trip that the kernel had measured when it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub round_trip: Option<Span>,
    /// How many segments the kernel had sent again when it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retransmissions: Option<u32>,
}

/// One request, as the client's system calls show it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SocketRequest {
    /// The connection that carried it.
    pub connection: u64,
    /// Its position on that connection, from 0 on.
    pub ordinal: u64,
    /// The thread that wrote it.
    pub thread: ThreadPlace,
    /// The only item of the batch that has its method and its whole path; null if that is not known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub item: Option<u32>,
    /// Its method; null where the bytes are encrypted before the library sees them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// Its path, without the values of its query.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub path: Option<String>,
    /// When the client began to write it.
    pub writing: Span,
    /// When the last call that wrote a part of it began.
    pub sent: Span,
    /// How many calls wrote it.
    pub writes: u32,
    /// The longest time between two of these calls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub write_pause: Option<Span>,
    /// Whether the kernel held a part of it back after the last call, because `TCP_NODELAY` was not set
    /// and the part before it was not yet acknowledged (Nagle's algorithm, RFC 896).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub held: bool,
    /// When the kernel sent that part, to a tick of its clock (1 to 10 ms).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub released: Option<Span>,
    /// Whether it asks for leave to send its body (`Expect: 100-continue`).
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub asks_leave: bool,
    /// When the first byte of the final response had arrived: when the system reported it to the thread that read
    /// it, else when it was read. TLS tickets and interim responses do not count.
    pub first_byte: Option<Span>,
    /// When the last byte of the response had arrived, known in the same way.
    pub last_byte: Option<Span>,
    /// The longest time between two reads of the response, after its first byte.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub read_pause: Option<Span>,
    /// Whether the client's kernel acknowledged what came before this pause while it lasted; null where
    /// that is unknown.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub acknowledged: Option<bool>,
    /// How many calls read bytes of the response.
    pub reads: u32,
    /// The status of the final response; null where it is encrypted.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// How many interim responses (1xx) came before it, where that is visible.
    #[serde(default)]
    pub interim: u32,
    /// How many bytes were written for it, TLS included.
    pub bytes_out: u64,
    /// How many bytes of the response were read, TLS included.
    pub bytes_in: u64,
}

crate::closed_list! {
    /// What a thread waits for in a call of the system.
    pub enum ThreadWait with PerThreadWait {
        /// The network: a poll that reported something, or a blocking read, write or connect.
        Network = "network",
        /// A poll that ended because its time was up: a timer of an event loop.
        Timer = "timer",
        /// A sleep.
        Sleep = "sleep",
        /// The interpreter lock of CPython.
        InterpreterLock = "interpreter_lock",
        /// Another lock, a condition, a semaphore or the end of another thread.
        Lock = "lock",
        /// The end of a child process.
        Child = "child",
        /// The lookup of a name.
        Lookup = "lookup",
        /// A pipe or a file.
        File = "file",
    }
}

/// What one thread of the client did between the start and the end of the trial, or of its own life.
/// It waits, or runs, or waits for a core; for the rest, it waits in a call that is not observed, such as one
/// that writes to a disk.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ClientThread {
    /// The process that it belongs to, as an ordinal: 0 is the driver.
    pub process: u32,
    /// Whether it is the first thread of its process.
    pub main: bool,
    /// The system's number of the thread.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<u32>,
    /// When it began to be observed.
    pub began: Span,
    /// When it ended, or the trial did.
    pub ended: Span,
    /// How long it ran on a core; null where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub running: Option<Span>,
    /// How long it was ready to run and waited for a core; null where the system does not tell.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub runnable: Option<Span>,
    /// How long it waited in all, by what it waited for, short waits included.
    pub waited: WaitTimes,
    /// Its waits of at least 20 µs, in order.
    pub waits: Waits,
    /// When OpenSSL read certificates from files for it, in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub certificates: Vec<CertificateLoad>,
}

/// One call by which a client has OpenSSL read certificates that it trusts from files. Waits may lie in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CertificateLoad {
    /// When it began.
    pub from: Span,
    /// When it returned.
    pub to: Span,
}

/// A time for each kind of wait; a kind that is missing is 0.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct WaitTimes(pub std::collections::BTreeMap<ThreadWait, Span>);

impl WaitTimes {
    /// How long the thread waited for this.
    pub fn of(&self, wait: ThreadWait) -> Span {
        self.0.get(&wait).copied().unwrap_or_default()
    }

    /// How long it waited in all.
    pub fn total(&self) -> Span {
        self.0.values().fold(Span::ZERO, |sum, &length| sum + length)
    }

    /// Adds a wait.
    pub fn add(&mut self, wait: ThreadWait, length: Span) {
        let sum = self.0.entry(wait).or_default();
        *sum = *sum + length;
    }
}

/// Waits of a thread as columns with one entry a wait: they do not overlap and are in order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "WrittenWaits", into = "WrittenWaits")]
pub struct Waits {
    /// What each waited for.
    pub kind: Vec<ThreadWait>,
    /// When each began.
    pub from: Vec<Span>,
    /// When each ended.
    pub to: Vec<Span>,
}

/// How waits are written: as one array for each column, or packed where there are many.
#[derive(Debug, Serialize, Deserialize, JsonSchema)]
#[serde(untagged)]
enum WrittenWaits {
    /// A table whose rows are waits.
    Packed(Table),
    /// The columns.
    Plain {
        /// What each waited for.
        kind: Vec<ThreadWait>,
        /// When each began.
        from: Vec<Span>,
        /// When each ended.
        to: Vec<Span>,
    },
}

impl From<Waits> for WrittenWaits {
    fn from(waits: Waits) -> Self {
        let is_long = waits.kind.len() >= LEAST_PACKED;
        let rows: Vec<Wait> = if is_long { waits.iter().collect() } else { Vec::new() };
        match write_rows(&rows) {
            Ok(table) if is_long => Self::Packed(table),
            _ => Self::Plain { kind: waits.kind, from: waits.from, to: waits.to },
        }
    }
}

impl TryFrom<WrittenWaits> for Waits {
    type Error = BadTable;

    fn try_from(written: WrittenWaits) -> Result<Self, BadTable> {
        match written {
            WrittenWaits::Plain { kind, from, to } => Ok(Self { kind, from, to }),
            WrittenWaits::Packed(table) => {
                let mut waits = Self::default();
                read_rows(&table)?.into_iter().for_each(|wait| waits.push(wait));
                Ok(waits)
            }
        }
    }
}

/// One wait of a thread.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Wait {
    /// What it waited for.
    pub kind: ThreadWait,
    /// When it began.
    pub from: Span,
    /// When it ended.
    pub to: Span,
}

impl Waits {
    /// Adds a wait at the end.
    pub fn push(&mut self, wait: Wait) {
        self.kind.push(wait.kind);
        self.from.push(wait.from);
        self.to.push(wait.to);
    }

    /// The waits, in order.
    pub fn iter(&self) -> impl Iterator<Item = Wait> + '_ {
        let ends = self.from.iter().zip(&self.to);
        self.kind.iter().zip(ends).map(|(&kind, (&from, &to))| Wait { kind, from, to })
    }
}
