//! One session of HTTP/2: bytes of the client go in, requests come out; responses go in, bytes come
//! out. The library that speaks the protocol is driven without a socket.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use bytes::Bytes;
use h2::server::{Builder, Connection, Handshake, SendResponse};
use h2::{Reason, RecvStream, SendStream};
use model::link::{StreamLimit, Window};

use crate::http::request::{HttpRequest, Persistence};
use crate::http::response::HttpResponse;
use crate::http::typed::{head, interpret};
use crate::http2::PREFACE;
use crate::http2::body::{BodyPieces, PIECE};
use crate::http2::frames::{Frame, FrameKind, FrameScanner};
use crate::http2::pipe::Pipe;
use crate::http2::tally::{ClientAction, StreamTally};
use crate::http2::windows::{ClientWindows, FullWindow};

/// The window of all streams together, so large that only that of a stream limits a request.
const CONNECTION_WINDOW: u32 = (1 << 31) - 1;

/// What the server announces about its streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamSettings {
    /// How many a client may have open at once.
    pub(crate) limit: StreamLimit,
    /// How many bytes it may send on each before the server allows more.
    pub(crate) window: Window,
}

/// The number of a stream on its connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct StreamId(pub(crate) u32);

/// What happened on the connection.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum SessionEvent {
    /// The client opened a stream.
    Opened {
        /// The stream.
        stream: StreamId,
        /// The number of open streams, with this one.
        open: u64,
    },
    /// A whole request, its body included.
    Request {
        /// The stream that carries it.
        stream: StreamId,
        /// The request.
        request: HttpRequest,
    },
    /// The client reset a stream.
    Reset(StreamId),
}

/// Which side announced first that it takes no more streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum GoneAway {
    /// The client.
    Client,
    /// The server.
    Server,
}

/// Bytes for the client, and the places in them that are to be stamped.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SessionOutput {
    /// The bytes.
    pub(crate) bytes: Vec<u8>,
    /// In their order.
    pub(crate) marks: Vec<StreamMark>,
}

/// A place in the bytes of one stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct StreamMark {
    /// How many of the bytes have passed with it.
    pub(crate) place: usize,
    /// The stream.
    pub(crate) stream: StreamId,
    /// What is there.
    pub(crate) point: StreamPoint,
}

/// A point of a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamPoint {
    /// Its first byte.
    FirstByte,
    /// The last byte of its head.
    HeadEnd,
    /// Its last byte.
    LastByte,
}

/// One session.
#[derive(Debug)]
pub(crate) struct Http2Session {
    state: State,
    pipe: Pipe,
    waker: Arc<WakeFlag>,
    incoming: FrameScanner,
    outgoing: FrameScanner,
    tally: StreamTally,
    windows: ClientWindows,
    /// The requests whose body has not ended.
    reading: Vec<Reading>,
    sending: BTreeMap<StreamId, Sending>,
    waiting: BTreeMap<StreamId, SendResponse<Bytes>>,
    /// The streams that the client has reset and the library may not know of.
    resets: Vec<StreamId>,
    gone_away: Option<GoneAway>,
    /// The response after which the connection is closed without waiting for the others.
    last: Option<StreamId>,
    /// How many bytes the session has produced.
    produced: u64,
    /// The marks that are not produced yet, by their place from the start.
    marks: Vec<(u64, StreamId, StreamPoint)>,
    events: Vec<SessionEvent>,
}

#[derive(Debug)]
enum State {
    Handshaking(Box<Handshake<Pipe, Bytes>>),
    Open(Box<Connection<Pipe, Bytes>>),
    Over,
}

#[derive(Debug)]
struct Reading {
    stream: StreamId,
    request: HttpRequest,
    body: RecvStream,
}

/// A response that is being sent.
#[derive(Debug)]
struct Sending {
    stream: SendStream<Bytes>,
    body: BodyPieces,
    ending: Ending,
    /// How many bytes of the body are framed and still to be produced.
    unproduced: u64,
}

/// How a response ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    /// With the end of its stream.
    Whole,
    /// With a reset of its stream.
    Cut,
}

/// Whether the library wants to be polled again.
#[derive(Debug, Default)]
struct WakeFlag(AtomicBool);

impl Wake for WakeFlag {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Http2Session {
    /// A session whose client has sent nothing yet.
    pub(crate) fn new(settings: StreamSettings) -> Self {
        let pipe = Pipe::default();
        let handshake = Builder::new()
            .max_concurrent_streams(settings.limit.0.get())
            .initial_window_size(settings.window.bytes())
            .initial_connection_window_size(CONNECTION_WINDOW)
            .handshake(pipe.clone());
        Self {
            state: State::Handshaking(Box::new(handshake)),
            pipe,
            waker: Arc::new(WakeFlag(AtomicBool::new(true))),
            incoming: FrameScanner::after(PREFACE.len()),
            outgoing: FrameScanner::default(),
            tally: StreamTally::default(),
            windows: ClientWindows::default(),
            reading: Vec::new(),
            sending: BTreeMap::new(),
            waiting: BTreeMap::new(),
            resets: Vec::new(),
            gone_away: None,
            last: None,
            produced: 0,
            marks: Vec::new(),
            events: Vec::new(),
        }
    }

    /// The client's bytes arrive.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        let Self { incoming, tally, windows, events, resets, gone_away, .. } = self;
        incoming.scan(bytes, |frame| {
            let stream = StreamId(frame.stream);
            match tally.came_in(&frame) {
                ClientAction::Opened { open } => events.push(SessionEvent::Opened { stream, open }),
                ClientAction::Reset => {
                    events.push(SessionEvent::Reset(stream));
                    resets.push(stream);
                }
                ClientAction::GoneAway => {
                    gone_away.get_or_insert(GoneAway::Client);
                }
                ClientAction::Other => {}
            }
            match frame.kind {
                FrameKind::WindowUpdate(bytes) => windows.allowed(frame.stream, bytes),
                FrameKind::InitialWindow(bytes) => windows.set_initial(bytes),
                _ => {}
            }
        });
        self.pipe.push(bytes);
        self.wake();
    }

    /// Works until only the client or a response brings something new; gives what it produced, at
    /// most about `room` bytes.
    pub(crate) fn advance(&mut self, room: usize) -> SessionOutput {
        if self.pipe.has_refused() && room > 0 {
            self.wake();
        }
        let waker = Waker::from(Arc::clone(&self.waker));
        let mut context = Context::from_waker(&waker);
        let mut output = SessionOutput::default();
        while self.waker.0.swap(false, Ordering::Relaxed) {
            self.pipe.set_room(room.saturating_sub(output.bytes.len()));
            self.poll(&mut context);
            self.forget_reset_streams();
            self.collect(&mut output);
            self.read_bodies(&mut context);
            self.send_bodies();
        }
        output
    }

    /// Whether there is more to produce than there was room for.
    pub(crate) fn wants_room(&self) -> bool {
        self.pipe.has_refused()
    }

    /// Whether no more can happen.
    pub(crate) fn is_over(&self) -> bool {
        matches!(self.state, State::Over)
    }

    /// Which side announced first that it takes no more streams.
    pub(crate) fn gone_away(&self) -> Option<GoneAway> {
        self.gone_away
    }

    /// What has happened since this was last asked.
    pub(crate) fn take_events(&mut self) -> Vec<SessionEvent> {
        std::mem::take(&mut self.events)
    }

    /// Answers the request of a stream.
    pub(crate) fn respond(&mut self, stream: StreamId, response: HttpResponse) {
        let Some(mut respond) = self.waiting.remove(&stream) else { return };
        let ending = if response.is_truncated() { Ending::Cut } else { Ending::Whole };
        if response.persistence == Persistence::Close {
            match (response.fields.persistence, ending) {
                (Persistence::Close, _) => self.go_away(),
                (Persistence::KeepAlive, Ending::Whole) => self.last = Some(stream),
                (Persistence::KeepAlive, Ending::Cut) => {}
            }
        }
        let head = head(response.status, response.fields);
        let body = response.body.filter(|body| body.length() > 0 || ending == Ending::Cut);
        // The stream may have been reset, or the session be over.
        let Ok(sender) = respond.send_response(head, body.is_none()) else { return };
        if let Some(body) = body {
            let body = BodyPieces::new(body);
            self.sending.insert(stream, Sending { stream: sender, body, ending, unproduced: 0 });
        }
        self.wake();
    }

    /// Resets a stream instead of a response.
    pub(crate) fn reset(&mut self, stream: StreamId) {
        if let Some(mut respond) = self.waiting.remove(&stream) {
            respond.send_reset(Reason::INTERNAL_ERROR);
            self.wake();
        }
    }

    /// The streams of the connection, counted.
    pub(crate) fn tally(&self) -> &StreamTally {
        &self.tally
    }

    /// Which window stops the response of a stream that has more to send.
    pub(crate) fn full_window(&self, stream: StreamId) -> Option<FullWindow> {
        let sending = self.sending.get(&stream)?;
        if sending.body.left() == 0 && sending.unproduced == 0 {
            return None;
        }
        self.windows.full(stream.0)
    }

    /// Whether a request is being read or a response being sent.
    pub(crate) fn is_busy(&self) -> bool {
        !self.reading.is_empty() || !self.sending.is_empty()
    }

    /// Announces that no more streams are answered, and ends once those that are open are.
    fn go_away(&mut self) {
        if let State::Open(connection) = &mut self.state {
            connection.graceful_shutdown();
        }
        self.wake();
    }

    /// Ends at once, whatever is open.
    fn abort(&mut self) {
        if let State::Open(connection) = &mut self.state {
            connection.abrupt_shutdown(Reason::NO_ERROR);
        }
        self.wake();
    }

    fn wake(&self) {
        self.waker.0.store(true, Ordering::Relaxed);
    }

    /// Lets the library read, write and give requests.
    fn poll(&mut self, context: &mut Context<'_>) {
        if let State::Handshaking(handshake) = &mut self.state {
            self.state = match Pin::new(&mut **handshake).poll(context) {
                Poll::Pending => return,
                Poll::Ready(Ok(connection)) => State::Open(Box::new(connection)),
                Poll::Ready(Err(_)) => return self.finish(),
            };
        }
        loop {
            let State::Open(connection) = &mut self.state else { return };
            match connection.poll_accept(context) {
                Poll::Pending => return,
                Poll::Ready(Some(Ok((request, respond)))) => {
                    let (parts, body) = request.into_parts();
                    let stream = StreamId(respond.stream_id().as_u32());
                    self.waiting.insert(stream, respond);
                    self.reading.push(Reading { stream, request: interpret(&parts), body });
                }
                Poll::Ready(Some(Err(_)) | None) => return self.finish(),
            }
        }
    }

    fn finish(&mut self) {
        self.state = State::Over;
        self.reading.clear();
        self.sending.clear();
        self.waiting.clear();
    }

    /// Takes what the library wrote, and follows its frames.
    fn collect(&mut self, output: &mut SessionOutput) {
        let bytes = self.pipe.take_output();
        let (before, offset) = (self.produced, output.bytes.len());
        self.produced += bytes.len() as u64;
        self.follow(&bytes);
        output.bytes.extend_from_slice(&bytes);
        let place = |at: u64| {
            let within = at.saturating_sub(before).max(1);
            usize::try_from(within).map_or(usize::MAX, |within| offset + within)
        };
        let produced = self.produced;
        let reached: Vec<StreamMark> = self
            .marks
            .extract_if(.., |(at, ..)| *at <= produced)
            .map(|(at, stream, point)| StreamMark { place: place(at), stream, point })
            .collect();
        for mark in reached.iter().filter(|mark| mark.point == StreamPoint::LastByte) {
            self.windows.forget(mark.stream.0);
            self.sending.remove(&mark.stream);
            if self.last == Some(mark.stream) {
                self.abort();
            }
        }
        output.marks.extend(reached);
    }

    fn follow(&mut self, bytes: &[u8]) {
        let Self { outgoing, tally, windows, sending, marks, gone_away, .. } = self;
        outgoing.scan(bytes, |frame| {
            tally.went_out(&frame);
            if frame.kind == FrameKind::GoAway {
                gone_away.get_or_insert(GoneAway::Server);
            }
            if let FrameKind::Data(length) = frame.kind {
                windows.sent(frame.stream, length);
                if let Some(sending) = sending.get_mut(&StreamId(frame.stream)) {
                    sending.unproduced = sending.unproduced.saturating_sub(u64::from(length));
                }
            }
            mark_points(&frame, marks);
        });
    }

    /// Drops the streams that the client has reset, after the library has learnt of it.
    fn forget_reset_streams(&mut self) {
        for stream in std::mem::take(&mut self.resets) {
            self.sending.remove(&stream);
            self.waiting.remove(&stream);
            self.reading.retain(|reading| reading.stream != stream);
        }
    }

    /// Skips the bodies of requests, and gives the requests whose body has ended.
    fn read_bodies(&mut self, context: &mut Context<'_>) {
        let mut left = Vec::new();
        for mut reading in std::mem::take(&mut self.reading) {
            match skip_body(&mut reading.body, context) {
                Poll::Pending => left.push(reading),
                Poll::Ready(BodyEnd::Whole) => {
                    let Reading { stream, request, .. } = reading;
                    self.events.push(SessionEvent::Request { stream, request });
                }
                Poll::Ready(BodyEnd::Broken) => drop(self.waiting.remove(&reading.stream)),
            }
        }
        self.reading = left;
    }

    /// Gives the library a piece of each response, as far as the client's windows allow.
    fn send_bodies(&mut self) {
        let mut cut = Vec::new();
        for (&stream, sending) in &mut self.sending {
            match sending.send_piece() {
                Progress::Sent => self.waker.0.store(true, Ordering::Relaxed),
                Progress::Still => {}
                Progress::Cut => cut.push(stream),
            }
        }
        for stream in cut {
            self.sending.remove(&stream);
            self.wake();
        }
    }
}

/// What sending a piece has done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Progress {
    Sent,
    Still,
    /// The response ends with a reset.
    Cut,
}

impl Sending {
    fn send_piece(&mut self) -> Progress {
        let left = usize::try_from(self.body.left()).unwrap_or(usize::MAX);
        if left == 0 {
            if self.ending == Ending::Cut && self.unproduced == 0 {
                self.stream.send_reset(Reason::INTERNAL_ERROR);
                return Progress::Cut;
            }
            return Progress::Still;
        }
        // What was given to the library waits there for its turn, so that streams take turns.
        if self.unproduced > 0 {
            return Progress::Still;
        }
        self.stream.reserve_capacity(left.min(PIECE));
        let allowed = self.stream.capacity();
        if allowed == 0 {
            return Progress::Still;
        }
        let piece = self.body.take(allowed);
        self.unproduced += piece.len() as u64;
        let ends = self.body.left() == 0 && self.ending == Ending::Whole;
        // It fails only on a stream that is over, whose end is an event of its own.
        let _ = self.stream.send_data(piece, ends);
        Progress::Sent
    }
}

/// How the body of a request ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum BodyEnd {
    Whole,
    Broken,
}

fn skip_body(body: &mut RecvStream, context: &mut Context<'_>) -> Poll<BodyEnd> {
    if body.is_end_stream() {
        return Poll::Ready(BodyEnd::Whole);
    }
    loop {
        match body.poll_data(context) {
            Poll::Pending => return Poll::Pending,
            Poll::Ready(None) => return Poll::Ready(BodyEnd::Whole),
            Poll::Ready(Some(Err(_))) => return Poll::Ready(BodyEnd::Broken),
            Poll::Ready(Some(Ok(data))) => {
                // No more than arrived is given back, so it is accepted.
                let _ = body.flow_control().release_capacity(data.len());
            }
        }
    }
}

/// The points of a response that a frame of the server has.
fn mark_points(frame: &Frame, marks: &mut Vec<(u64, StreamId, StreamPoint)>) {
    let stream = StreamId(frame.stream);
    if frame.kind == FrameKind::Headers {
        marks.push((frame.start + 1, stream, StreamPoint::FirstByte));
        marks.push((frame.end, stream, StreamPoint::HeadEnd));
    }
    if frame.ends_stream || frame.kind == FrameKind::Reset {
        marks.push((frame.end, stream, StreamPoint::LastByte));
    }
}
