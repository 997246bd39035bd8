//! The server's direction of the link: what is ready and held, and what is on the wire.
//!
//! Responses are held as values, not as bytes. They are encoded and encrypted when they are due and
//! the socket takes them, so that the largest body on the longest link costs one piece of memory.

use std::collections::VecDeque;
use std::ops::Range;

use model::time::{Moment, Span};

use crate::http::response::{CONTINUE, HttpResponse};
use crate::http::todos::FILLER;
use crate::link::pacing::Pacing;
use crate::link::release::Release;
use crate::observer::RequestKey;
use crate::tls::security::{SecurityLayer, TlsOutput};

/// How much is put on the wire before the socket has taken it.
const PIECE: usize = 64 * 1024;

/// One piece of filler.
static FILLING: [u8; PIECE] = [FILLER; PIECE];

/// How many things are held before the server stops producing more.
const MOST_HELD: usize = 256;

/// Something that the server sends.
#[derive(Debug)]
pub(crate) enum Outgoing {
    /// What TLS has to write itself.
    Tls(TlsOutput),
    /// The interim response for which a client waits before it sends a body.
    Continue,
    /// Bytes of HTTP/2.
    Frames(Frames),
    /// A response, and the request that it answers; none if that could not be read.
    Response(Box<HttpResponse>, Option<RequestKey>),
    /// The end of the server's side: close_notify, then the end of the stream.
    Close,
}

/// Bytes of HTTP/2, and the places in them that are to be stamped.
#[derive(Debug)]
pub(crate) struct Frames {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// In the order of their places.
    pub(crate) marks: Vec<FrameMark>,
}

/// A place in the bytes of HTTP/2.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FrameMark {
    /// How many of the bytes are written with it.
    pub(crate) place: usize,
    /// What is there.
    pub(crate) point: FramePoint,
}

/// A point in the response to a request.
#[derive(Clone, Copy, Debug)]
pub(crate) enum FramePoint {
    /// Its first byte.
    FirstByte(RequestKey),
    /// The end of its head.
    HeadEnd,
    /// Its last byte.
    LastByte(RequestKey),
}

/// The most that is encrypted as one record (RFC 8446, section 5.1).
const RECORD: usize = 16 * 1024;

/// Something that is held.
#[derive(Debug)]
struct Held {
    outgoing: Outgoing,
    ready: Moment,
    due: Moment,
}

/// A point of the stream that the witness wants stamped when it is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mark {
    /// The first byte of a handshake flight, and when the flight became ready.
    Handshake(Moment),
    /// The first byte of the response to this request, and when the response became ready.
    FirstByte(RequestKey, Moment),
    /// The last byte of the response to this request.
    LastByte(RequestKey),
}

/// How responses are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WriteMode {
    /// As a whole, where a response fits into a write.
    Whole,
    /// The head in a write of its own, as a careless server does.
    HeadSeparately,
}

/// What is held, what is on the wire, and how much of it the socket has taken.
#[derive(Debug)]
pub(crate) struct Outbound {
    mode: WriteMode,
    pacing: Option<Pacing>,
    held: VecDeque<Held>,
    /// How many bytes of HTTP/2 are held.
    held_frames: usize,
    /// The response whose body is being put on the wire.
    unfinished: Option<Unfinished>,
    wire: Vec<u8>,
    /// How much of the wire the socket has taken.
    taken: usize,
    /// How many bytes the socket took before those of the wire.
    before_wire: u64,
    marks: VecDeque<(u64, Mark)>,
    /// The places of the stream at which a write must end.
    boundaries: VecDeque<u64>,
    end: End,
}

/// A body of which some filler, and what follows it, is still to be put on the wire.
#[derive(Debug)]
struct Unfinished {
    filler: u64,
    after: &'static [u8],
    key: Option<RequestKey>,
}

/// Whether the end of the server's side has been encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// Everything is on the wire.
    Reached,
}

impl Outbound {
    /// A direction through which nothing has passed. With `pacing`, what is due must pass the
    /// bottleneck before it is written.
    pub(crate) fn new(mode: WriteMode, pacing: Option<Pacing>) -> Self {
        Self {
            mode,
            pacing,
            held: VecDeque::new(),
            held_frames: 0,
            unfinished: None,
            wire: Vec::new(),
            taken: 0,
            before_wire: 0,
            marks: VecDeque::new(),
            boundaries: VecDeque::new(),
            end: End::Open,
        }
    }

    /// Holds something that became ready at `ready` until `due`, and until all before it has
    /// passed.
    pub(crate) fn hold(&mut self, outgoing: Outgoing, ready: Moment, due: Moment) {
        if let Outgoing::Frames(frames) = &outgoing {
            self.held_frames += frames.bytes.len();
        }
        self.held.push_back(Held { outgoing, ready, due });
    }

    /// How many more bytes of HTTP/2 may be produced where `most` may be held.
    pub(crate) fn room(&self, most: usize) -> usize {
        most.saturating_sub(self.held_frames + self.wire.len() - self.taken)
    }

    /// When the next thing is due. None while the socket has yet to take the wire.
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
        let held = self.held.iter().any(|held| !matches!(held.outgoing, Outgoing::Close));
        held || !self.wire.is_empty()
    }

    /// Whether everything has been written, the end included.
    pub(crate) fn at_end(&self) -> bool {
        self.end == End::Reached && self.wire.is_empty()
    }

    /// Puts on the wire what is due within `early` from `now`, as far as there is room, and lets it
    /// pass the bottleneck.
    pub(crate) fn fill(&mut self, now: Moment, early: Span, security: &mut SecurityLayer) {
        let by = now + early;
        self.forget_taken();
        self.continue_body(security);
        while self.unfinished.is_none() && self.wire.len() < PIECE {
            let due = self.held.front().map(|held| held.due).filter(|&due| due <= by);
            let Some((held, due)) = due.and_then(|due| Some((self.held.pop_front()?, due))) else {
                break;
            };
            if let Some(pacing) = &mut self.pacing {
                pacing.came(Release { due, at: now });
            }
            self.encode(held, security);
            self.continue_body(security);
        }
        if let Some(pacing) = &mut self.pacing {
            pacing.advance(self.wire.len() - self.taken, now, by);
        }
    }

    /// Encodes what is held.
    fn encode(&mut self, held: Held, security: &mut SecurityLayer) {
        let Held { outgoing, ready, .. } = held;
        let first = self.stream_length() + 1;
        match outgoing {
            Outgoing::Tls(output) => {
                security.write_pending(&mut self.wire);
                if output == TlsOutput::Handshake && self.stream_length() >= first {
                    self.marks.push_back((first, Mark::Handshake(ready)));
                }
            }
            Outgoing::Continue => security.seal(CONTINUE, &mut self.wire),
            Outgoing::Frames(frames) => self.encode_frames(&frames, ready, security),
            Outgoing::Response(response, key) => {
                if let Some(key) = key {
                    self.marks.push_back((first, Mark::FirstByte(key, ready)));
                }
                self.start_response(*response, key, security);
            }
            Outgoing::Close => {
                security.close(&mut self.wire);
                self.end = End::Reached;
            }
        }
    }

    /// Encrypts frames record by record. A client can read a record only as a whole, so under TLS a
    /// point has the place of its record's first or last byte.
    fn encode_frames(&mut self, frames: &Frames, ready: Moment, security: &mut SecurityLayer) {
        self.held_frames -= frames.bytes.len();
        let mut start = 0;
        while start < frames.bytes.len() {
            let end = self.record_end(frames, start);
            let before = self.stream_length();
            security.seal(&frames.bytes[start..end], &mut self.wire);
            let record = before..self.stream_length();
            let within = frames.marks.iter().filter(|mark| start < mark.place && mark.place <= end);
            for mark in within {
                let plain = security.is_plain().then(|| record.start + (mark.place - start) as u64);
                self.mark_frame(mark.point, ready, &record, plain);
            }
            start = end;
        }
        self.marks.make_contiguous().sort_by_key(|(place, _)| *place);
    }

    /// Where the record ends that starts at `start`.
    fn record_end(&self, frames: &Frames, start: usize) -> usize {
        let longest = frames.bytes.len().min(start + RECORD);
        let is_head_end = |mark: &&FrameMark| {
            matches!(mark.point, FramePoint::HeadEnd) && start < mark.place && mark.place < longest
        };
        match self.mode {
            WriteMode::Whole => longest,
            WriteMode::HeadSeparately => {
                frames.marks.iter().find(is_head_end).map_or(longest, |mark| mark.place)
            }
        }
    }

    fn mark_frame(
        &mut self,
        point: FramePoint,
        ready: Moment,
        record: &Range<u64>,
        plain: Option<u64>,
    ) {
        match point {
            FramePoint::FirstByte(key) => {
                let place = plain.unwrap_or(record.start + 1);
                self.marks.push_back((place, Mark::FirstByte(key, ready)));
            }
            FramePoint::LastByte(key) => {
                let place = plain.unwrap_or(record.end);
                self.marks.push_back((place, Mark::LastByte(key)));
            }
            FramePoint::HeadEnd if self.mode == WriteMode::HeadSeparately => {
                self.boundaries.push_back(plain.unwrap_or(record.end));
            }
            FramePoint::HeadEnd => {}
        }
    }

    /// Puts the head and the text before the filler on the wire. Without filler that is the whole
    /// response, so that a small one is one TLS record and one write, unless the head is written
    /// separately.
    fn start_response(
        &mut self,
        response: HttpResponse,
        key: Option<RequestKey>,
        security: &mut SecurityLayer,
    ) {
        let mut text = response.head;
        if self.mode == WriteMode::HeadSeparately {
            security.seal(&text, &mut self.wire);
            self.boundaries.push_back(self.stream_length());
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
        self.unfinished = Some(rest);
    }

    /// Puts more of the unfinished response on the wire, until there is no room or no more of it.
    fn continue_body(&mut self, security: &mut SecurityLayer) {
        let Some(unfinished) = &mut self.unfinished else { return };
        while unfinished.filler > 0 {
            let room = PIECE.saturating_sub(self.wire.len());
            if room == 0 {
                return;
            }
            let piece = usize::try_from(unfinished.filler).map_or(room, |filler| filler.min(room));
            security.seal(&FILLING[..piece], &mut self.wire);
            unfinished.filler -= piece as u64;
        }
        let (after, key) = (unfinished.after, unfinished.key);
        self.unfinished = None;
        if !after.is_empty() {
            security.seal(after, &mut self.wire);
        }
        if let Some(key) = key {
            self.marks.push_back((self.stream_length(), Mark::LastByte(key)));
        }
    }

    /// Forgets what the socket has taken of the wire. Without a bottleneck the wire is cleared when
    /// all of it is taken; with one, more must be able to follow before that.
    fn forget_taken(&mut self) {
        if self.pacing.is_some() {
            self.wire.drain(..self.taken);
            self.before_wire += self.taken as u64;
            self.taken = 0;
        }
    }

    /// How many bytes the stream has, up to the end of the wire.
    fn stream_length(&self) -> u64 {
        self.before_wire + self.wire.len() as u64
    }

    /// The bytes that the socket should take next, in one write.
    pub(crate) fn wire(&self) -> &[u8] {
        let rest = &self.wire[self.taken..];
        let passed = self.pacing.as_ref().map_or(rest.len(), Pacing::passed);
        let start = self.before_wire + self.taken as u64;
        let boundary = self.boundaries.front().and_then(|end| usize::try_from(end - start).ok());
        &rest[..boundary.unwrap_or(rest.len()).min(passed)]
    }

    /// Records that the socket took `length` bytes; gives the marks that they reached.
    pub(crate) fn took(&mut self, length: usize) -> impl Iterator<Item = Mark> {
        self.taken += length;
        if let Some(pacing) = &mut self.pacing {
            pacing.wrote(length);
        }
        let reached = self.before_wire + self.taken as u64;
        if self.boundaries.front().is_some_and(|boundary| *boundary <= reached) {
            self.boundaries.pop_front();
        }
        if self.taken == self.wire.len() {
            self.before_wire = reached;
            self.taken = 0;
            self.wire.clear();
        }
        let count = self.marks.iter().take_while(|(place, _)| *place <= reached).count();
        self.marks.drain(..count).map(|(_, mark)| mark)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::http::response;
    use crate::http::todos::Body;
    use crate::link::bottleneck::Bottleneck;

    fn moment(nanos: u64) -> Moment {
        Moment::from_nanos(nanos)
    }

    fn outbound() -> Outbound {
        Outbound::new(WriteMode::Whole, None)
    }

    const KEY: RequestKey = RequestKey { connection: 1, ordinal: 0 };

    #[test]
    fn holds_bytes_until_they_are_due_and_keeps_their_order() {
        let mut outbound = outbound();
        outbound.hold(Outgoing::Continue, moment(0), moment(50));
        outbound.hold(Outgoing::Continue, moment(1), moment(40));
        outbound.fill(moment(49), Span::ZERO, &mut SecurityLayer::Plain);
        assert!(outbound.wire().is_empty());
        assert_eq!(outbound.due(), Some(moment(50)));
        outbound.fill(moment(45), Span::from_nanos(5), &mut SecurityLayer::Plain);
        assert_eq!(outbound.wire(), CONTINUE.repeat(2));
        assert_eq!(outbound.due(), None);
    }

    #[test]
    fn gives_marks_with_the_bytes_that_reach_them() {
        let mut outbound = outbound();
        let answer = Outgoing::Response(Box::new(response::error(400)), Some(KEY));
        outbound.hold(Outgoing::Continue, moment(3), moment(3));
        outbound.hold(answer, moment(5), moment(5));
        outbound.fill(moment(5), Span::ZERO, &mut SecurityLayer::Plain);
        let length = outbound.wire().len();
        assert_eq!(outbound.took(CONTINUE.len()).count(), 0);
        let first: Vec<Mark> = outbound.took(1).collect();
        assert_eq!(first, [Mark::FirstByte(KEY, moment(5))]);
        assert_eq!(outbound.took(length - CONTINUE.len() - 2).count(), 0);
        assert_eq!(outbound.took(1).collect::<Vec<_>>(), [Mark::LastByte(KEY)]);
        assert!(!outbound.holds_bytes());
    }

    #[test]
    fn writes_the_head_separately_in_that_mode() {
        let mut outbound = Outbound::new(WriteMode::HeadSeparately, None);
        for _ in 0..2 {
            let answer = Outgoing::Response(Box::new(response::error(400)), Some(KEY));
            outbound.hold(answer, moment(0), moment(0));
        }
        outbound.fill(moment(0), Span::ZERO, &mut SecurityLayer::Plain);
        let mut writes = Vec::new();
        while !outbound.wire().is_empty() {
            let write = String::from_utf8(outbound.wire().to_vec()).expect("text");
            assert_eq!(outbound.took(1).count(), usize::from(write.starts_with('H')));
            outbound.took(outbound.wire().len()).for_each(drop);
            writes.push(write);
        }
        let (head, body) = (response::error(400).head, "{\"error\": \"Bad Request\"}");
        let head = String::from_utf8(head).expect("text");
        // What follows a body may be written with it.
        assert_eq!(writes, [head.clone(), body.to_owned() + &head, body.to_owned()]);
    }

    #[test]
    fn bytes_pass_the_bottleneck_before_they_are_written() {
        // A byte takes a microsecond.
        let bottleneck = Arc::new(Bottleneck::new("8Mbit".parse().expect("a rate")));
        let mut outbound = Outbound::new(WriteMode::Whole, Some(Pacing::new(&bottleneck)));
        let mut answer = response::error(400);
        answer.head.clear();
        answer.body = Some(Body { before: b"<"[..].into(), filler: 99_998, after: b">" });
        outbound.hold(Outgoing::Response(Box::new(answer), Some(KEY)), moment(0), moment(50_000));
        let (mut written, mut rounds, mut stamps) = (0, 0, Vec::new());
        while written < 100_000 {
            rounds += 1;
            assert!(rounds < 1000, "bytes stopped passing after {written}");
            let now = outbound.due().expect("something passes");
            outbound.fill(now, Span::ZERO, &mut SecurityLayer::Plain);
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
    fn never_keeps_a_large_body_in_memory() {
        let mut answer = response::error(400);
        let body = Body { before: b"<"[..].into(), filler: 10_000_000, after: b">" };
        answer.head.clear();
        answer.body = Some(body);
        let mut outbound = outbound();
        outbound.hold(Outgoing::Response(Box::new(answer), Some(KEY)), moment(0), moment(0));
        let mut sent = 0;
        let mut marks = Vec::new();
        loop {
            outbound.fill(moment(0), Span::ZERO, &mut SecurityLayer::Plain);
            let length = outbound.wire().len().min(5000);
            if length == 0 {
                break;
            }
            assert!(outbound.wire.len() <= PIECE + 1);
            sent += length;
            assert!(sent <= 10_000_002, "the body does not end");
            marks.extend(outbound.took(length));
        }
        assert_eq!(sent, 10_000_002);
        assert_eq!(marks, [Mark::FirstByte(KEY, moment(0)), Mark::LastByte(KEY)]);
    }
}
