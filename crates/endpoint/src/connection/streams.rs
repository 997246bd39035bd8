//! The streams of a connection of HTTP/2: each waits for its permit, is handled, thinks and is
//! answered on its own.
//!
//! It reads no clock; the connection holds what it produces.

use std::collections::{BTreeMap, VecDeque};

use model::http_version::HttpVersion;
use model::time::{Moment, Span};
use model::witness::{Closer, StreamCounts, StreamRow};

use super::witness::{Arrival, ConnectionWitness};
use crate::http::request::HttpRequest;
use crate::http::response::HttpResponse;
use crate::http2::session::{
    GoneAway, Http2Session, SessionEvent, SessionOutput, StreamId, StreamPoint, StreamSettings,
};
use crate::http2::windows::FullWindow;
use crate::link::outbound::{FrameMark, FramePoint, Frames};
use crate::observer::{RequestKey, stamp};
use crate::server::capacity::{Permit, QueuePlace};
use crate::server::handler::StreamEnd;

/// The most bytes that are held as one piece.
const PIECE: usize = 64 * 1024;

/// The streams of one connection.
#[derive(Debug)]
pub(super) struct Streams {
    session: Http2Session,
    settings: StreamSettings,
    opened: BTreeMap<StreamId, Opening>,
    waiting: VecDeque<WaitingStream>,
    thinking: Vec<ThinkingStream>,
    answering: BTreeMap<StreamId, Answering>,
}

/// How a stream was opened.
#[derive(Clone, Copy, Debug)]
struct Opening {
    headers_in: Moment,
    open: u64,
}

/// A request that waits for its permit.
#[derive(Debug)]
struct WaitingStream {
    asked: StreamRequest,
    permit: AwaitedPermit,
}

#[derive(Debug)]
enum AwaitedPermit {
    Queued(QueuePlace),
    Granted(Permit),
}

/// A request that arrived on a stream.
#[derive(Debug)]
pub(super) struct StreamRequest {
    /// Its stream.
    pub(super) stream: StreamId,
    /// The request.
    pub(super) request: HttpRequest,
    /// When its last byte arrived.
    pub(super) arrival: Arrival,
}

/// A request that the handler thinks about.
#[derive(Debug)]
pub(super) struct ThinkingStream {
    pub(super) prepared: StreamResponse,
    pub(super) since: Moment,
    pub(super) due: Moment,
}

/// A response, and what depends on the request that it answers.
#[derive(Debug)]
pub(super) struct StreamResponse {
    pub(super) stream: StreamId,
    pub(super) key: RequestKey,
    pub(super) response: HttpResponse,
    pub(super) end: StreamEnd,
    pub(super) permit: Option<Permit>,
}

/// A response that is being sent.
#[derive(Debug)]
struct Answering {
    key: RequestKey,
    /// The window that stops it, and since when.
    blocked: Option<(FullWindow, Moment)>,
}

impl Streams {
    /// A connection on which nothing has arrived.
    pub(super) fn new(settings: StreamSettings) -> Self {
        Self {
            session: Http2Session::new(settings),
            settings,
            opened: BTreeMap::new(),
            waiting: VecDeque::new(),
            thinking: Vec::new(),
            answering: BTreeMap::new(),
        }
    }

    /// Takes bytes of the client.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.session.push(bytes);
    }

    /// Lets the session work; gives what it produced, at most about `room` bytes.
    pub(super) fn advance(&mut self, room: usize) -> SessionOutput {
        self.session.advance(room)
    }

    /// Follows what has happened with these bytes of the client; gives the requests that are whole.
    pub(super) fn follow(
        &mut self,
        arrival: Arrival,
        witness: &ConnectionWitness,
    ) -> Vec<StreamRequest> {
        let mut requests = Vec::new();
        for event in self.session.take_events() {
            match event {
                SessionEvent::Opened { stream, open } => {
                    self.opened.insert(stream, Opening { headers_in: arrival.at, open });
                }
                SessionEvent::Request { stream, request } => {
                    requests.push(StreamRequest { stream, request, arrival });
                }
                SessionEvent::Reset(stream) => self.forget(stream, arrival.at, witness),
            }
        }
        witness.streams(self.counts());
        requests
    }

    /// A request waits for its permit.
    pub(super) fn wait(&mut self, asked: StreamRequest, place: QueuePlace) {
        self.waiting.push_back(WaitingStream { asked, permit: AwaitedPermit::Queued(place) });
    }

    /// The place in the server's queue where the first request waits. Those of later requests come
    /// after it.
    pub(super) fn queue_place(&mut self) -> Option<&mut QueuePlace> {
        self.waiting.iter_mut().find_map(|waiting| match &mut waiting.permit {
            AwaitedPermit::Queued(place) => Some(place),
            AwaitedPermit::Granted(_) => None,
        })
    }

    /// Gives the first waiting request its permit. False if none waits: the permit is passed on.
    pub(super) fn grant(&mut self, permit: Permit) -> bool {
        let mut queued = self.waiting.iter_mut().map(|waiting| &mut waiting.permit);
        let Some(slot) = queued.find(|permit| matches!(permit, AwaitedPermit::Queued(_))) else {
            return false;
        };
        *slot = AwaitedPermit::Granted(permit);
        true
    }

    /// Takes the first request that got its permit.
    pub(super) fn take_granted(&mut self) -> Option<(StreamRequest, Permit)> {
        let is_granted =
            |waiting: &WaitingStream| matches!(waiting.permit, AwaitedPermit::Granted(_));
        let place = self.waiting.iter().position(is_granted)?;
        let waiting = self.waiting.remove(place)?;
        match waiting.permit {
            AwaitedPermit::Granted(permit) => Some((waiting.asked, permit)),
            AwaitedPermit::Queued(_) => None,
        }
    }

    /// The row of a stream whose request is handed over.
    pub(super) fn row(&self, asked: &StreamRequest) -> StreamRow {
        let opening = self.opened.get(&asked.stream);
        StreamRow {
            id: u64::from(asked.stream.0),
            headers_in: stamp(opening.map_or(asked.arrival.at, |opening| opening.headers_in)),
            open: opening.map_or(1, |opening| opening.open),
            blocked_by_stream: Span::ZERO,
            blocked_by_connection: Span::ZERO,
            sent_once: None,
            reset: None,
        }
    }

    /// The handler thinks about a request.
    pub(super) fn think(&mut self, thinking: ThinkingStream) {
        self.thinking.push(thinking);
    }

    /// When the handler has thought about the next request.
    pub(super) fn due(&self) -> Option<Moment> {
        self.thinking.iter().map(|thinking| thinking.due).min()
    }

    /// The request that the handler has thought about, the earliest of those due by `by`.
    pub(super) fn finish_thinking(&mut self, by: Moment) -> Option<ThinkingStream> {
        let due = self.due().filter(|due| *due <= by)?;
        let place = self.thinking.iter().position(|thinking| thinking.due == due)?;
        Some(self.thinking.remove(place))
    }

    /// Answers a request.
    pub(super) fn answer(&mut self, stream: StreamId, key: RequestKey, response: HttpResponse) {
        self.answering.insert(stream, Answering { key, blocked: None });
        self.session.respond(stream, response);
    }

    /// Resets a stream instead of answering it.
    pub(super) fn reset(&mut self, stream: StreamId) {
        self.opened.remove(&stream);
        self.session.reset(stream);
    }

    /// Follows what was produced: the places to stamp, and which window stops which response since
    /// `now`. Gives the bytes in pieces.
    pub(super) fn produced(
        &mut self,
        output: SessionOutput,
        now: Moment,
        witness: &ConnectionWitness,
    ) -> Vec<Frames> {
        let marks: Vec<FrameMark> = output
            .marks
            .iter()
            .filter_map(|mark| {
                let key = self.answering.get(&mark.stream).map(|answering| answering.key)?;
                let point = match mark.point {
                    StreamPoint::FirstByte => FramePoint::FirstByte(key),
                    StreamPoint::HeadEnd => FramePoint::HeadEnd,
                    StreamPoint::LastByte => FramePoint::LastByte(key),
                };
                Some(FrameMark { place: mark.place, point })
            })
            .collect();
        self.follow_windows(now, witness);
        for mark in output.marks.iter().filter(|mark| mark.point == StreamPoint::LastByte) {
            self.opened.remove(&mark.stream);
            self.answering.remove(&mark.stream);
        }
        witness.streams(self.counts());
        pieces(&output.bytes, &marks)
    }

    /// Whether the session has more to produce than there was room for.
    pub(super) fn wants_room(&self) -> bool {
        self.session.wants_room()
    }

    /// Whether no more can happen on the connection.
    pub(super) fn are_over(&self) -> bool {
        self.session.is_over()
    }

    /// Who closes the connection, if the client closes its side now or the session is over. A client
    /// that closes after the server's GOAWAY does what the server announced.
    pub(super) fn closer(&self) -> Option<Closer> {
        Some(match self.session.gone_away()? {
            GoneAway::Client => Closer::Client,
            GoneAway::Server => Closer::Server,
        })
    }

    /// Whether anything is left to do that does not wait for the client.
    pub(super) fn is_idle(&self) -> bool {
        let blocked = |answering: &Answering| answering.blocked.is_some();
        self.waiting.is_empty() && self.thinking.is_empty() && self.answering.values().all(blocked)
    }

    /// Whether a request is being read, handled or answered.
    pub(super) fn is_busy(&self) -> bool {
        let asked = !self.waiting.is_empty() || !self.thinking.is_empty();
        asked || !self.answering.is_empty() || self.session.is_busy()
    }

    /// Drops everything.
    pub(super) fn clear(&mut self) {
        self.waiting.clear();
        self.thinking.clear();
        self.answering.clear();
    }

    /// A client reset a stream at `at`.
    fn forget(&mut self, stream: StreamId, at: Moment, witness: &ConnectionWitness) {
        self.opened.remove(&stream);
        self.waiting.retain(|waiting| waiting.asked.stream != stream);
        let is_other = |thinking: &ThinkingStream| thinking.prepared.stream != stream;
        let thinking = self.thinking.iter().find(|thinking| !is_other(thinking));
        let answering = self.answering.get(&stream);
        let key =
            thinking.map(|thinking| thinking.prepared.key).or(answering.map(|stream| stream.key));
        if let Some(key) = key {
            witness.reset(key, at);
        }
        self.thinking.retain(is_other);
        self.answering.remove(&stream);
    }

    fn follow_windows(&mut self, now: Moment, witness: &ConnectionWitness) {
        for (&stream, answering) in &mut self.answering {
            let full = self.session.full_window(stream);
            if full == answering.blocked.map(|(window, _)| window) {
                continue;
            }
            if let Some((window, since)) = answering.blocked {
                witness.was_blocked(answering.key, window, now.since(since));
            }
            answering.blocked = full.map(|window| (window, now));
        }
    }

    fn counts(&self) -> StreamCounts {
        let tally = self.session.tally();
        StreamCounts {
            http: HttpVersion::Http2,
            opened: tally.opened(),
            most: tally.most(),
            limit: u64::from(self.settings.limit.0.get()),
        }
    }
}

/// Bytes in pieces, each with the marks that are in it.
fn pieces(bytes: &[u8], marks: &[FrameMark]) -> Vec<Frames> {
    let piece = |(number, bytes): (usize, &[u8])| {
        let start = number * PIECE;
        let within = start + 1..=start + bytes.len();
        let marks = marks.iter().filter(|mark| within.contains(&mark.place));
        let marks = marks.map(|mark| FrameMark { place: mark.place - start, ..*mark }).collect();
        Frames { bytes: bytes.to_vec(), marks }
    };
    bytes.chunks(PIECE).enumerate().map(piece).collect()
}
