//! The closed list of causes.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// A cause of a batch's time, from a closed list.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
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

impl fmt::Display for Code {
    /// Writes the code as the JSON does.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.serialize(formatter)
    }
}
