//! What a stretch is charged to when nothing special was found on it: by its label, and by the
//! place of its request on the path.

use model::phase::Phase;
use model::time::Span;
use model::trace::Milestone;
use model::witness::Closer;

use super::{Account, Charge, Scene};
use crate::path::{Order, Segment, SegmentLabel};
use crate::setting::Session;

/// Goes along the path, and remembers what lies behind.
pub(super) struct Ground<'a> {
    scene: &'a Scene<'a>,
    /// The request whose stretch is being charged, and how many came before it.
    request: Option<usize>,
    place: usize,
    /// Whether anything but the client's own work lies behind.
    begun: bool,
    /// What is left of the round trips of the handshake that is going on.
    trips_left: Span,
}

impl<'a> Ground<'a> {
    pub(super) const fn new(scene: &'a Scene<'a>) -> Self {
        Self { scene, request: None, place: 0, begun: false, trips_left: Span::ZERO }
    }

    /// Charges a piece of `segment`.
    pub(super) fn charge(&mut self, account: &mut Account, segment: Segment, length: Span) {
        self.turn_to(segment.request);
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

    /// Leaves `segment` behind.
    pub(super) fn pass(&mut self, segment: Segment) {
        self.turn_to(segment.request);
        self.begun |= !matches!(self.label(segment).phase(), Phase::Client | Phase::Queue);
    }

    fn turn_to(&mut self, request: Option<usize>) {
        let Some(next) = request.filter(|_| request != self.request) else { return };
        self.place += usize::from(self.request.is_some());
        self.request = request;
        self.trips_left = self.scene.handshake_trips(next);
    }

    /// The label of a segment; of a client that does not tell when it began a step, what lies before
    /// the endpoint saw that step is the client's own: on a loopback it is seen at once.
    fn label(&self, segment: Segment) -> SegmentLabel {
        let told = |milestone: Milestone| {
            let request = segment.request?;
            self.scene.run.columns.at(milestone, request)
        };
        let is_told = |milestones: &[Milestone]| milestones.iter().any(|&at| told(at).is_some());
        let witnessed = self.scene.witness.is_some();
        let unreported = match segment.label.phase() {
            Phase::Connect if witnessed && self.before_accepted(segment) => {
                !is_told(&[Milestone::Connecting])
            }
            Phase::Send if witnessed => !is_told(&[Milestone::Writing, Milestone::Sent]),
            _ => false,
        };
        if unreported { Phase::Client.into() } else { segment.label }
    }

    /// Whether a segment ends when the endpoint accepted its request's connection, or before.
    fn before_accepted(&self, segment: Segment) -> bool {
        let joined = segment.request.and_then(|request| self.scene.joined.get(request));
        let accepted = joined.and_then(|joined| Some(joined.connection?.accepted));
        accepted.is_some_and(|accepted| segment.end <= accepted)
    }

    fn usual(&self, label: SegmentLabel) -> Charge {
        let phase = match label {
            SegmentLabel::TlsPreparation => return Charge::Preparation,
            SegmentLabel::Phase(phase) => phase,
        };
        match phase {
            Phase::Client | Phase::Queue if !self.begun => match self.scene.setting.session {
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
        // A way that takes turns by its nature has no limit to set.
        let one_place = self.scene.setting.limit == Some(1);
        match self.scene.path.order() {
            Order::InTurn if !one_place => Charge::Turns,
            Order::InTurn | Order::Gated => Charge::Waves,
        }
    }

    /// The opening of a connection that the batch might have had already.
    fn reopening(&self, segment: Segment) -> Option<Charge> {
        let opening = matches!(segment.label.phase(), Phase::Dns | Phase::Connect | Phase::Tls);
        let request = segment.request.filter(|_| opening)?;
        match self.scene.reopened(request, self.place)? {
            Closer::Server => Some(Charge::ClosedByServer),
            // One that opens a connection for each request in turn never meant to keep any.
            Closer::Client if self.scene.path.order() == Order::Gated => Some(Charge::Overflow),
            Closer::Client | Closer::Reset => None,
        }
    }
}
