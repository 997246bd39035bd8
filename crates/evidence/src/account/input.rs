//! The input of an account, with its look-ups.

use std::ops::Range;

use model::time::Span;
use model::trial::Run;
use model::witness::{Closer, ConnectionRow, Witness};

use crate::detour::Detour;
use crate::join::Joined;
use crate::path::{CriticalPath, RequestTimeline};
use crate::setting::{ArmSetting, Session};
use crate::thread_states::ThreadStates;

/// A trial whose time is to be charged, and its critical path.
#[derive(Debug)]
pub(crate) struct AccountInput<'e, 'a> {
    pub(crate) setting: &'e ArmSetting<'a>,
    pub(crate) run: &'a Run,
    pub(crate) witness: Option<&'a Witness>,
    pub(crate) joined: &'e [Joined<'a>],
    pub(crate) detours: &'e [Detour<'a>],
    pub(crate) timelines: &'e [RequestTimeline],
    pub(crate) path: &'e CriticalPath,
    pub(crate) closed: FirstClosed,
    pub(crate) threads: &'e ThreadStates<'a>,
}

/// When each side first closed a connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct FirstClosed {
    by_server: Option<Span>,
    by_client: Option<Span>,
}

impl FirstClosed {
    pub(crate) fn new(witness: &Witness) -> Self {
        let first = |closer: Closer| {
            let by_closer = |row: &&ConnectionRow| row.closed_by == Some(closer);
            witness.connections.iter().filter(by_closer).filter_map(|row| row.closed).min()
        };
        Self { by_server: first(Closer::Server), by_client: first(Closer::Client) }
    }
}

impl<'e, 'a> AccountInput<'e, 'a> {
    /// The requests, by their places in the columns.
    pub(super) fn requests(&self) -> Range<usize> {
        0..self.timelines.len()
    }

    /// How many bytes of a request's body the client reports.
    pub(super) fn reported_bytes(&self, request: usize) -> Option<u64> {
        *self.run.columns.bytes.as_ref()?.get(request)?
    }

    /// Who closed an earlier connection, so that one had to be opened for `request`. Nothing where
    /// the batch needed the connection in any case, or where that is unknown.
    pub(super) fn reopened(&self, request: usize, place: usize) -> Option<Closer> {
        let opened = self.opening(request)?;
        let warm = self.setting.session == Session::Warm;
        if place == 0 && !warm {
            return None;
        }
        // What a warm session closes in one batch is missing in the next.
        let before = |closed: &Span| warm || *closed <= opened.accepted;
        let by_server = self.closed.by_server.filter(before).map(|_| Closer::Server);
        by_server.or_else(|| self.closed.by_client.filter(before).map(|_| Closer::Client))
    }

    /// The connection that was opened for `request`.
    fn opening(&self, request: usize) -> Option<&'a ConnectionRow> {
        let joined = self.joined.get(request)?;
        let first = joined.request.is_some_and(|row| row.ordinal == 0);
        joined.connection.filter(|_| first)
    }

    /// How long the round trips of a TLS handshake take: by the emulated link, or, on another link,
    /// by how long the TCP handshake took.
    pub(super) fn handshake_trips(&self, request: usize) -> Span {
        use model::trace::Milestone::{Connected, Connecting};
        let agreed = self.opening(request).and_then(|row| row.tls.as_ref());
        let old = agreed.is_some_and(|tls| tls.version != "TLSv1.3" && !tls.resumed);
        let trips = if old { 2 } else { 1 };
        let milestones = &self.timelines[request].milestones;
        let measured = milestones
            .at(Connected)
            .zip(milestones.at(Connecting))
            .map(|(connected, connecting)| connected.saturating_sub(connecting));
        let trip = if self.witness.is_some() {
            self.setting.round_trip
        } else {
            measured.unwrap_or_default()
        };
        trip.times(trips)
    }
}
