//! Charges the segments that no overlay covers, by their label and by the place of their request on
//! the path. Every batch needs the exchange of its first request. A further exchange either could
//! have run concurrently, or waited for a limit.

use model::phase::Phase;
use model::time::Span;
use model::trace::Milestone;

use super::{Account, AccountInput, Charge};
use crate::milestones::MilestoneSource;
use crate::path::{Order, Segment, SegmentLabel};
use crate::setting::Session;

/// Charges the segments of a path in their order.
pub(super) struct DefaultCharges<'i, 'e, 'a> {
    input: &'i AccountInput<'e, 'a>,
    /// The request whose segments are being charged, and how many came before it.
    request: Option<usize>,
    place: usize,
    /// Whether the path has left the client, even once.
    begun: bool,
    /// Whether the exchange of the request that is being charged was held back by the client, and
    /// whether any of it was not.
    held: bool,
    exchanged: bool,
    /// The rest of the round trips of the handshake that is being charged.
    trips_left: Span,
}

impl<'i, 'e, 'a> DefaultCharges<'i, 'e, 'a> {
    pub(super) fn new(input: &'i AccountInput<'e, 'a>) -> Self {
        Self {
            input,
            request: None,
            place: 0,
            begun: false,
            held: false,
            exchanged: false,
            trips_left: Span::ZERO,
        }
    }

    /// Whether the path has left the client before `segment`.
    pub(super) const fn has_begun(&self) -> bool {
        self.begun
    }

    /// Notes that a piece of `segment` passed while the client held a later request back: an exchange
    /// that passed meanwhile is not one for which the batch waited.
    pub(super) fn hold(&mut self, segment: Segment) {
        self.turn_to(segment.request);
        self.held = true;
    }

    /// Charges a piece of `segment`.
    pub(super) fn charge(&mut self, account: &mut Account, segment: Segment, length: Span) {
        self.turn_to(segment.request);
        self.exchanged |= is_exchange(self.label(segment).phase());
        let usual = self.usual(self.label(segment));
        let charge = self.reopening(segment).unwrap_or(usual);
        if segment.label == Phase::Tls.into() && charge == Charge::Handshake {
            let trips = length.min(self.trips_left);
            self.trips_left = self.trips_left.saturating_sub(trips);
            account.charge(Charge::Setup, trips);
            account.charge(Charge::Handshake, length.saturating_sub(trips));
        } else {
            account.charge(charge, length);
        }
    }

    /// Moves on to the segment after this one.
    pub(super) fn pass(&mut self, segment: Segment) {
        self.turn_to(segment.request);
        self.begun |= !matches!(self.label(segment).phase(), Phase::Client | Phase::Queue);
    }

    fn turn_to(&mut self, request: Option<usize>) {
        let Some(next) = request.filter(|_| request != self.request) else { return };
        let passed_meanwhile = self.held && !self.exchanged;
        let only_opened = self.request == self.input.path.opener();
        self.place += usize::from(self.request.is_some() && !passed_meanwhile && !only_opened);
        self.request = request;
        self.held = false;
        self.exchanged = false;
        self.trips_left = self.input.handshake_trips(next);
    }

    /// The label of a segment. Where the client's side does not show when it began a step, the
    /// time before the endpoint saw that step is the client's: on a loopback it is seen at once.
    fn label(&self, segment: Segment) -> SegmentLabel {
        let reports = |request: usize, milestone: Milestone| {
            let source = self.input.timelines[request].milestones.source(milestone);
            source.is_some_and(|source| source != MilestoneSource::Endpoint)
        };
        let is_reported = |milestones: &[Milestone]| {
            segment.request.is_some_and(|request| milestones.iter().any(|&at| reports(request, at)))
        };
        let witnessed = self.input.witness.is_some();
        let unreported = match segment.label.phase() {
            Phase::Connect if witnessed && self.before_accepted(segment) => {
                !is_reported(&[Milestone::Connecting])
            }
            Phase::Send if witnessed => !is_reported(&[Milestone::Writing, Milestone::Sent]),
            _ => false,
        };
        if unreported { Phase::Client.into() } else { segment.label }
    }

    /// Whether a segment ends when the endpoint accepted its request's connection, or before.
    fn before_accepted(&self, segment: Segment) -> bool {
        let joined = segment.request.and_then(|request| self.input.joined.get(request));
        let accepted = joined.and_then(|joined| Some(joined.connection?.accepted));
        accepted.is_some_and(|accepted| segment.end <= accepted)
    }

    fn usual(&self, label: SegmentLabel) -> Charge {
        let phase = match label {
            SegmentLabel::TlsPreparation => return Charge::Preparation,
            SegmentLabel::Phase(phase) => phase,
        };
        match phase {
            Phase::Client | Phase::Queue if !self.begun => match self.input.setting.session {
                Session::Cold => Charge::Start,
                Session::Warm => Charge::Client,
            },
            Phase::Client => Charge::Client,
            Phase::Dns => Charge::Lookup,
            Phase::Connect => Charge::Setup,
            Phase::Tls => Charge::Handshake,
            Phase::Queue => Charge::Waves,
            Phase::Send | Phase::Wait | Phase::Receive if self.place == 0 => Charge::Exchange,
            Phase::Send | Phase::Wait | Phase::Receive => self.further(),
        }
    }

    /// The exchange of a further request.
    fn further(&self) -> Charge {
        // With a limit of one, the limit makes the requests sequential.
        let one_place = self.input.setting.limit == Some(1);
        match self.input.path.order() {
            Order::Sequential if !one_place => Charge::Turns,
            Order::Sequential | Order::Gated => Charge::Waves,
        }
    }

    /// The charge for opening a connection to replace one that was closed.
    fn reopening(&self, segment: Segment) -> Option<Charge> {
        let opening = matches!(segment.label.phase(), Phase::Dns | Phase::Connect | Phase::Tls);
        let request = segment.request.filter(|_| opening)?;
        self.input.reopening_charge(request, self.place)
    }
}

const fn is_exchange(phase: Phase) -> bool {
    matches!(phase, Phase::Send | Phase::Wait | Phase::Receive)
}
