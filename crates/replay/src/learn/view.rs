//! What learning looks at: a trial, and the moments of its requests.

use std::collections::BTreeSet;

use evidence::Examined;
use evidence::account::RequestPieces;
use evidence::setting::{ArmSetting, Session};
use evidence::thread_states::{ThreadHistory, WrittenRequest};
use model::link::Rate;
use model::socket::{ThreadPlace, ThreadWait};
use model::time::Span;
use model::trace::Milestone;

use crate::arm::Threading;
use crate::batch::ClientCapacity;

/// The trial that is learnt from.
pub(super) struct TrialView<'e, 'a> {
    pub(super) examined: &'e Examined<'a>,
    pub(super) setting: &'e ArmSetting<'a>,
    threading: Threading,
    pub(super) pieces: Vec<RequestPieces>,
    /// The requests in the order of their beginnings.
    pub(super) requests: Vec<Observed>,
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
        threading: Threading,
    ) -> Option<Self> {
        let pieces = examined.request_pieces(setting)?;
        let observed = |item| Observed::new(examined, item);
        let requests: Option<Vec<Observed>> = (0..pieces.len()).map(observed).collect();
        let mut requests = requests.filter(|requests| !requests.is_empty())?;
        requests.sort_by_key(|request| (request.begin, request.end, request.item));
        Some(Self { examined, setting, threading, pieces, requests })
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

    /// The most requests that were in flight at once.
    pub(super) fn most_at_once(&self) -> usize {
        let mut ends: Vec<Span> = self.requests.iter().map(|request| request.end).collect();
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
        match self.threading {
            Threading::OneAtATime => ClientCapacity::One,
            Threading::Parallel => ClientCapacity::Cores,
            Threading::Unknown
                if self.examined.threads.histories().any(|(_, history)| waited(history)) =>
            {
                ClientCapacity::One
            }
            Threading::Unknown => ClientCapacity::Cores,
        }
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

    /// Whether each batch opens its own connections.
    pub(super) fn is_cold(&self) -> bool {
        self.setting.session == Session::Cold
    }

    /// How many requests the server handles at once, where that is limited and known.
    pub(super) fn room(&self) -> Option<usize> {
        Some(self.setting.link?.capacity?.get() as usize)
    }

    /// The rate of the link's bottleneck, where there is one and it is known.
    pub(super) fn rate(&self) -> Option<Rate> {
        self.setting.link?.bandwidth
    }

    /// How long the round trips of the handshake of a request's connection take.
    pub(super) fn handshake_trips(&self, item: usize) -> Span {
        self.pieces[item].handshake_trips
    }
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
