//! Splits the client's own time by what the thread that matters did.

use model::phase::Phase;
use model::socket::{CertificateLoad, ThreadWait};
use model::time::Span;

use super::overlay::Piece;
use super::readiness::Readiness;
use super::{AccountInput, Charge};
use crate::path::Segment;
use crate::thread_states::{ActingThread, ThreadHistory, ThreadStretch};

/// From this long on, the thread of an event loop that computes without a break blocks the loop.
/// Below, it is the work that responses need.
const LONG: Span = Span::from_millis(20);

/// The client's own time on a path.
#[derive(Clone, Copy, Debug)]
pub(super) struct ClientTime<'i, 'e, 'a> {
    input: &'i AccountInput<'e, 'a>,
    ready: &'i Readiness,
}

/// Where a stretch of a thread lies.
#[derive(Clone, Copy, Debug)]
struct Setting {
    phase: Phase,
    acting: ActingThread,
    is_loop: bool,
    /// Whether the response of the path's request lies ready.
    is_ready: bool,
    /// Whether the path has left the client before.
    begun: bool,
}

impl Setting {
    /// When the thread loaded certificates in a stretch, before its next request.
    fn loads<'h>(
        self,
        history: &'h ThreadHistory<'_>,
        stretch: ThreadStretch,
    ) -> impl Iterator<Item = CertificateLoad> + 'h {
        let prepares = matches!(self.phase, Phase::Client | Phase::Queue);
        let works = matches!(stretch.wait, None | Some(ThreadWait::Lock));
        let to = if prepares && works { stretch.to } else { stretch.from };
        history.loads_in(stretch.from, to)
    }
}

impl<'i, 'e, 'a> ClientTime<'i, 'e, 'a> {
    pub(super) const fn new(input: &'i AccountInput<'e, 'a>, ready: &'i Readiness) -> Self {
        Self { input, ready }
    }

    /// Cuts a part of a segment by what its thread did. A piece without a charge has that of its label.
    pub(super) fn split(&self, part: Segment, begun: bool) -> Vec<Piece> {
        let phase = part.label.phase();
        let whole = vec![Piece { from: part.start, to: part.end, charge: None }];
        if matches!(phase, Phase::Send | Phase::Wait | Phase::Receive) {
            return whole;
        }
        let mut pieces = Vec::new();
        for acting in self.input.threads.acting(part, part.start, part.end) {
            let Some(history) = self.input.threads.history(acting.thread) else { continue };
            let setting = Setting {
                phase,
                acting,
                is_loop: self.input.threads.is_event_loop(acting.thread),
                is_ready: self.is_ready(part),
                begun,
            };
            for stretch in history.stretches(acting.from, acting.to) {
                let mut cursor = stretch.from;
                for load in setting.loads(history, stretch) {
                    let before = ThreadStretch { from: cursor, to: load.from, ..stretch };
                    pieces.extend(self.pieces(setting, before, history));
                    let (from, to) = (load.from, load.to);
                    pieces.push(Piece { from, to, charge: Some(Charge::Preparation) });
                    cursor = to;
                }
                let rest = ThreadStretch { from: cursor, ..stretch };
                pieces.extend(self.pieces(setting, rest, history));
            }
        }
        if pieces.is_empty() { whole } else { pieces }
    }

    /// A stretch, cut into what the thread did and what it waited for in calls that the witness does not see.
    /// When it did so is not known: it comes last.
    fn pieces(
        &self,
        setting: Setting,
        stretch: ThreadStretch,
        history: &ThreadHistory<'_>,
    ) -> [Piece; 2] {
        let charge = self.charge(setting, stretch);
        let is_work = matches!(charge, None | Some(Charge::Client)) && stretch.wait.is_none();
        let is_between = matches!(setting.phase, Phase::Client | Phase::Queue);
        let unseen =
            if is_work && is_between { history.unseen(stretch.length()) } else { Span::ZERO };
        let begins = stretch.to.saturating_sub(unseen);
        let blocking = match self.blocks(setting, stretch) {
            true => Charge::LoopBlocked,
            false => Charge::BlockingCall,
        };
        [
            Piece { from: stretch.from, to: begins, charge },
            Piece { from: begins, to: stretch.to, charge: Some(blocking) },
        ]
    }

    fn is_ready(&self, part: Segment) -> bool {
        let ready = part.request.and_then(|request| self.ready.first(request));
        part.label.phase() == Phase::Client && ready.is_some_and(|ready| ready <= part.start)
    }

    fn charge(&self, setting: Setting, stretch: ThreadStretch) -> Option<Charge> {
        let waits_before_open = matches!(setting.phase, Phase::Dns | Phase::Connect | Phase::Tls);
        let blocks = self.blocks(setting, stretch);
        let wait = match stretch.wait {
            Some(ThreadWait::Sleep) if setting.is_loop => return Some(Charge::LoopBlocked),
            // A resolver that sleeps between two attempts is still looking up.
            Some(ThreadWait::Sleep) if setting.phase != Phase::Dns => return Some(Charge::Sleep),
            _ if waits_before_open => return None,
            None => return computing(setting, stretch),
            Some(wait) => wait,
        };
        match wait {
            ThreadWait::Sleep | ThreadWait::Network => None,
            ThreadWait::Timer if setting.is_ready => None,
            ThreadWait::Timer if self.is_in_flight(stretch) => Some(Charge::HeldBack),
            ThreadWait::Timer => Some(Charge::Sleep),
            ThreadWait::InterpreterLock => Some(Charge::InterpreterLock),
            ThreadWait::Lookup => Some(Charge::Lookup),
            ThreadWait::Lock | ThreadWait::Child | ThreadWait::File if blocks => {
                Some(Charge::LoopBlocked)
            }
            ThreadWait::Lock if self.has_request(setting.acting, stretch) => Some(Charge::Lock),
            ThreadWait::Lock | ThreadWait::Child | ThreadWait::File => None,
        }
    }

    /// Whether a wait of the thread keeps responses waiting, because it is that of an event loop.
    fn blocks(&self, setting: Setting, stretch: ThreadStretch) -> bool {
        setting.is_loop && (setting.is_ready || self.is_in_flight(stretch))
    }

    /// Whether the thread of the request already has it while it waits for a lock.
    fn has_request(&self, acting: ActingThread, stretch: ThreadStretch) -> bool {
        acting.is_writer && !self.input.threads.is_handed_over(acting.thread, stretch.to)
    }

    /// Whether requests are in flight in the middle of a stretch.
    fn is_in_flight(&self, stretch: ThreadStretch) -> bool {
        self.input.threads.rows().in_flight_at(stretch.from + stretch.length().half()) > 0
    }
}

/// The charge of a stretch in which the thread waits for nothing; none where the label has the right
/// one.
fn computing(setting: Setting, stretch: ThreadStretch) -> Option<Charge> {
    let long = setting.is_loop && setting.is_ready && stretch.length() >= LONG;
    // A worker that computes keeps its next request waiting: no free worker would help.
    let works = setting.phase == Phase::Queue && setting.begun && setting.acting.is_writer;
    match (long, works) {
        (true, _) => Some(Charge::LoopBlocked),
        (false, true) => Some(Charge::Client),
        (false, false) => None,
    }
}
