//! What passed on the network for a request: the opening of its connection, and its exchange.

use evidence::account::{Charge, ChargedPiece};
use evidence::path::SegmentLabel;
use model::phase::Phase;
use model::time::Span;

use super::view::{Observed, TrialView};
use crate::batch::{Resource, Step};

/// The steps of a request on the network.
#[derive(Clone, Debug, Default)]
pub(super) struct NetworkSteps {
    /// How its connection was opened, without the client's own work.
    pub(super) opening: Vec<Step>,
    /// Its exchange, without the client's own work.
    pub(super) exchange: Vec<Step>,
}

/// How the server's part of a wait is known.
struct Service {
    /// How long the server worked on the request, without its queue.
    length: Span,
}

impl NetworkSteps {
    /// The steps of a request. `is_limited` says whether the server has limited room, whose queue the
    /// replay makes again.
    pub(super) fn new(view: &TrialView<'_, '_>, request: &Observed) -> Self {
        let mut steps = Self::default();
        let pieces = &view.pieces[request.item].pieces;
        let service = service(view, request);
        let has_rate = transfer(view, request).is_some();
        let mut wait = Span::ZERO;
        for piece in pieces {
            let Some(piece) = clip(piece, request) else { continue };
            let length = piece.length();
            match (piece.label, piece.charge) {
                (_, Some(Charge::ServerQueue)) if service.is_some() => {}
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
                (SegmentLabel::Phase(Phase::Wait), None) => wait = wait + length,
                (SegmentLabel::Phase(Phase::Send | Phase::Receive), None) => {
                    steps.exchange.push(Step::new(Resource::Delay, length));
                }
                (label, None) => steps.opening.extend(opening_steps(view, request, label, length)),
            }
        }
        steps.add_wait(wait, service);
        steps.exchange.extend(
            transfer(view, request)
                .map(|length| Step::caused(Resource::Link, length, Charge::Bytes)),
        );
        steps
    }

    /// Adds the wait for the response, half of which passes before the server has the request.
    fn add_wait(&mut self, wait: Span, service: Option<Service>) {
        let Some(Service { length }) = service else {
            self.exchange.push(Step::new(Resource::Delay, wait));
            return;
        };
        let served = length.min(wait);
        let there = wait.saturating_sub(served).half();
        let back = wait.saturating_sub(served).saturating_sub(there);
        self.exchange.push(Step::new(Resource::Delay, there));
        self.exchange.push(Step::new(Resource::Server, served));
        self.exchange.push(Step::new(Resource::Delay, back));
    }
}

const fn is_opening(label: SegmentLabel) -> bool {
    matches!(label.phase(), Phase::Dns | Phase::Connect | Phase::Tls)
}

fn clip(piece: &ChargedPiece, request: &Observed) -> Option<ChargedPiece> {
    let piece = ChargedPiece { from: piece.from.max(request.begin), ..*piece };
    (piece.from < piece.to).then_some(piece)
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
            vec![
                Step::caused(Resource::Delay, trips, Charge::Setup),
                Step::caused(Resource::Delay, length.saturating_sub(trips), Charge::Handshake),
            ]
        }
        // The client's own work, which is found elsewhere.
        SegmentLabel::TlsPreparation => Vec::new(),
        SegmentLabel::Phase(_) => vec![Step::caused(Resource::Delay, length, Charge::Setup)],
    }
}

/// How long the server worked on a request, where its room is limited.
fn service(view: &TrialView<'_, '_>, request: &Observed) -> Option<Service> {
    view.room()?;
    let row = view.examined.joined[request.item].request?;
    let written = row.first_byte_out?.saturating_sub(row.hold_out?);
    Some(Service { length: written.saturating_sub(row.handled) })
}

/// How long a response's bytes take to pass the link's bottleneck.
fn transfer(view: &TrialView<'_, '_>, request: &Observed) -> Option<Span> {
    let rate = view.rate()?;
    let row = view.examined.joined[request.item].request?;
    Some(rate.time_of(row.body_bytes))
}
