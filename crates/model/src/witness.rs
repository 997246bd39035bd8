//! The witness: what the embedded endpoint saw of a trial, on the same clock as the trace.
//!
//! Inbound bytes are stamped on arrival, before the emulated link delays them. Outbound bytes are
//! stamped when they are written to the kernel, after the delay. The delays are recorded too, to
//! separate the link from the server. All stamps are nanoseconds after the start of the trial.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::http_version::HttpVersion;
use crate::packed::RowList;
use crate::packed::rows::{self, Rows};
use crate::time::Span;

/// What the endpoint saw between two moments.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Witness {
    /// The connections that were accepted.
    #[serde(with = "rows")]
    #[schemars(with = "Rows<ConnectionRow>")]
    pub connections: Vec<ConnectionRow>,
    /// The requests that arrived, on these connections or on older ones.
    pub requests: RowList<RequestRow>,
    /// The datagrams of HTTP/3 that the link lost on these connections or on older ones (`loss`), in order.
    #[serde(default, skip_serializing_if = "Vec::is_empty", with = "rows")]
    #[schemars(with = "Rows<LossRow>")]
    pub losses: Vec<LossRow>,
    /// Whether nothing was in flight when the rows were collected.
    pub drained: bool,
    /// What all requests of a sampled trial have in common; the rows are those of its stretch.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub totals: Option<Box<WitnessTotals>>,
}

/// What all requests and connections of a sampled trial have in common.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WitnessTotals {
    /// The requests that arrived, by method and status.
    pub requests: Vec<RequestTotal>,
    /// How many connections were accepted.
    pub opened: u64,
    /// How many connections carried requests.
    pub used: u64,
}

impl WitnessTotals {
    /// Counts a request.
    pub fn add(&mut self, method: Option<&str>, status: u16) {
        let same =
            |total: &&mut RequestTotal| total.status == status && total.method.as_deref() == method;
        match self.requests.iter_mut().find(same) {
            Some(total) => total.requests += 1,
            None => {
                let method = method.map(str::to_owned);
                self.requests.push(RequestTotal { method, status, requests: 1 });
            }
        }
    }
}

/// How many requests had the same method and status.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestTotal {
    /// The method.
    pub method: Option<String>,
    /// The status of the response.
    pub status: u16,
    /// How many.
    pub requests: u64,
}

/// One connection, as the endpoint saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ConnectionRow {
    /// Unique in the endpoint's process.
    pub id: u64,
    /// The client's port, which identifies it from outside.
    pub peer_port: u16,
    /// When the endpoint accepted it.
    pub accepted: Span,
    /// When the client's first bytes arrived.
    pub first_byte_in: Option<Span>,
    /// How long the link delayed them: a round trip for the SYN, which QUIC does not have, and half a round
    /// trip.
    pub first_byte_hold: Option<Span>,
    /// When the last handshake flight of the server was written; null without TLS.
    pub handshake_out: Option<Span>,
    /// How long the link delayed that flight.
    pub handshake_out_hold: Option<Span>,
    /// When the next flight of the client arrived, which ends the handshake for the server.
    pub handshake_in: Option<Span>,
    /// How long the link delayed that flight.
    pub handshake_in_hold: Option<Span>,
    /// What the handshake negotiated; null without TLS, or if the handshake did not complete.
    pub tls: Option<TlsAgreement>,
    /// When it was closed; null while it is open. A close that brings no bytes has no stamp of the kernel:
    /// then it is when the endpoint's thread had woken up for it, once for several.
    pub closed: Option<Span>,
    /// Who closed it.
    pub closed_by: Option<Closer>,
    /// How many requests it has carried so far.
    pub requests: u64,
    /// Its streams; null over HTTP/1.1, which has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub streams: Option<StreamCounts>,
}

/// The streams of one connection, as the endpoint saw them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StreamCounts {
    /// The version of HTTP that the connection speaks.
    pub http: HttpVersion,
    /// How many streams the client has opened so far, including those that the endpoint refused.
    pub opened: u64,
    /// The most that were open at once: opened by the client, and not ended by both sides.
    pub most: u64,
    /// How many the endpoint allows at once.
    pub limit: u64,
}

impl ConnectionRow {
    /// A connection that was just accepted.
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
            streams: None,
        }
    }

    /// The version of HTTP that it speaks.
    pub fn http(&self) -> HttpVersion {
        self.streams.map(|streams| streams.http).unwrap_or_default()
    }
}

impl ConnectionRow {
    /// Whether it is a connection of QUIC, whose handshake opens it: nothing is connected before.
    pub fn is_quic(&self) -> bool {
        self.streams.is_some_and(|streams| streams.http == HttpVersion::Http3)
    }
}

/// What a TLS handshake negotiated.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct TlsAgreement {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: String,
    /// Whether an earlier session was resumed.
    pub resumed: bool,
    /// The protocol negotiated by ALPN, if any.
    pub alpn: Option<String>,
}

/// Who closed a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Closer {
    /// The client: it ended its side first, or its last request asked the endpoint to close
    /// (`Connection: close`).
    Client,
    /// The endpoint: it ended its side first, without being asked.
    Server,
    /// The connection broke.
    Reset,
}

/// One request, as the endpoint saw it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct RequestRow {
    /// The connection that carried it.
    pub connection: u64,
    /// Its position on that connection, from 0 on.
    pub ordinal: u64,
    /// The method, such as `GET`; null in a recording of an older version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The requested path.
    pub path: String,
    /// When its last byte arrived.
    pub last_byte_in: Span,
    /// How long the link delayed that byte.
    pub hold_in: Span,
    /// When it was passed to the handler.
    pub handled: Span,
    /// How long the handler waited as think time.
    pub think: Span,
    /// When the first byte of the response was written. Over HTTP/3, when a datagram with it left the link: one
    /// that gets lost does not.
    pub first_byte_out: Option<Span>,
    /// When the last byte of the response was written.
    pub last_byte_out: Option<Span>,
    /// How long the link delayed the first byte of the response.
    pub hold_out: Option<Span>,
    /// How many requests the endpoint was handling at that moment, this one included.
    pub in_flight: u64,
    /// The status of the response.
    pub status: u16,
    /// The size of the response body, in bytes.
    pub body_bytes: u64,
    /// The stream that carried it; null over HTTP/1.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stream: Option<StreamRow>,
}

/// The stream of one request, as the endpoint saw it.
///
/// The response's HEADERS are its first byte, and END_STREAM is its last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StreamRow {
    /// Its number on the connection.
    pub id: u64,
    /// When the request's HEADERS arrived.
    pub headers_in: Span,
    /// How many streams were open on the connection when it was opened, this one included.
    pub open: u64,
    /// How long the response could not continue because the client's window for this stream was full.
    /// Not observed over HTTP/3, where this and the next are always zero.
    pub blocked_by_stream: Span,
    /// How long it could not continue because the client's window for the connection was full.
    pub blocked_by_connection: Span,
    /// When every byte of the response had been sent once, though some of them got lost: all that came later
    /// replaced these. Null where nothing of the response got lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sent_once: Option<Span>,
    /// When the stream was reset; null for a stream that was not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reset: Option<Span>,
}

/// One datagram that the link lost. One that finds no room in a full queue is not among them: that is what
/// `bandwidth` does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct LossRow {
    /// The connection that it belonged to.
    pub connection: u64,
    /// The end that it never reached.
    pub to: LinkEnd,
    /// When it arrived at the link; to the client, when it would have left the link.
    pub at: Span,
}

/// An end of the link.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum LinkEnd {
    /// The client.
    Client,
    /// The endpoint.
    Server,
}

impl Witness {
    /// The connections that carried a request. A client may open a connection that it never uses, with an
    /// incomplete handshake.
    pub fn used_connections(&self) -> impl Iterator<Item = &ConnectionRow> {
        self.connections.iter().filter(|connection| connection.requests > 0)
    }
}
