//! The witness of one QUIC connection: it follows the frames of the packets in both directions, and reports them.
//!
//! Arrivals are those of the datagrams that carried the packets, before the link held them. Bytes count as
//! written when their datagram leaves the link: what gets lost is not written.

use std::collections::BTreeMap;
use std::sync::Arc;

use model::http_version::HttpVersion;
use model::link::StreamLimit;
use model::time::{Moment, Span};
use model::witness::{Closer, LinkEnd, StreamCounts, StreamRow, TlsAgreement};

use crate::connection::witness::{Arrival, ConnectionWitness};
use crate::http::request::HttpRequest;
use crate::http::response::HttpResponse;
use crate::observer::{Activity, RequestKey, stamp};
use crate::quic::frames::{QuicFrame, Space, StreamPart};
use crate::quic::ranges::Ranges;
use crate::server::EndpointProcess;

/// The witness of one connection.
#[derive(Debug)]
pub(crate) struct QuicWitness {
    connection: ConnectionWitness,
    limit: StreamLimit,
    /// The streams of requests that have not ended.
    streams: BTreeMap<u64, RequestStream>,
    /// Which streams the client has opened.
    seen: Ranges,
    opened: u64,
    most: u64,
    /// The arrival of the last packet.
    arrival: Arrival,
    handshake: HandshakeWrite,
    /// Whether the handshake is complete.
    is_agreed: bool,
}

/// Whether the server has written its part of the handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HandshakeWrite {
    Missing,
    Written,
}

/// The stream of one request.
#[derive(Debug)]
struct RequestStream {
    headers: Arrival,
    /// How many were open when it was opened, with this one.
    open: u64,
    /// When its last byte arrived.
    whole: Option<Arrival>,
    reset: Option<Moment>,
    answer: Option<Answer>,
}

/// The response on a stream.
#[derive(Debug)]
struct Answer {
    key: RequestKey,
    /// When it was ready to be sent.
    ready: Option<Moment>,
    first_byte: FirstByte,
    sent: SentOnce,
    written: Ranges,
    /// How long it is, once its end has been written.
    length: Option<u64>,
}

/// How much of a response has been sent at least once. New bytes are sent in their order.
#[derive(Clone, Copy, Debug, Default)]
struct SentOnce {
    bytes: u64,
    with_end: bool,
    /// When the last of them left the link, or would have.
    at: Option<Moment>,
    /// Whether some of them got lost.
    some_lost: bool,
}

impl SentOnce {
    /// A part was sent, and left the link at this moment or would have.
    fn add(&mut self, part: StreamPart, at: Moment) {
        let end = part.offset + part.length;
        if end > self.bytes || (part.is_last && !self.with_end) {
            self.bytes = self.bytes.max(end);
            self.with_end |= part.is_last;
            self.at = self.at.max(Some(at));
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FirstByte {
    Missing,
    Written,
}

/// The numbers of the streams of requests are its multiples (RFC 9000, section 2.1).
const STREAM_STEP: u64 = 4;

const fn carries_a_request(stream: u64) -> bool {
    stream.is_multiple_of(STREAM_STEP)
}

impl QuicWitness {
    /// The witness of a connection whose first datagram arrived at `accepted`.
    pub(crate) fn new(
        process: &Arc<EndpointProcess>,
        limit: StreamLimit,
        accepted: Moment,
        peer_port: u16,
    ) -> Self {
        Self {
            connection: ConnectionWitness::accepted(process, accepted, peer_port),
            limit,
            streams: BTreeMap::new(),
            seen: Ranges::default(),
            opened: 0,
            most: 0,
            arrival: Arrival { at: accepted, hold: Span::ZERO },
            handshake: HandshakeWrite::Missing,
            is_agreed: false,
        }
    }

    /// How many requests were handed over.
    pub(crate) fn requests(&self) -> u64 {
        self.connection.requests()
    }

    /// Whether QUIC discards a packet of the client: one with requests whose handshake is not complete, because
    /// another one got lost. The client sends it again.
    pub(crate) fn discards(&self, space: Space) -> bool {
        space == Space::Data && !self.is_agreed
    }

    /// A packet of the client arrived.
    pub(crate) fn packet_arrived(&mut self, arrival: Arrival) {
        self.arrival = arrival;
        self.connection.arrived(arrival.at);
        self.connection.passed(arrival);
    }

    /// A frame of the last packet.
    pub(crate) fn frame_arrived(&mut self, frame: QuicFrame) {
        match frame {
            QuicFrame::Stream(part) => self.part_arrived(part),
            QuicFrame::Reset { stream } | QuicFrame::StopSending { stream } => self.reset(stream),
            QuicFrame::Close => self.closed(self.arrival.at, Closer::Client),
            QuicFrame::Crypto => {}
        }
        self.report();
    }

    fn part_arrived(&mut self, part: StreamPart) {
        if !carries_a_request(part.stream) {
            return;
        }
        // A part that arrives again may belong to a stream that is over.
        if !self.seen.holds(part.stream) {
            self.open(part.stream);
        }
        if let Some(stream) = self.streams.get_mut(&part.stream)
            && part.is_last
        {
            stream.whole.get_or_insert(self.arrival);
        }
    }

    fn open(&mut self, number: u64) {
        self.seen.add(number, STREAM_STEP);
        self.opened += 1;
        let open = self.streams.len() as u64 + 1;
        self.most = self.most.max(open);
        let headers = self.arrival;
        let opened = RequestStream { headers, open, whole: None, reset: None, answer: None };
        self.streams.insert(number, opened);
    }

    /// The client gave up a stream.
    fn reset(&mut self, number: u64) {
        let at = self.arrival.at;
        let Some(stream) = self.streams.get_mut(&number) else { return };
        stream.reset = Some(at);
        if let Some(answer) = &stream.answer {
            self.connection.reset(answer.key, at);
            self.streams.remove(&number);
        }
    }

    /// The handshake is finished by the last packet.
    pub(crate) fn agreed(&mut self, resumed: bool, alpn: Option<String>) {
        self.is_agreed = true;
        let agreement = TlsAgreement { version: "TLSv1.3".to_owned(), resumed, alpn };
        self.connection.agreed(agreement, self.arrival);
    }

    /// The request on a stream was handed to the handler.
    pub(crate) fn handed_over(
        &mut self,
        number: u64,
        request: &HttpRequest,
        response: &HttpResponse,
        handled: Moment,
    ) {
        let stream = self.streams.get_mut(&number);
        let arrival = stream.as_ref().and_then(|stream| stream.whole).unwrap_or(self.arrival);
        let key = self.connection.handed_over(request, arrival, response, handled);
        let Some(stream) = stream else { return };
        self.connection.carried_by(
            key,
            StreamRow {
                id: number,
                headers_in: stamp(stream.headers.at),
                open: stream.open,
                blocked_by_stream: Span::ZERO,
                blocked_by_connection: Span::ZERO,
                sent_once: None,
                reset: None,
            },
        );
        stream.answer = Some(Answer {
            key,
            ready: None,
            first_byte: FirstByte::Missing,
            sent: SentOnce::default(),
            written: Ranges::default(),
            length: None,
        });
        if let Some(at) = stream.reset {
            self.connection.reset(key, at);
            self.streams.remove(&number);
        }
        self.report();
    }

    /// The handler thought about a request for this long.
    pub(crate) fn thought(&self, number: u64, time: Span) {
        if let Some(answer) = self.streams.get(&number).and_then(|stream| stream.answer.as_ref()) {
            self.connection.thought(answer.key, time);
        }
    }

    /// The response on a stream is ready to be sent.
    pub(crate) fn ready(&mut self, number: u64, at: Moment) {
        if let Some(answer) =
            self.streams.get_mut(&number).and_then(|stream| stream.answer.as_mut())
        {
            answer.ready = Some(at);
        }
    }

    /// A frame of the server was written, in a packet that had been made at `made`.
    pub(crate) fn frame_written(
        &mut self,
        space: Space,
        frame: QuicFrame,
        made: Moment,
        at: Moment,
    ) {
        match frame {
            QuicFrame::Stream(part) => self.part_written(part, at),
            QuicFrame::Reset { stream } => {
                if let Some(answer) = self.streams.remove(&stream).and_then(|stream| stream.answer)
                {
                    self.connection.reset(answer.key, at);
                }
            }
            QuicFrame::Crypto if space != Space::Data => self.handshake_written(made, at),
            QuicFrame::Close => self.closed(at, Closer::Server),
            QuicFrame::Crypto | QuicFrame::StopSending { .. } => {}
        }
        self.report();
    }

    fn handshake_written(&mut self, made: Moment, at: Moment) {
        if self.handshake == HandshakeWrite::Missing {
            self.handshake = HandshakeWrite::Written;
            self.connection.handshake_written(made, at);
        }
    }

    fn part_written(&mut self, part: StreamPart, at: Moment) {
        let Some(stream) = self.streams.get_mut(&part.stream) else { return };
        let Some(answer) = &mut stream.answer else { return };
        if part.offset == 0 && answer.first_byte == FirstByte::Missing {
            answer.first_byte = FirstByte::Written;
            self.connection.first_byte_written(answer.key, answer.ready.unwrap_or(at), at);
        }
        answer.sent.add(part, at);
        answer.written.add(part.offset, part.length);
        if part.is_last {
            answer.length = Some(part.offset + part.length);
        }
        if answer.length.is_some_and(|length| answer.written.reach(length)) {
            if let Some(once) = answer.sent.at.filter(|_| answer.sent.some_lost) {
                self.connection.sent_once(answer.key, once);
            }
            self.connection.last_byte_written(answer.key, at);
            self.streams.remove(&part.stream);
        }
    }

    /// The link lost a datagram on its way to this end.
    pub(crate) fn lost(&self, to: LinkEnd, at: Moment) {
        self.connection.lost(to, at);
    }

    /// A frame of the server was in a datagram that got lost, and would have been written at `due`.
    pub(crate) fn frame_lost(&mut self, frame: QuicFrame, due: Moment) {
        let QuicFrame::Stream(part) = frame else { return };
        let answer = self.streams.get_mut(&part.stream).and_then(|stream| stream.answer.as_mut());
        if let Some(answer) = answer {
            answer.sent.add(part, due);
            answer.sent.some_lost = true;
        }
    }

    /// One side closed the connection.
    fn closed(&mut self, at: Moment, by: Closer) {
        self.connection.closed(at, by);
        self.streams.clear();
    }

    /// The connection ended at `at`, without a word of the client.
    pub(crate) fn broke(&mut self, at: Moment) {
        self.closed(at, Closer::Reset);
        self.report();
    }

    fn report(&mut self) {
        self.connection.streams(StreamCounts {
            http: HttpVersion::Http3,
            opened: self.opened,
            most: self.most,
            limit: u64::from(self.limit.0.get()),
        });
        let activity = if self.streams.is_empty() { Activity::Idle } else { Activity::Busy };
        self.connection.set_activity(activity);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::request::{Credentials, Persistence};
    use crate::http::response::Resources;
    use crate::http::route::Route;
    use crate::observer::Retention;
    use crate::serve::new_process;

    struct Followed {
        process: Arc<EndpointProcess>,
        witness: QuicWitness,
    }

    impl Followed {
        fn new() -> Self {
            let process = new_process(Retention::UntilCollected);
            let limit = StreamLimit::default();
            let mut witness = QuicWitness::new(&process, limit, at(1), 7);
            witness.packet_arrived(arrival(1));
            Self { process, witness }
        }

        fn arrives(&mut self, micros: u64, frame: QuicFrame) {
            self.witness.packet_arrived(arrival(micros));
            self.witness.frame_arrived(frame);
        }

        fn hand_over(&mut self, stream: u64, micros: u64) {
            let request = HttpRequest {
                method: "GET".to_owned(),
                target: format!("/todos/{stream}"),
                persistence: Persistence::KeepAlive,
                credentials: Credentials::Missing,
            };
            let resources = Resources::new(None);
            let response = resources.answer("GET", Route::Todo(1), Persistence::KeepAlive);
            self.witness.handed_over(stream, &request, &response, at(micros));
            self.witness.ready(stream, at(micros + 1));
        }

        fn written(&mut self, micros: u64, frame: QuicFrame) {
            self.witness.frame_written(Space::Data, frame, at(0), at(micros));
        }

        fn collected(&self) -> model::witness::Witness {
            self.process.observer.collect(at(0), at(1_000_000))
        }
    }

    fn at(micros: u64) -> Moment {
        Moment::from_nanos(micros * 1000)
    }

    fn arrival(micros: u64) -> Arrival {
        Arrival { at: at(micros), hold: Span::from_nanos(5000) }
    }

    fn part(stream: u64, offset: u64, length: u64, is_last: bool) -> QuicFrame {
        QuicFrame::Stream(StreamPart { stream, offset, length, is_last })
    }

    fn micros(span: Option<Span>) -> Option<u64> {
        span.map(|span| span.as_nanos() / 1000)
    }

    #[test]
    fn a_lost_part_is_written_when_it_is_sent_again() {
        let mut followed = Followed::new();
        followed.arrives(10, part(0, 0, 20, false));
        followed.arrives(12, part(0, 20, 5, true));
        followed.hand_over(0, 20);
        followed.written(40, part(0, 100, 50, true));
        assert!(!followed.collected().drained);
        followed.written(60, part(0, 0, 100, false));
        let witness = followed.collected();
        let row = &witness.requests[0];
        let stream = row.stream.expect("came on a stream");
        assert_eq!(
            (micros(Some(stream.headers_in)), micros(Some(row.last_byte_in))),
            (Some(10), Some(12))
        );
        assert_eq!((micros(row.first_byte_out), micros(row.last_byte_out)), (Some(60), Some(60)));
        assert_eq!(micros(row.hold_out), Some(39));
        assert!(witness.drained);
    }

    #[test]
    fn knows_since_when_only_lost_parts_were_missing() {
        let mut followed = Followed::new();
        for stream in [0, 4] {
            followed.arrives(10, part(stream, 0, 20, true));
            followed.hand_over(stream, 20);
        }
        let lose = |followed: &mut Followed, micros, frame| {
            followed.witness.lost(LinkEnd::Client, at(micros));
            followed.witness.frame_lost(frame, at(micros));
        };
        lose(&mut followed, 40, part(0, 0, 100, false));
        followed.written(50, part(0, 100, 50, true));
        lose(&mut followed, 70, part(0, 0, 100, false));
        followed.written(90, part(0, 0, 100, false));
        followed.written(95, part(4, 0, 9, true));
        let witness = followed.collected();
        let once = |row: &model::witness::RequestRow| micros(row.stream?.sent_once);
        let rows: Vec<_> = witness.requests.iter().map(once).collect();
        assert_eq!(rows, [Some(50), None]);
        assert_eq!(micros(witness.requests[0].last_byte_out), Some(90));
        let lost: Vec<_> =
            witness.losses.iter().map(|row| (row.to, micros(Some(row.at)))).collect();
        assert_eq!(lost, [(LinkEnd::Client, Some(40)), (LinkEnd::Client, Some(70))]);
    }

    #[test]
    fn counts_each_stream_once_and_the_most_at_once() {
        let mut followed = Followed::new();
        // A stream of the client's settings, and a request whose number comes before that of another.
        followed.arrives(10, part(2, 0, 20, false));
        followed.arrives(11, part(4, 0, 20, true));
        followed.arrives(12, part(0, 0, 20, true));
        for stream in [4, 0] {
            followed.hand_over(stream, 20);
            followed.written(30, part(stream, 0, 9, true));
        }
        followed.arrives(40, part(0, 0, 20, true));
        followed.arrives(41, part(8, 0, 20, true));
        followed.hand_over(8, 42);
        let witness = followed.collected();
        let counts = witness.connections[0].streams.expect("has streams");
        assert_eq!((counts.opened, counts.most, counts.limit), (3, 2, 100));
        assert_eq!(counts.http, HttpVersion::Http3);
        let open: Vec<u64> =
            witness.requests.iter().filter_map(|row| Some(row.stream?.open)).collect();
        assert_eq!(open, [1, 2, 1]);
    }

    #[test]
    fn a_stream_that_either_side_resets_is_over() {
        let mut followed = Followed::new();
        for stream in [0, 4, 8] {
            followed.arrives(10, part(stream, 0, 20, true));
        }
        followed.arrives(15, QuicFrame::StopSending { stream: 8 });
        for stream in [0, 4, 8] {
            followed.hand_over(stream, 20);
        }
        followed.arrives(30, QuicFrame::Reset { stream: 0 });
        followed.written(40, QuicFrame::Reset { stream: 4 });
        let witness = followed.collected();
        let resets: Vec<Option<u64>> = witness
            .requests
            .iter()
            .map(|row| micros(row.stream.and_then(|stream| stream.reset)))
            .collect();
        assert_eq!(resets, [Some(30), Some(40), Some(15)]);
        assert!(witness.drained);
    }

    #[test]
    fn dates_the_handshake_by_its_first_write_and_the_clients_last_packet() {
        let mut followed = Followed::new();
        followed.witness.frame_written(Space::Initial, QuicFrame::Crypto, at(20), at(25));
        followed.witness.frame_written(Space::Handshake, QuicFrame::Crypto, at(20), at(26));
        followed.witness.packet_arrived(arrival(40));
        followed.witness.packet_arrived(arrival(45));
        followed.witness.agreed(false, Some("h3".to_owned()));
        followed.arrives(90, QuicFrame::Close);
        let row = followed.collected().connections.remove(0);
        assert_eq!((micros(Some(row.accepted)), micros(row.first_byte_in)), (Some(1), Some(1)));
        assert_eq!(
            (micros(row.handshake_out), micros(row.handshake_out_hold)),
            (Some(25), Some(5))
        );
        assert_eq!(micros(row.handshake_in), Some(45));
        assert_eq!((micros(row.closed), row.closed_by), (Some(90), Some(Closer::Client)));
        assert_eq!(row.tls.map(|tls| tls.alpn), Some(Some("h3".to_owned())));
    }
}
