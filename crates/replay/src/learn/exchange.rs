//! What passed on the network for a request: the opening of its connection, and its exchange.

use evidence::account::{Charge, ChargedPiece};
use evidence::path::SegmentLabel;
use model::phase::Phase;
use model::time::Span;

use super::view::{Observed, TrialView};
use crate::batch::{Flights, Handshake, Resource, Step};

/// The steps of a request on the network.
#[derive(Clone, Debug, Default)]
pub(super) struct NetworkSteps {
    /// How its connection was opened, without the client's own work.
    pub(super) opening: Vec<Step>,
    /// Its exchange, without the client's own work.
    pub(super) exchange: Vec<Step>,
    /// Whether the endpoint saw when it began and when it ended, which no thread of the client does late.
    seen_by_endpoint: bool,
}

/// What an exchange takes at least.
#[derive(Clone, Copy, Debug)]
struct Served {
    /// The work of the server.
    service: Span,
    /// The round trip of the network.
    round_trip: Span,
}

impl Served {
    /// Nothing where the server's work is not known.
    fn new(view: &TrialView<'_, '_>, item: usize) -> Option<Self> {
        let round_trip = view.round_trip.unwrap_or_default();
        Some(Self { service: view.service(item)?, round_trip })
    }
}

impl NetworkSteps {
    /// The steps of a request.
    pub(super) fn new(view: &TrialView<'_, '_>, request: &Observed) -> Self {
        let mut steps = Self { seen_by_endpoint: view.is_multiplexed, ..Self::default() };
        let pieces = &view.pieces[request.item].pieces;
        let served = Served::new(view, request.item);
        let is_limited = view.room().is_some() && served.is_some();
        let has_rate = transfer(view, request).is_some();
        let mut wait = Span::ZERO;
        let mut queued = Span::ZERO;
        for piece in pieces {
            let Some(piece) = clip(piece, request) else { continue };
            let length = piece.length();
            match (piece.label, piece.charge) {
                // The replay makes the queue again.
                (_, Some(Charge::ServerQueue)) if is_limited => queued = queued + length,
                (_, Some(Charge::InterpreterLock)) => {}
                (_, Some(Charge::Bytes)) if has_rate => {}
                (
                    SegmentLabel::Phase(Phase::Client | Phase::Queue),
                    None | Some(Charge::Client),
                ) => {}
                (label, Some(cause)) if is_opening(label) => {
                    steps.opening.push(Step::caused(Resource::Delay, length, cause));
                }
                (_, Some(cause)) => {
                    steps.exchange.push(Step::caused(Resource::Delay, length, cause))
                }
                (SegmentLabel::Phase(Phase::Wait), None) => {
                    wait = wait + passing(view, request.item, &piece);
                }
                (SegmentLabel::Phase(Phase::Send | Phase::Receive), None) => {
                    steps.exchange.push(Step::new(Resource::Delay, length));
                }
                (label, None) => steps.opening.extend(opening_steps(view, request, label, length)),
            }
        }
        // What the room of the server explains of the wait, although the account of this trial does not.
        let unseen = view.queued_elsewhere(request.item).saturating_sub(queued);
        steps.mark_trips(view, request);
        steps.add_wait(wait.saturating_sub(unseen), served);
        steps.exchange.extend(
            transfer(view, request)
                .map(|length| Step::caused(Resource::Link, length, Charge::Bytes)),
        );
        steps
    }

    /// Adds the wait for the response, half of which passes before the server has the request. A thread
    /// that waits for the interpreter lock after its write begins to wait late for the response, so that
    /// the exchange takes longer than it waits.
    fn add_wait(&mut self, wait: Span, served: Option<Served>) {
        let flying = |length, flights| Step::new(Resource::Delay, length).flying(flights);
        let Some(Served { service, round_trip }) = served else {
            self.exchange.push(flying(wait, Flights::ROUND_TRIP));
            return;
        };
        let other: Span = self.exchange.iter().map(|step| step.length).sum();
        let least = (service + round_trip).saturating_sub(other);
        let wait = if self.seen_by_endpoint { wait } else { wait.max(least) };
        let service = service.min(wait);
        let passes = wait.saturating_sub(service);
        let there = passes.half();
        self.exchange.push(flying(there, Flights(1)));
        self.exchange.push(Step::new(Resource::Server, service));
        self.exchange.push(flying(passes.saturating_sub(there), Flights(1)));
    }

    /// Marks the steps that hold the round trips of the opening, and those of exchanges that did not
    /// give the item. The link may hold a part of a round trip in another phase, so the longest step
    /// has them.
    fn mark_trips(&mut self, view: &TrialView<'_, '_>, request: &Observed) {
        let is_setup = |step: &Step| step.cause == Some(Charge::Setup);
        let handshake = Flights::of_round_trips(view.handshake_trip_count(request.item));
        let connects = |step: &Step| is_setup(step) && step.handshake.is_none();
        mark_longest(&mut self.opening, connects, Flights::ROUND_TRIP);
        let secures = |step: &Step| is_setup(step) && step.handshake.is_some();
        mark_longest(&mut self.opening, secures, handshake);
        let earlier = view.examined.timelines[request.item].earlier.len();
        let earlier = Flights::of_round_trips(u32::try_from(earlier).unwrap_or(u32::MAX));
        mark_longest(&mut self.exchange, is_earlier_exchange, earlier);
        let asks_leave = |step: &Step| step.cause == Some(Charge::Continue);
        mark_longest(&mut self.exchange, asks_leave, Flights::ROUND_TRIP);
    }
}

fn mark_longest(steps: &mut [Step], is_one: impl Fn(&Step) -> bool, flights: Flights) {
    let longest = steps.iter_mut().filter(|step| is_one(step)).max_by_key(|step| step.length);
    if let Some(step) = longest {
        step.flights = flights;
    }
}

const fn is_earlier_exchange(step: &Step) -> bool {
    matches!(step.cause, Some(Charge::Redirect | Charge::ExtraRequest | Charge::Throttle))
}

const fn is_opening(label: SegmentLabel) -> bool {
    matches!(label.phase(), Phase::Dns | Phase::Connect | Phase::Tls)
}

fn clip(piece: &ChargedPiece, request: &Observed) -> Option<ChargedPiece> {
    let piece = ChargedPiece { from: piece.from.max(request.begin), ..*piece };
    (piece.from < piece.to).then_some(piece)
}

/// How long a request or its response passed on the network in a piece of its wait. A client may report that it sent
/// the request before it makes the call that does, and that it received the response after it made the call that
/// did: in between it works, which is found elsewhere.
fn passing(view: &TrialView<'_, '_>, item: usize, piece: &ChargedPiece) -> Span {
    let calls = view.examined.joined[item].socket.filter(|_| !view.is_multiplexed);
    let from = calls.map_or(piece.from, |row| piece.from.max(row.sent));
    let to = calls.and_then(|row| row.first_byte).map_or(piece.to, |first| piece.to.min(first));
    to.saturating_sub(from)
}

/// The round trips of an opening; the client's own work in it is found elsewhere.
fn opening_steps(
    view: &TrialView<'_, '_>,
    request: &Observed,
    label: SegmentLabel,
    length: Span,
) -> Vec<Step> {
    match label {
        SegmentLabel::Phase(Phase::Dns) => {
            vec![Step::caused(Resource::Delay, length, Charge::Lookup)]
        }
        SegmentLabel::Phase(Phase::Tls) => {
            let trips = view.handshake_trips(request.item).min(length);
            let kind = view.handshake(request.item).or(Some(Handshake::Full));
            let step = |on, length, cause| Step::caused(on, length, cause).securing(kind);
            let work = length.saturating_sub(trips);
            let endpoints = view.endpoint_part(work);
            vec![
                step(Resource::Delay, trips, Charge::Setup),
                step(Resource::Endpoint, endpoints, Charge::Handshake),
                step(Resource::Delay, work.saturating_sub(endpoints), Charge::Handshake),
            ]
        }
        // The client's own work, which is found elsewhere.
        SegmentLabel::TlsPreparation => Vec::new(),
        SegmentLabel::Phase(_) => vec![Step::caused(Resource::Delay, length, Charge::Setup)],
    }
}

/// How long a response's bytes take to pass the link's bottleneck.
fn transfer(view: &TrialView<'_, '_>, request: &Observed) -> Option<Span> {
    Some(view.rate()?.time_of(view.bytes(request.item)?))
}
