//! The account of a trial: each nanosecond of its critical path, charged to one cause.
//!
//! The path says what a segment is spent on; the account says why. `holds` finds when the client itself
//! held a request back, `overlay` the parts of single requests with a cause of their own: a queue at
//! the server, a straggler, a redirect. `client_time` splits the client's own time by what its thread
//! did. `default_charges` charges the rest by its phase and by the request's place on the path. The
//! charges of a trial sum to its batch time, so the differences of two arms sum to their gap.

mod charge;
mod client_time;
mod default_charges;
pub(crate) mod evictions;
mod holds;
mod input;
mod overlay;
mod pieces;
mod readiness;

use model::time::Span;

pub use charge::{Charge, PerCharge};
pub(crate) use input::{AccountInput, FirstClosed, FoundOnce};
pub(crate) use overlay::server_room;
pub(crate) use pieces::request_pieces;
pub use pieces::{ChargedPiece, RequestPieces};

use crate::path::Segment;
use crate::scale::Scale;
use crate::thread_states::{ActingThread, ThreadState};
use client_time::ClientTime;
use default_charges::DefaultCharges;
use holds::Holds;
use overlay::{Overlays, Piece};
use readiness::Readiness;

/// The time of one batch by the causes that it is charged to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    charged: PerCharge<Span>,
    computing: Option<Computing>,
}

/// What the client's threads did in the time that is charged to [`Charge::Client`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Computing {
    /// How long the thread that matters ran.
    pub ran: Span,
    /// How long it was ready to run and waited for a core.
    pub ready: Span,
    /// The part of it in which other threads waited for the interpreter lock.
    pub alone: Span,
}

/// A part of the critical path that is charged to what the client itself did, and the thread that
/// matters in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ClientPart {
    pub(crate) charge: Charge,
    pub(crate) acting: ActingThread,
}

/// What a trial's time is charged to.
#[derive(Clone, Debug, Default)]
pub(crate) struct ChargedTrial {
    pub(crate) account: Account,
    /// The parts that the client itself spent; only of a trial that was profiled.
    pub(crate) client_parts: Vec<ClientPart>,
}

impl ChargedTrial {
    pub(crate) fn new(input: &AccountInput<'_, '_>) -> Self {
        let ready = Readiness::new(input);
        let client = ClientTime::new(input, &ready);
        let mut charging = Charging {
            input,
            holds: Holds::find(input),
            overlays: Overlays::find(input, &ready, &client),
            client: &client,
            default_charges: DefaultCharges::new(input),
            charged: Self {
                account: Account {
                    computing: input.threads.are_known().then(Computing::default),
                    ..Account::default()
                },
                client_parts: Vec::new(),
            },
        };
        for segment in input.path.segments() {
            charging.charge_segment(segment);
        }
        charging.charged
    }
}

impl Account {
    /// How much is charged to a cause.
    pub fn charged_to(&self, charge: Charge) -> Span {
        self.charged[charge]
    }

    /// What the client's threads did in the client's own time; nothing where that is not known.
    pub const fn computing(&self) -> Option<Computing> {
        self.computing
    }

    /// The account of the batch to which this stretch belongs.
    pub(crate) fn scaled(mut self, scale: Scale) -> Self {
        scale.apply(self.charged.values_mut());
        if let Some(Computing { ran, ready, alone }) = &mut self.computing {
            [ran, ready, alone].into_iter().for_each(|time| *time = scale.one(*time));
        }
        self
    }

    fn charge(&mut self, charge: Charge, length: Span) {
        let charged = &mut self.charged[charge];
        *charged = *charged + length;
    }
}

/// An account under construction.
struct Charging<'c, 'i, 'e, 'a> {
    input: &'i AccountInput<'e, 'a>,
    holds: Holds,
    overlays: Overlays,
    client: &'c ClientTime<'i, 'e, 'a>,
    default_charges: DefaultCharges<'i, 'e, 'a>,
    charged: ChargedTrial,
}

impl Charging<'_, '_, '_, '_> {
    fn charge_segment(&mut self, segment: Segment) {
        for piece in self.holds.cut(segment) {
            match piece.charge {
                Some(charge) => {
                    self.charge_to(charge, segment, piece);
                    self.default_charges.hold(segment);
                }
                None => self.charge_part(segment, piece),
            }
        }
        self.default_charges.pass(segment);
    }

    /// Charges a part in which no request was held back.
    fn charge_part(&mut self, segment: Segment, part: Piece) {
        let part = Segment { start: part.from, end: part.to, ..segment };
        for piece in self.overlays.cut(part) {
            match piece.charge {
                Some(charge) => self.charge_to(charge, part, piece),
                None => self.charge_client(Segment { start: piece.from, end: piece.to, ..part }),
            }
        }
    }

    /// Charges a part that no overlay covers.
    fn charge_client(&mut self, part: Segment) {
        for piece in self.client.split(part, self.default_charges.has_begun()) {
            match piece.charge {
                Some(charge) => self.charge_to(charge, part, piece),
                None => self.charge_by_label(part, piece),
            }
        }
    }

    /// Charges a piece that has no charge but that of its label.
    fn charge_by_label(&mut self, part: Segment, piece: Piece) {
        let before = self.charged.account;
        self.default_charges.charge(&mut self.charged.account, part, piece.length());
        let account = self.charged.account;
        let has_grown = |charge: &Charge| account.charged_to(*charge) > before.charged_to(*charge);
        if let Some(charge) = Charge::OF_CLIENT.into_iter().find(has_grown) {
            self.note(charge, part, piece);
        }
    }

    fn charge_to(&mut self, charge: Charge, segment: Segment, piece: Piece) {
        self.charged.account.charge(charge, piece.length());
        self.note(charge, segment, piece);
    }

    /// Notes a piece whose charge is known, where that is the client's.
    fn note(&mut self, charge: Charge, segment: Segment, piece: Piece) {
        if charge == Charge::Client {
            self.note_computing(segment, piece);
        }
        if self.input.run.profile.is_some() && Charge::OF_CLIENT.contains(&charge) {
            let acting = self.spending(charge, segment, piece);
            let parts = acting.into_iter().map(|acting| ClientPart { charge, acting });
            self.charged.client_parts.extend(parts);
        }
    }

    /// The threads whose code spends a piece of the client's time. Of a lock, those that wait for it.
    fn spending(&self, charge: Charge, segment: Segment, piece: Piece) -> Vec<ActingThread> {
        let threads = self.input.threads;
        let waiting = match charge {
            Charge::Lock => threads.waiting_for_lock(piece.from, piece.to),
            _ => Vec::new(),
        };
        if waiting.is_empty() { threads.acting(segment, piece.from, piece.to) } else { waiting }
    }

    /// Notes what the threads did in a piece of the client's own time.
    fn note_computing(&mut self, segment: Segment, piece: Piece) {
        let Some(computing) = &mut self.charged.account.computing else { return };
        let threads = self.input.threads;
        for acting in threads.acting(segment, piece.from, piece.to) {
            let Some(history) = threads.history(acting.thread) else { continue };
            let times = history.times(acting.from, acting.to);
            let ran = times[ThreadState::Running];
            computing.ran = computing.ran + ran;
            computing.ready = computing.ready + times[ThreadState::WaitingForCore];
            let beside = threads.interpreter_wait_beside(acting);
            computing.alone = computing.alone + ran.min(beside);
        }
    }
}

#[cfg(test)]
mod tests;
