//! The witness: what the embedded endpoint saw of a trial, on the same clock as the trace.
//!
//! Inbound bytes are stamped on arrival, before the emulated link holds them; outbound bytes when
//! they are written to the kernel, after the hold. The holds are given beside the stamps, so that
//! what the link did can be told from what the server did. All stamps are nanoseconds after the
//! moment that `collect` was asked from, which is the trial's start.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::time::Span;

/// What the endpoint saw between two moments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Witness {
    /// The connections that were accepted between them.
    pub connections: Vec<ConnectionRow>,
    /// The requests that arrived between them, on these connections or on older ones.
    pub requests: Vec<RequestRow>,
    /// Whether nothing was in flight any more when the rows were taken.
    pub drained: bool,
}

/// One connection, as the endpoint saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionRow {
    /// Unique in the endpoint's process.
    pub id: u64,
    /// The client's port, by which it can be told from outside too.
    pub peer_port: u16,
    /// When the program took it from the kernel.
    pub accepted: Span,
    /// When the client's first bytes arrived.
    pub first_byte_in: Option<Span>,
    /// How long the link held them: a round trip for the SYN, and half a round trip.
    pub first_byte_hold: Option<Span>,
    /// When the server's last handshake flight was written; null without TLS.
    pub handshake_out: Option<Span>,
    /// How long the link held that flight.
    pub handshake_out_hold: Option<Span>,
    /// When the client's next flight after that arrived, which ends the handshake for the server.
    pub handshake_in: Option<Span>,
    /// How long the link held that flight.
    pub handshake_in_hold: Option<Span>,
    /// What was agreed on; null without TLS, or where the handshake did not come to its end.
    pub tls: Option<TlsAgreement>,
    /// When it was closed; null while it is open.
    pub closed: Option<Span>,
    /// Whose doing it was.
    pub closed_by: Option<Closer>,
    /// How many requests it has carried up to now.
    pub requests: u64,
}

impl ConnectionRow {
    /// A connection that was taken from the kernel then, of which nothing else is known yet.
    pub const fn accepted(id: u64, peer_port: u16, accepted: Span) -> Self {
        Self {
            id,
            peer_port,
            accepted,
            first_byte_in: None,
            first_byte_hold: None,
            handshake_out: None,
            handshake_out_hold: None,
            handshake_in: None,
            handshake_in_hold: None,
            tls: None,
            closed: None,
            closed_by: None,
            requests: 0,
        }
    }
}

/// What a TLS handshake agreed on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsAgreement {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: String,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// The protocol agreed on by ALPN, where there was one.
    pub alpn: Option<String>,
}

/// Whose doing it was that a connection was closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Closer {
    /// The client ended its side first, or its last request asked the endpoint to end the other
    /// (`Connection: close`).
    Client,
    /// The endpoint ended its side first, and nobody had asked for that.
    Server,
    /// The connection broke.
    Reset,
}

/// One request, as the endpoint saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestRow {
    /// The connection that carried it.
    pub connection: u64,
    /// Its place on that connection, from 0 on.
    pub ordinal: u64,
    /// The path that was asked for.
    pub path: String,
    /// When its last byte arrived.
    pub last_byte_in: Span,
    /// How long the link held that byte.
    pub hold_in: Span,
    /// When it was handed to the handler.
    pub handled: Span,
    /// How long the handler thought.
    pub think: Span,
    /// When the response's first byte was written.
    pub first_byte_out: Option<Span>,
    /// When the response's last byte was written.
    pub last_byte_out: Option<Span>,
    /// How long the link held the response's first byte.
    pub hold_out: Option<Span>,
    /// How many requests the endpoint was handling when this one was handed over, itself included.
    pub in_flight: u64,
    /// The response's status.
    pub status: u16,
    /// How many bytes the response's body has.
    pub body_bytes: u64,
}

impl Witness {
    /// The connections that carried a request. A client may open one that it then has no use for,
    /// and leave it with its handshake unfinished.
    pub fn used_connections(&self) -> impl Iterator<Item = &ConnectionRow> {
        self.connections.iter().filter(|connection| connection.requests > 0)
    }
}
