//! The server's direction of the link: what is ready and held, and what lies on the wire.
//!
//! What is held is kept as it was said, not as bytes: it is written out, and encrypted, only when
//! it is due and the socket takes it, so that the largest body behind the longest link costs no
//! more memory than one piece of it.

use std::collections::VecDeque;

use model::time::{Moment, Span};

use crate::deadline::Release;
use crate::observer::RequestKey;
use crate::pacing::Pacing;
use crate::response::{CONTINUE, Response};
use crate::security::{Security, Utterance};
use crate::todos::FILLER;

/// How much is put on the wire before the socket has taken it.
const PIECE: usize = 64 * 1024;

/// One piece of filler.
static FILLING: [u8; PIECE] = [FILLER; PIECE];

/// How many things are held before the server stops producing more.
const MOST_HELD: usize = 256;

/// Something that the server says.
#[derive(Debug)]
pub(crate) enum Cargo {
    /// What TLS has to say.
    Security(Utterance),
    /// The sign for which a client waits before it sends a body.
    Continue,
    /// A response, and the request that it answers where that could be read.
    Response(Box<Response>, Option<RequestKey>),
    /// The end of the server's side.
    End,
}

/// Something that is held.
#[derive(Debug)]
struct Held {
    cargo: Cargo,
    ready: Moment,
    due: Moment,
}

/// A point of the stream that the witness wants stamped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The first byte of what became ready then: a handshake flight.
    Handshake(Moment),
    /// The first byte of the response to this request, which became ready then.
    FirstByte(RequestKey, Moment),
    /// The last byte of the response to this request.
    LastByte(RequestKey),
}

/// How an answer is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Writes {
    /// As a whole, where it fits into a write.
    Whole,
    /// Its head in a write of its own, as a careless server does.
    HeadApart,
}

/// What is held, what is on the wire, and how much of it the socket has taken.
#[derive(Debug)]
pub(crate) struct Outbound {
    writes: Writes,
    pacing: Option<Pacing>,
    held: VecDeque<Held>,
    /// The response whose body is being put on the wire.
    open: Option<Unfinished>,
    wire: Vec<u8>,
    /// How much of the wire the socket has taken.
    taken: usize,
    /// How many bytes the socket took before those of the wire.
    before_wire: u64,
    marks: VecDeque<(u64, Mark)>,
    /// The places of the stream at which a write must end.
    seams: VecDeque<u64>,
    end: End,
}

/// A body of which some filler, and what follows it, is still to be put on the wire.
#[derive(Debug)]
struct Unfinished {
    filler: u64,
    after: &'static [u8],
    key: Option<RequestKey>,
}

/// Whether the server's side has come to its end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// Everything is on the wire.
    Reached,
}

impl Outbound {
    /// A direction through which nothing has come; with `pacing`, what is due must pass the
    /// bottleneck before it is written.
    pub(crate) fn new(writes: Writes, pacing: Option<Pacing>) -> Self {
        Self {
            writes,
            pacing,
            held: VecDeque::new(),
            open: None,
            wire: Vec::new(),
            taken: 0,
            before_wire: 0,
            marks: VecDeque::new(),
            seams: VecDeque::new(),
            end: End::Open,
        }
    }

    /// Holds something that became ready, until it is due and all before it has gone.
    pub(crate) fn hold(&mut self, cargo: Cargo, ready: Moment, due: Moment) {
        self.held.push_back(Held { cargo, ready, due });
    }

    /// When the next thing is due; nothing while the socket has the wire to take first.
    pub(crate) fn due(&self) -> Option<Moment> {
        let held = self.held.front().filter(|_| self.wire.is_empty()).map(|held| held.due);
        let passing = self.pacing.as_ref().and_then(Pacing::due);
        held.into_iter().chain(passing).min()
    }

    /// Whether the server may produce more.
    pub(crate) fn has_room(&self) -> bool {
        self.held.len() < MOST_HELD
    }

    /// Whether anything but the end is still to be written.
    pub(crate) fn holds_bytes(&self) -> bool {
        let held = self.held.iter().any(|held| !matches!(held.cargo, Cargo::End));
        held || !self.wire.is_empty()
    }

    /// Puts on the wire what is due within `early` from `now`, as far as there is room, and lets it
    /// pass the bottleneck.
    pub(crate) fn fill(&mut self, now: Moment, early: Span, security: &mut Security) {
        let by = now + early;
        self.make_room();
        self.go_on(security);
        while self.open.is_none() && self.wire.len() < PIECE {
            let due = self.held.front().map(|held| held.due).filter(|&due| due <= by);
            let Some((held, due)) = due.and_then(|due| Some((self.held.pop_front()?, due))) else {
                break;
            };
            if let Some(pacing) = &mut self.pacing {
                pacing.came(Release { due, at: now });
            }
            self.load(held, security);
            self.go_on(security);
        }
        if let Some(pacing) = &mut self.pacing {
            pacing.advance(self.wire.len() - self.taken, now, by);
        }
    }

    /// What the socket should take next, in one write.
    pub(crate) fn wire(&self) -> &[u8] {
        let rest = &self.wire[self.taken..];
        let passed = self.pacing.as_ref().map_or(rest.len(), Pacing::passed);
        let start = self.before_wire + self.taken as u64;
        let seam = self.seams.front().and_then(|seam| usize::try_from(seam - start).ok());
        &rest[..seam.unwrap_or(rest.len()).min(passed)]
    }

    /// Takes note that the socket took so many bytes; gives the marks that they reached.
    pub(crate) fn took(&mut self, length: usize) -> impl Iterator<Item = Mark> {
        self.taken += length;
        if let Some(pacing) = &mut self.pacing {
            pacing.wrote(length);
        }
        let reached = self.before_wire + self.taken as u64;
        if self.seams.front().is_some_and(|seam| *seam <= reached) {
            self.seams.pop_front();
        }
        if self.taken == self.wire.len() {
            self.before_wire = reached;
            self.taken = 0;
            self.wire.clear();
        }
        let count = self.marks.iter().take_while(|(place, _)| *place <= reached).count();
        self.marks.drain(..count).map(|(_, mark)| mark)
    }

    /// Whether the server's side is to be closed now.
    pub(crate) fn at_end(&self) -> bool {
        self.end == End::Reached && self.wire.is_empty()
    }

    fn load(&mut self, held: Held, security: &mut Security) {
        let Held { cargo, ready, .. } = held;
        let first = self.place() + 1;
        match cargo {
            Cargo::Security(utterance) => {
                security.utter(&mut self.wire);
                if utterance == Utterance::Handshake && self.place() >= first {
                    self.marks.push_back((first, Mark::Handshake(ready)));
                }
            }
            Cargo::Continue => security.seal(CONTINUE, &mut self.wire),
            Cargo::Response(response, key) => {
                if let Some(key) = key {
                    self.marks.push_back((first, Mark::FirstByte(key, ready)));
                }
                self.start(*response, key, security);
            }
            Cargo::End => {
                security.close(&mut self.wire);
                self.end = End::Reached;
            }
        }
    }

    /// Puts the head and the first part of the body on the wire; all of it where there is no
    /// filler, so that a small response is one record and one write, unless it is to be two.
    fn start(&mut self, response: Response, key: Option<RequestKey>, security: &mut Security) {
        let mut text = response.head;
        if self.writes == Writes::HeadApart {
            security.seal(&text, &mut self.wire);
            self.seams.push_back(self.place());
            text.clear();
        }
        let mut rest = Unfinished { filler: 0, after: b"", key };
        if let Some(body) = response.body {
            text.extend_from_slice(&body.before);
            if body.filler == 0 {
                text.extend_from_slice(body.after);
            } else {
                rest = Unfinished { filler: body.filler, after: body.after, key };
            }
        }
        security.seal(&text, &mut self.wire);
        self.open = Some(rest);
    }

    /// Puts more of the open response on the wire, until there is no room or no more of it.
    fn go_on(&mut self, security: &mut Security) {
        let Some(open) = &mut self.open else { return };
        while open.filler > 0 {
            let room = PIECE.saturating_sub(self.wire.len());
            if room == 0 {
                return;
            }
            let piece = usize::try_from(open.filler).map_or(room, |filler| filler.min(room));
            security.seal(&FILLING[..piece], &mut self.wire);
            open.filler -= piece as u64;
        }
        let (after, key) = (open.after, open.key);
        self.open = None;
        if !after.is_empty() {
            security.seal(after, &mut self.wire);
        }
        if let Some(key) = key {
            self.marks.push_back((self.place(), Mark::LastByte(key)));
        }
    }

    /// Forgets what the socket has taken of the wire, where more can follow before it has taken
    /// all: a bottleneck must not wait for what comes next.
    fn make_room(&mut self) {
        if self.pacing.is_some() {
            self.wire.drain(..self.taken);
            self.before_wire += self.taken as u64;
            self.taken = 0;
        }
    }

    /// How many bytes the stream has, up to the end of the wire.
    fn place(&self) -> u64 {
        self.before_wire + self.wire.len() as u64
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::bottleneck::Bottleneck;
    use crate::response;
    use crate::todos::Body;

    fn moment(nanos: u64) -> Moment {
        Moment::from_nanos(nanos)
    }

    fn outbound() -> Outbound {
        Outbound::new(Writes::Whole, None)
    }

    const KEY: RequestKey = RequestKey { connection: 1, ordinal: 0 };

    #[test]
    fn nothing_leaves_before_it_is_due_and_nothing_overtakes() {
        let mut outbound = outbound();
        outbound.hold(Cargo::Continue, moment(0), moment(50));
        outbound.hold(Cargo::Continue, moment(1), moment(40));
        outbound.fill(moment(49), Span::ZERO, &mut Security::Plain);
        assert!(outbound.wire().is_empty());
        assert_eq!(outbound.due(), Some(moment(50)));
        outbound.fill(moment(45), Span::from_nanos(5), &mut Security::Plain);
        assert_eq!(outbound.wire(), CONTINUE.repeat(2));
        assert_eq!(outbound.due(), None);
    }

    #[test]
    fn marks_come_with_the_bytes_that_they_mark() {
        let mut outbound = outbound();
        let answer = Cargo::Response(Box::new(response::refusal(400)), Some(KEY));
        outbound.hold(Cargo::Continue, moment(3), moment(3));
        outbound.hold(answer, moment(5), moment(5));
        outbound.fill(moment(5), Span::ZERO, &mut Security::Plain);
        let length = outbound.wire().len();
        assert_eq!(outbound.took(CONTINUE.len()).count(), 0);
        let first: Vec<Mark> = outbound.took(1).collect();
        assert_eq!(first, [Mark::FirstByte(KEY, moment(5))]);
        assert_eq!(outbound.took(length - CONTINUE.len() - 2).count(), 0);
        assert_eq!(outbound.took(1).collect::<Vec<_>>(), [Mark::LastByte(KEY)]);
        assert!(!outbound.holds_bytes());
    }

    #[test]
    fn a_head_apart_is_written_apart() {
        let mut outbound = Outbound::new(Writes::HeadApart, None);
        for _ in 0..2 {
            let answer = Cargo::Response(Box::new(response::refusal(400)), Some(KEY));
            outbound.hold(answer, moment(0), moment(0));
        }
        outbound.fill(moment(0), Span::ZERO, &mut Security::Plain);
        let mut writes = Vec::new();
        while !outbound.wire().is_empty() {
            let write = String::from_utf8(outbound.wire().to_vec()).expect("text");
            assert_eq!(outbound.took(1).count(), usize::from(write.starts_with('H')));
            outbound.took(outbound.wire().len()).for_each(drop);
            writes.push(write);
        }
        let (head, body) = (response::refusal(400).head, "{\"error\": \"Bad Request\"}");
        let head = String::from_utf8(head).expect("text");
        // What follows a body may be written with it.
        assert_eq!(writes, [head.clone(), body.to_owned() + &head, body.to_owned()]);
    }

    #[test]
    fn what_is_due_passes_the_bottleneck_before_it_is_written() {
        // A byte takes a microsecond.
        let bottleneck = Arc::new(Bottleneck::new("8Mbit".parse().expect("a rate")));
        let mut outbound = Outbound::new(Writes::Whole, Some(Pacing::new(&bottleneck)));
        let mut answer = response::refusal(400);
        answer.head.clear();
        answer.body = Some(Body { before: b"<"[..].into(), filler: 99_998, after: b">" });
        outbound.hold(Cargo::Response(Box::new(answer), Some(KEY)), moment(0), moment(50_000));
        let (mut written, mut stamps) = (0, Vec::new());
        while written < 100_000 {
            let now = outbound.due().expect("something passes");
            outbound.fill(now, Span::ZERO, &mut Security::Plain);
            assert!(outbound.wire.len() <= PIECE + 1);
            while !outbound.wire().is_empty() {
                let length = outbound.wire().len();
                written += length;
                stamps.extend(outbound.took(length).map(|mark| (mark, now.as_nanos())));
                assert_eq!(now.as_nanos(), 50_000 + 1000 * written as u64);
            }
        }
        let first = (Mark::FirstByte(KEY, moment(0)), 50_000 + 1_448_000);
        assert_eq!(stamps, [first, (Mark::LastByte(KEY), 50_000 + 100_000_000)]);
        assert_eq!(outbound.due(), None);
        assert!(!outbound.holds_bytes());
    }

    #[test]
    fn a_large_body_is_never_in_memory_as_a_whole() {
        let mut answer = response::refusal(400);
        let body = Body { before: b"<"[..].into(), filler: 10_000_000, after: b">" };
        answer.head.clear();
        answer.body = Some(body);
        let mut outbound = outbound();
        outbound.hold(Cargo::Response(Box::new(answer), Some(KEY)), moment(0), moment(0));
        let mut sent = 0;
        let mut marks = Vec::new();
        loop {
            outbound.fill(moment(0), Span::ZERO, &mut Security::Plain);
            let length = outbound.wire().len().min(5000);
            if length == 0 {
                break;
            }
            assert!(outbound.wire.len() <= PIECE + 1);
            sent += length;
            marks.extend(outbound.took(length));
        }
        assert_eq!(sent, 10_000_002);
        assert_eq!(marks, [Mark::FirstByte(KEY, moment(0)), Mark::LastByte(KEY)]);
    }
}
