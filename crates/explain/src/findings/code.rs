//! The closed list of causes.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A cause of a batch's time, from a closed list.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Code {
    /// Round trips one after another that could be made at once.
    SerialRoundTrips,
    /// Round trips that open connections.
    ConnectionSetup,
    /// What the client prepares for each TLS connection: certificates, context.
    TlsPreparation,
    /// The work of TLS handshakes.
    HandshakeCost,
    /// Connections that were opened and thrown away, because the pool keeps fewer.
    PoolOverflow,
    /// Requests that waited for a worker or a permit.
    WorkerLimit,
    /// Requests that waited for a connection.
    ConnectionLimit,
    /// The client's processor time.
    ClientCpu,
    /// Work of several threads of the client, of which only one went on at a time.
    ClientSerialised,
    /// Requests that waited at the server.
    ServerCapacity,
    /// Bytes on a narrow link.
    Bandwidth,
    /// Single requests that waited far longer than the others.
    Straggler,
    /// Nagle's algorithm against delayed acknowledgements.
    DelayedAck,
    /// Looking up names.
    Dns,
    /// What a batch costs before its first request: session, event loop, threads.
    ColdStart,
    /// Bodies that were never read.
    BodyNotRead,
    /// Requests that were refused because there were too many.
    Throttled,
    /// Requests that were redirected.
    Redirects,
    /// Connections that the server closed, and that had to be opened again.
    ClosedByServer,
    /// A difference that nothing of the list explains.
    Unexplained,
    /// No difference beyond noise.
    Nothing,
}

impl Code {
    /// What it is, as part of a sentence: `round trips one after another`.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::SerialRoundTrips => "round trips one after another",
            Self::ConnectionSetup => "opening connections",
            Self::TlsPreparation => "preparing TLS for each connection",
            Self::HandshakeCost => "the work of TLS handshakes",
            Self::PoolOverflow => "connections that the pool throws away",
            Self::WorkerLimit => "waiting for a worker",
            Self::ConnectionLimit => "waiting for a connection",
            Self::ClientCpu => "the client's own computing",
            Self::ClientSerialised => "threads of which only one goes on at a time",
            Self::ServerCapacity => "waiting at a server that has no room",
            Self::Bandwidth => "bytes on their way",
            Self::Straggler => "single requests far slower than the others",
            Self::DelayedAck => "delayed acknowledgements",
            Self::Dns => "looking names up",
            Self::ColdStart => "beginning each batch anew",
            Self::BodyNotRead => "bodies that are not read",
            Self::Throttled => "refusals by the server",
            Self::Redirects => "redirects",
            Self::ClosedByServer => "connections that the server closes",
            Self::Unexplained => "nothing that was found",
            Self::Nothing => "noise",
        }
    }
}

impl fmt::Display for Code {
    /// Writes the code as the JSON does.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(formatter)
    }
}
