//! The witness of one connection: what it reports to the observer.
//!
//! It stamps events with the moments it is given, and decides which flight ends the handshake.

use std::sync::Arc;

use model::time::{Moment, Span};
use model::witness::{Closer, LinkEnd, RequestRow, StreamCounts, StreamRow, TlsAgreement};

use crate::http::request::HttpRequest;
use crate::http::response::HttpResponse;
use crate::http2::windows::FullWindow;
use crate::observer::{Activity, Observer, RequestKey, stamp};
use crate::server::EndpointProcess;

/// The witness of one connection.
#[derive(Debug)]
pub(crate) struct ConnectionWitness {
    process: Arc<EndpointProcess>,
    id: u64,
    /// How many requests were handed over.
    requests: u64,
    handshake: ClientFlight,
    activity: Activity,
}

/// When bytes arrived, and how long the link held them.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Arrival {
    pub(crate) at: Moment,
    pub(crate) hold: Span,
}

/// The client's flight that follows the server's last handshake flight so far, and so ends the
/// handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum ClientFlight {
    /// The server has not written a handshake flight, or the client's next one has passed the link.
    NotExpected,
    /// It has not arrived.
    Expected,
    /// It arrived at this moment, and the link holds it.
    Held(Moment),
}

impl ConnectionWitness {
    /// The witness of a connection that was accepted at `at`.
    pub(crate) fn accepted(process: &Arc<EndpointProcess>, at: Moment, peer_port: u16) -> Self {
        Self {
            id: process.observer.accepted(at, peer_port),
            process: Arc::clone(process),
            requests: 0,
            handshake: ClientFlight::NotExpected,
            activity: Activity::Idle,
        }
    }

    /// The connection's identifier.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// How many requests were handed over.
    pub(crate) fn requests(&self) -> u64 {
        self.requests
    }

    /// Bytes arrived.
    pub(crate) fn arrived(&mut self, at: Moment) {
        let ends_handshake = self.handshake == ClientFlight::Expected;
        if ends_handshake {
            self.handshake = ClientFlight::Held(at);
        }
        self.observer().update_connection(self.id, |row| {
            row.first_byte_in.get_or_insert(stamp(at));
            // The kernel accepted the connection before its first bytes came.
            row.accepted = row.accepted.min(stamp(at));
            if ends_handshake {
                row.handshake_in = Some(stamp(at));
            }
        });
    }

    /// Bytes passed the link.
    pub(crate) fn passed(&mut self, arrival: Arrival) {
        let ends_handshake = self.handshake == ClientFlight::Held(arrival.at);
        if ends_handshake {
            self.handshake = ClientFlight::NotExpected;
        }
        self.observer().update_connection(self.id, |row| {
            row.first_byte_hold.get_or_insert(arrival.hold);
            if ends_handshake {
                row.handshake_in_hold = Some(arrival.hold);
            }
        });
    }

    /// The TLS handshake is finished by this arrival, which may be a later one than the first of the client's
    /// flight: Java writes ChangeCipherSpec alone, then verifies the certificate.
    pub(crate) fn agreed(&self, agreement: TlsAgreement, arrival: Arrival) {
        self.observer().update_connection(self.id, |row| {
            row.tls = Some(agreement);
            if row.handshake_in.is_some() {
                row.handshake_in = Some(stamp(arrival.at));
                row.handshake_in_hold = Some(arrival.hold);
            }
        });
    }

    /// One side closed the connection, or it broke.
    pub(crate) fn closed(&self, at: Moment, by: Closer) {
        self.observer().closed(self.id, at, by);
    }

    /// A request was handed to the handler.
    pub(crate) fn handed_over(
        &mut self,
        request: &HttpRequest,
        arrival: Arrival,
        response: &HttpResponse,
        handled: Moment,
    ) -> RequestKey {
        let ordinal = self.requests;
        self.requests += 1;
        self.observer().handed_over(RequestRow {
            connection: self.id,
            ordinal,
            method: Some(request.method.clone()),
            path: request.target.clone(),
            last_byte_in: stamp(arrival.at),
            hold_in: arrival.hold,
            handled: stamp(handled),
            think: Span::ZERO,
            first_byte_out: None,
            last_byte_out: None,
            hold_out: None,
            in_flight: 0,
            status: response.status,
            body_bytes: response.body_bytes(),
            stream: None,
        })
    }

    /// The handler thought about a request for this long.
    pub(crate) fn thought(&self, key: RequestKey, time: Span) {
        self.observer().update_request(key, |row| row.think = time);
    }

    /// A request was handed over that came on a stream.
    pub(crate) fn carried_by(&self, key: RequestKey, stream: StreamRow) {
        self.observer().update_request(key, |row| row.stream = Some(stream));
    }

    /// What is known of the connection's streams.
    pub(crate) fn streams(&self, counts: StreamCounts) {
        self.observer().update_connection(self.id, |row| row.streams = Some(counts));
    }

    /// A full window of the client stopped a response for this time.
    pub(crate) fn was_blocked(&self, key: RequestKey, window: FullWindow, time: Span) {
        self.observer().update_request(key, |row| {
            let Some(stream) = &mut row.stream else { return };
            let blocked = match window {
                FullWindow::Stream => &mut stream.blocked_by_stream,
                FullWindow::Connection => &mut stream.blocked_by_connection,
            };
            *blocked = *blocked + time;
        });
    }

    /// The link lost a datagram on its way to this end.
    pub(crate) fn lost(&self, to: LinkEnd, at: Moment) {
        self.observer().lost(self.id, to, at);
    }

    /// Some of a response got lost, which had been sent whole at this moment.
    pub(crate) fn sent_once(&self, key: RequestKey, at: Moment) {
        self.observer().update_request(key, |row| {
            if let Some(stream) = &mut row.stream {
                stream.sent_once = Some(stamp(at));
            }
        });
    }

    /// The stream of a request was reset.
    pub(crate) fn reset(&self, key: RequestKey, at: Moment) {
        self.observer().reset(key, at);
    }

    /// The first byte of a handshake flight was written. Only the last flight of the server counts.
    pub(crate) fn handshake_written(&mut self, ready: Moment, at: Moment) {
        self.handshake = ClientFlight::Expected;
        self.observer().update_connection(self.id, |row| {
            row.handshake_out = Some(stamp(at));
            row.handshake_out_hold = Some(at.since(ready));
            row.handshake_in = None;
            row.handshake_in_hold = None;
        });
    }

    /// The first byte of a response was written.
    pub(crate) fn first_byte_written(&self, key: RequestKey, ready: Moment, at: Moment) {
        self.observer().update_request(key, |row| {
            row.first_byte_out = Some(stamp(at));
            row.hold_out = Some(at.since(ready));
        });
    }

    /// The last byte of a response was written.
    pub(crate) fn last_byte_written(&self, key: RequestKey, at: Moment) {
        self.observer().answered(key, at);
    }

    /// Whether the connection has anything to do.
    pub(crate) fn set_activity(&mut self, activity: Activity) {
        if activity != self.activity {
            self.activity = activity;
            self.observer().set_activity(self.id, activity);
        }
    }

    fn observer(&self) -> &Observer {
        &self.process.observer
    }
}

impl Drop for ConnectionWitness {
    fn drop(&mut self) {
        self.observer().gone(self.id);
    }
}
