//! What learning looks at: a trial, and the moments of its requests.

use std::collections::{BTreeMap, BTreeSet};

use evidence::Examined;
use evidence::account::RequestPieces;
use evidence::milestones::{MilestoneSource, MilestoneTimes};
use evidence::path::{CriticalPath, Order, SegmentLabel};
use evidence::server_room::ServerRoom;
use evidence::setting::{ArmSetting, Session};
use evidence::thread_states::{ThreadHistory, WrittenRequest};
use model::link::Rate;
use model::socket::{ThreadPlace, ThreadWait};
use model::time::Span;
use model::trace::Milestone;
use model::witness::{Closer, TlsAgreement};

use crate::arm::{ArmFacts, Threading};
use crate::batch::{ClientCapacity, Connecting, Handshake};

/// The trial that is learnt from.
pub(super) struct TrialView<'e, 'a> {
    pub(super) examined: &'e Examined<'a>,
    pub(super) setting: &'e ArmSetting<'a>,
    /// What is known of the arm.
    pub(super) facts: ArmFacts,
    pub(super) pieces: Vec<RequestPieces>,
    /// The requests in the order of their beginnings.
    pub(super) requests: Vec<Observed>,
    /// How long a round trip takes: that of the emulated link, else the least in which a connection was
    /// opened; none where none was.
    pub(super) round_trip: Option<Span>,
    /// Whether requests shared connections as streams, one beside the other: then no call shows whose it is.
    pub(super) is_multiplexed: bool,
    /// The room of a server that is not ours, where it shows.
    server_room: Option<ServerRoom>,
    /// The least time that the emulated server took for a request.
    least_service: Option<Span>,
    /// The least time between two handshakes of which the endpoint did its part; none where it did fewer.
    least_handshake_gap: Option<Span>,
}

/// One request, from when to when it was in flight.
#[derive(Clone, Copy, Debug)]
pub(super) struct Observed {
    /// Its place in the columns.
    pub(super) item: usize,
    /// The thread that wrote it, where that is known.
    pub(super) thread: Option<ThreadPlace>,
    /// When its connection began to be opened, or else when its first byte was written.
    pub(super) begin: Span,
    /// When its last byte was read.
    pub(super) end: Span,
    /// Whether a connection was opened for it.
    pub(super) opened: bool,
}

impl<'e, 'a> TrialView<'e, 'a> {
    pub(super) fn new(
        examined: &'e Examined<'a>,
        setting: &'e ArmSetting<'a>,
        facts: ArmFacts,
    ) -> Option<Self> {
        let pieces = examined.request_pieces(setting)?;
        let observed = |item| Observed::new(examined, item);
        let requests: Option<Vec<Observed>> = (0..pieces.len()).map(observed).collect();
        let mut requests = requests.filter(|requests| !requests.is_empty())?;
        requests.sort_by_key(|request| (request.begin, request.end, request.item));
        let items = || 0..pieces.len();
        let connecting = || items().filter_map(|item| connecting(examined, item)).min();
        let round_trip = setting.link.map(|link| link.rtt).or_else(connecting);
        let least_service = items().filter_map(|item| service(examined, item)).min();
        let least_handshake_gap = least_handshake_gap(examined);
        Some(Self {
            examined,
            setting,
            facts,
            pieces,
            requests,
            round_trip,
            is_multiplexed: has_unseen_streams(examined) && !is_sequential(examined),
            server_room: examined.server_room(setting, facts.server_room),
            least_service,
            least_handshake_gap,
        })
    }

    /// Whether one thread had several requests in flight at once.
    pub(super) fn is_event_loop(&self) -> bool {
        let threads = &self.examined.threads;
        if threads.are_known() {
            let on_loop = |request: &&Observed| {
                request.thread.is_some_and(|thread| threads.is_event_loop(thread))
            };
            return 2 * self.requests.iter().filter(on_loop).count() > self.requests.len();
        }
        self.examined.run.columns.worker.is_none() && self.most_at_once() > 1
    }

    /// What a request does whose connection is being opened. A client that opened more connections than it
    /// used takes the first.
    pub(super) fn connecting(&self) -> Connecting {
        let is_raced = self.streams().is_some()
            && self.examined.connections.is_some_and(|known| known.opened > known.used);
        if is_raced { Connecting::TakesFirst } else { self.facts.connecting }
    }

    /// Whether each request was begun after the one before it was over, whichever threads made them.
    pub(super) fn is_sequential(&self) -> bool {
        self.requests.len() > 1 && is_sequential(self.examined)
    }

    /// The most requests that were in flight at once.
    pub(super) fn most_at_once(&self) -> usize {
        // A request and the next one on its connection are not in flight at once, nor a stream and the next one.
        let freed = |request: &Observed| {
            let timeline = &self.examined.timelines[request.item];
            let ended = timeline.delivery.filter(|_| timeline.stream.is_some());
            let ended = ended.map(|delivery| delivery.whole.min(request.end));
            ended.or(timeline.handed_on).unwrap_or(request.end)
        };
        let mut ends: Vec<Span> = self.requests.iter().map(freed).collect();
        ends.sort_unstable();
        let over = |moment: Span| ends.partition_point(|&end| end <= moment);
        let at_start = (1..).zip(&self.requests);
        let most =
            at_start.map(|(begun, request): (usize, _)| begun.saturating_sub(over(request.begin)));
        most.max().unwrap_or(1).max(1)
    }

    /// The history of a request's thread.
    pub(super) fn history(&self, request: &Observed) -> Option<&'e ThreadHistory<'a>> {
        self.examined.threads.history(request.thread?)
    }

    /// How much of the client's work can be done at once. Where nothing else tells, threads that waited
    /// for an interpreter lock have one.
    pub(super) fn client(&self) -> ClientCapacity {
        let waited = |history: &ThreadHistory<'_>| {
            !history.thread().waited.of(ThreadWait::InterpreterLock).is_zero()
        };
        match self.facts.threading {
            // Each process has a lock of its own.
            Threading::OneAtATime if self.processes() > 1 => ClientCapacity::Cores,
            Threading::OneAtATime | Threading::EventLoop => ClientCapacity::One,
            Threading::Parallel => ClientCapacity::Cores,
            Threading::Unknown
                if self.examined.threads.histories().any(|(_, history)| waited(history)) =>
            {
                ClientCapacity::One
            }
            Threading::Unknown => ClientCapacity::Cores,
        }
    }

    /// How many processes make requests, as far as their threads are known.
    fn processes(&self) -> usize {
        let histories = self.requests.iter().filter_map(|request| self.history(request));
        histories.map(|history| history.thread().process).collect::<BTreeSet<u32>>().len()
    }

    /// The share of the work of the threads that make requests in which they waited for a core. Where
    /// cores are a resource of the batch, the replay makes them wait.
    pub(super) fn starved(&self, client: ClientCapacity) -> f64 {
        if client == ClientCapacity::Cores {
            return 0.0;
        }
        let threads: BTreeSet<ThreadPlace> =
            self.requests.iter().filter_map(|request| request.thread).collect();
        let known = threads.into_iter().filter_map(|thread| self.examined.threads.history(thread));
        let (mut running, mut waiting) = (0.0, 0.0);
        for thread in known.map(ThreadHistory::thread) {
            running += thread.running.map_or(0.0, Span::as_secs);
            waiting += thread.runnable.map_or(0.0, Span::as_secs);
        }
        if running > 0.0 { waiting / (running + waiting) } else { 0.0 }
    }

    /// How long certificates were loaded before a worker was ready for its first request, but for the first time: by
    /// its own thread, or by one that makes no requests.
    pub(super) fn loaded_again_before(&self, ready: Span, first: &Observed) -> Span {
        let threads = &self.examined.threads;
        let matters = |place: ThreadPlace| {
            Some(place) == first.thread || threads.rows().of_thread(place).is_empty()
        };
        let histories = threads.histories().filter(|&(place, _)| matters(place));
        let loads = histories.flat_map(|(_, history)| history.loads_in(Span::ZERO, ready));
        let mut lengths: Vec<(Span, Span)> =
            loads.map(|load| (load.from, load.to.saturating_sub(load.from))).collect();
        lengths.sort_unstable();
        lengths.into_iter().skip(1).map(|(_, length)| length).sum()
    }

    /// Whether each batch opens its own connections.
    pub(super) fn is_cold(&self) -> bool {
        self.setting.session == Session::Cold
    }

    /// Until when the client worked for its requests: until it began to close the connections of its session after
    /// them, else to the end of the batch.
    pub(super) fn worked_until(&self) -> Span {
        let milestones = || self.examined.timelines.iter().map(|timeline| &timeline.milestones);
        let read = milestones().filter_map(|it| it.at(Milestone::Done)).max().unwrap_or_default();
        let Some(first) = self.closed_by_client().filter(|&closed| closed > read).min() else {
            return self.examined.observed_time();
        };
        // A client that reports when it was done with each request does nothing more for them.
        let reports =
            |it: &MilestoneTimes| it.source(Milestone::Done) == Some(MilestoneSource::Trace);
        if milestones().all(reports) { read } else { first }
    }

    /// How long the client closed connections of its own session from a moment on.
    pub(super) fn closing_after(&self, moment: Span) -> Span {
        let closed = self.closed_by_client().max().unwrap_or_default();
        closed.min(self.examined.observed_time()).saturating_sub(moment)
    }

    /// When the client closed the connections of a session that ends with the batch.
    fn closed_by_client(&self) -> impl Iterator<Item = Span> {
        let sockets = self.examined.sockets().filter(|_| self.is_cold());
        let connections = sockets.map_or(&[][..], |sockets| &sockets.connections);
        let own = connections.iter().filter(|it| it.closed_by == Some(Closer::Client));
        own.filter_map(|it| it.closed)
    }

    /// How many connections were open before the batch and stayed open.
    pub(super) fn kept(&self) -> usize {
        let sockets = self.examined.sockets().map_or(&[][..], |sockets| &sockets.connections);
        sockets.iter().filter(|it| it.connecting.is_none() && it.closed.is_none()).count()
    }

    /// Whether requests were streams of HTTP/2 or 3.
    pub(super) fn has_streams(&self) -> bool {
        has_streams(self.examined)
    }

    /// How many requests one connection carried at once, where they were streams of HTTP/2.
    pub(super) fn streams(&self) -> Option<usize> {
        has_streams(self.examined).then_some(())?;
        let used = self.sharing();
        (used == 1 || used < self.most_at_once()).then_some(())?;
        let limit = self.setting.link.map_or(u32::MAX, |link| link.streams.0.get());
        Some(usize::try_from(limit).unwrap_or(usize::MAX))
    }

    /// How many connections carried the requests; at least one.
    pub(super) fn sharing(&self) -> usize {
        let rows = self.examined.joined.iter().filter_map(|joined| joined.request);
        rows.map(|row| row.connection).collect::<BTreeSet<u64>>().len().max(1)
    }

    /// How many requests prepare TLS at a moment, or how many threads load certificates, whether they have a
    /// connection or not.
    pub(super) fn preparing_at(&self, moment: Span) -> usize {
        let prepares = |pieces: &&RequestPieces| {
            pieces.pieces.iter().any(|piece| {
                piece.label == SegmentLabel::TlsPreparation
                    && piece.from <= moment
                    && moment < piece.to
            })
        };
        let histories = self.examined.threads.histories();
        let moment_after = moment + Span::from_nanos(1);
        let loading =
            histories.filter(|(_, it)| it.loads_in(moment, moment_after).next().is_some());
        self.pieces.iter().filter(prepares).count().max(loading.count())
    }

    /// How many requests the server handles at once, where that is limited and known.
    pub(super) fn room(&self) -> Option<usize> {
        match self.setting.link {
            Some(link) => Some(link.capacity?.get() as usize),
            None => Some(self.server_room.as_ref()?.requests),
        }
    }

    /// How long the server worked on a request, without its queue, where that is known. Where the emulated one's room
    /// is not limited, what was longer than the shortest waited for a core. A server that handles a request late
    /// thinks shorter, so that it ends in time.
    pub(super) fn service(&self, item: usize) -> Option<Span> {
        let Some(link) = self.setting.link else {
            return Some(self.server_room.as_ref()?.service(item));
        };
        let think = link.think;
        let service = service(self.examined, item)?;
        let service = if self.room().is_some() { service } else { self.least_service? };
        Some(service.max(think))
    }

    /// How long a request waited for the room of a server that is not ours.
    pub(super) fn queued_elsewhere(&self, item: usize) -> Span {
        self.server_room.as_ref().map_or(Span::ZERO, |room| room.queued(item))
    }

    /// How much of the work of a handshake is the endpoint's. Its one thread does the part of one handshake after
    /// that of another, so that it takes no longer than the least time between two. Nothing where there is one
    /// handshake, and nothing of another server, which may have cores for all at once.
    pub(super) fn endpoint_part(&self, work: Span) -> Span {
        let most = self.least_handshake_gap.unwrap_or_default();
        self.setting.link.map_or(Span::ZERO, |_| work.min(most))
    }

    /// How many bytes of a response passed the link.
    pub(super) fn bytes(&self, item: usize) -> Option<u64> {
        let joined = &self.examined.joined[item];
        let read = joined.socket.map(|row| row.bytes_in);
        joined.request.map(|row| row.body_bytes).max(read)
    }

    /// The kind of the handshake of a request's connection; none without TLS.
    pub(super) fn handshake(&self, item: usize) -> Option<Handshake> {
        let resumed = self.agreement(item)?.resumed;
        Some(if resumed { Handshake::Resumed } else { Handshake::Full })
    }

    fn agreement(&self, item: usize) -> Option<&TlsAgreement> {
        let joined = &self.examined.joined[item];
        let by_endpoint = joined.connection.and_then(|row| row.tls.as_ref());
        by_endpoint.or_else(|| joined.opening?.connection.tls.as_ref())
    }

    /// The rate of the link's bottleneck, where there is one and it is known.
    pub(super) fn rate(&self) -> Option<Rate> {
        self.setting.link?.bandwidth
    }

    /// How many round trips the handshake of a request's connection takes.
    pub(super) fn handshake_trip_count(&self, item: usize) -> u32 {
        let is_old = |tls: &TlsAgreement| tls.version != "TLSv1.3" && !tls.resumed;
        if self.agreement(item).is_some_and(is_old) { 2 } else { 1 }
    }

    /// How long the round trips of the handshake of a request's connection take.
    pub(super) fn handshake_trips(&self, item: usize) -> Span {
        self.pieces[item].handshake_trips
    }
}

/// Whether requests were streams of HTTP/2 or 3.
fn has_streams(examined: &Examined<'_>) -> bool {
    examined.timelines.iter().any(|timeline| timeline.stream.is_some())
}

/// Whether requests were streams of which no call shows whose it is.
fn has_unseen_streams(examined: &Examined<'_>) -> bool {
    let mut joined = examined.joined.iter();
    has_streams(examined) && joined.any(|it| it.is_beside_others() || it.socket.is_none())
}

fn is_sequential(examined: &Examined<'_>) -> bool {
    examined.path.as_ref().map(CriticalPath::order) == Some(Order::Sequential)
}

/// How long the endpoint worked on a request, without its queue.
fn service(examined: &Examined<'_>, item: usize) -> Option<Span> {
    let row = examined.joined[item].request?;
    let written = row.first_byte_out?.saturating_sub(row.hold_out?);
    Some(written.saturating_sub(row.handled))
}

/// The least time between two handshakes of which the endpoint did its part.
fn least_handshake_gap(examined: &Examined<'_>) -> Option<Span> {
    let done = |item: usize| {
        let row = examined.joined[item].connection?;
        let at = row.handshake_out?.saturating_sub(row.handshake_out_hold.unwrap_or_default());
        Some((row.id, at))
    };
    let by_connection: BTreeMap<u64, Span> = (0..examined.joined.len()).filter_map(done).collect();
    let mut done: Vec<Span> = by_connection.into_values().collect();
    done.sort_unstable();
    done.windows(2).map(|pair| pair[1].saturating_sub(pair[0])).min()
}

/// How long it took to open a request's connection. A busy client notices late that one is open.
fn connecting(examined: &Examined<'_>, item: usize) -> Option<Span> {
    let milestones = &examined.timelines[item].milestones;
    let since = milestones.at(Milestone::Connecting)?;
    let took = milestones.at(Milestone::Connected)?.saturating_sub(since);
    let measured = examined.joined[item].opening.and_then(|it| it.connection.round_trip);
    Some(measured.map_or(took, |measured| measured.min(took)))
}

impl Observed {
    fn new(examined: &Examined<'_>, item: usize) -> Option<Self> {
        let timeline = &examined.timelines[item];
        let written: Option<WrittenRequest> = examined.threads.written(item);
        let begin = written.map(|row| row.start).or_else(|| {
            let milestones = &timeline.milestones;
            let opening = Milestone::ALL.into_iter().filter(|&it| it >= Milestone::Resolving);
            opening.filter_map(|milestone| milestones.at(milestone)).next()
        })?;
        let earlier = timeline.earlier.first().map_or(begin, |earlier| earlier.from);
        let end = timeline.end()?;
        Some(Self {
            item,
            thread: written.map(|row| row.thread),
            begin: begin.min(earlier).min(end),
            end,
            opened: written.map_or_else(|| timeline.opened_its_connection(), |row| row.opened),
        })
    }
}
