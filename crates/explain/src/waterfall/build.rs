//! Makes a waterfall of a trial, from its evidence.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use evidence::detour::Detour;
use evidence::join::Joined;
use evidence::path::ConnectionKey;
use evidence::traffic::{Place, Traffic, TrafficRequest};
use evidence::{Examined, examine_ran};
use model::phase::Phase;
use model::plan::Plan;
use model::socket::SocketRequest;
use model::target::Requests;
use model::time::Span;
use model::trace::{Columns, Milestone, TraceColumn};
use model::trial::Trial;
use model::witness::RequestRow;

use super::connections::{ConnectionKeys, Numbering};
use super::spans::Phases;
use super::{
    ObservedMilestone, RequestWitness, Row, RowConnection, RowKind, ThreadLane, Waterfall,
    WitnessedRequest,
};

/// The waterfall of a trial that ran to its end, whether its requests succeeded or not. None for a lost
/// trial, and where the plan lacks the trial's arm or its target.
pub fn waterfall<'a>(plan: &'a Plan, trial: &'a Trial) -> Option<Waterfall<'a>> {
    let arm = plan.arms.iter().find(|arm| arm.name == trial.arm)?;
    let examined = examine_ran(plan, arm, trial)?;
    let requests = &plan.target_of(arm)?.target.requests;
    Some(Builder::new(&examined, requests).waterfall())
}

/// A row before its connection has a number.
struct Draft<'a> {
    row: Row<'a>,
    keys: ConnectionKeys,
}

/// The rows of one item, or a row that belongs to none.
struct Group<'a> {
    begin: Option<Span>,
    drafts: Vec<Draft<'a>>,
}

struct Builder<'e, 'a> {
    examined: &'e Examined<'a>,
    requests: &'a Requests,
    /// The place in the batch of the first item that has a row.
    first: usize,
    /// The requests that a witness saw.
    seen: &'e [TrafficRequest<'a>],
    on_path: BTreeSet<usize>,
}

impl<'e, 'a> Builder<'e, 'a> {
    fn new(examined: &'e Examined<'a>, requests: &'a Requests) -> Self {
        let path = examined.path.iter().flat_map(|path| path.segments());
        let traffic: Option<&'e Traffic<'a>> = examined.traffic.as_ref();
        Self {
            examined,
            requests,
            first: examined.run.sampled.as_ref().map_or(0, |it| it.stretch.first as usize),
            seen: traffic.map_or(&[], |traffic| &traffic.requests),
            on_path: path.filter_map(|segment| segment.request).collect(),
        }
    }

    fn waterfall(&self) -> Waterfall<'a> {
        let mut groups = self.of_items();
        groups.extend(self.of_no_item());
        // The sort keeps the order of the items that were handed over at once.
        groups.sort_by_key(|group| (group.begin.is_none(), group.begin));
        let drafts: Vec<Draft<'a>> = groups.into_iter().flat_map(|group| group.drafts).collect();
        let mut numbering = Numbering::new(drafts.iter().map(|draft| draft.keys));
        let numbered = |Draft { mut row, keys }: Draft<'a>| {
            let is_opened = row.milestones.iter().any(|passed| opens(passed.milestone));
            let connection = |number| RowConnection { number, is_opened };
            row.connection = numbering.number(keys).map(connection);
            row
        };
        let rows = drafts.into_iter().map(numbered).collect();
        Waterfall {
            arm: self.examined.trial.arm.clone(),
            trial: self.examined.trial.id,
            block: self.examined.block(),
            length: self.examined.observed_time(),
            rows,
            connections: numbering.count(),
            threads: self.threads(),
        }
    }

    /// The rows of each item: of what was requested in vain for it, and its own.
    fn of_items(&self) -> Vec<Group<'a>> {
        let mut detours: BTreeMap<usize, Vec<&Detour>> = BTreeMap::new();
        for detour in &self.examined.detours {
            if let Some(item) = detour.item {
                detours.entry(item).or_default().push(detour);
            }
        }
        let of_item = |item: usize| {
            let detours = detours.get(&item).map_or(&[][..], Vec::as_slice);
            self.of_item(item, detours)
        };
        (0..self.examined.joined.len()).map(of_item).collect()
    }

    /// The time of an item is divided among its rows where the exchange of each request in vain ends.
    fn of_item(&self, item: usize, detours: &[&Detour]) -> Group<'a> {
        let whole = Phases::of_segments(self.examined.request_segments(item));
        let end = self.examined.observed_time();
        let mut drafts = Vec::new();
        let mut cursor = Span::ZERO;
        let mut own = self.item(item);
        for (detour, exchange) in detours.iter().zip(&self.examined.timelines[item].earlier) {
            let seen = self.exchange(detour.first).part(cursor, exchange.to);
            let phases = whole.part(cursor, exchange.to).overlaid(&seen);
            let kind = RowKind::Detour(detour.cause);
            let Some(mut draft) = self.seen_request(detour.first, kind, Some(item)) else {
                continue;
            };
            draft.row.phases = phases.into_spans();
            // What passed before this request was sent passed for this request.
            let until = exchange.from;
            let milestones = &mut own.row.milestones;
            let before: Vec<_> = milestones
                .extract_if(.., |passed| passed.milestone < Milestone::Sent && passed.at <= until)
                .collect();
            draft.row.milestones.splice(0..0, before);
            drafts.push(draft);
            cursor = cursor.max(exchange.to);
        }
        own.row.phases = whole.part(cursor, end).into_spans();
        drafts.push(own);
        Group { begin: self.examined.timelines[item].begun(), drafts }
    }

    /// The rows of requests for which no item is known.
    fn of_no_item(&self) -> Vec<Group<'a>> {
        let joined = self.examined.joined.iter().filter_map(|joined| self.place(joined));
        let mut taken: BTreeSet<Place> = joined.collect();
        let mut causes = BTreeMap::new();
        for detour in &self.examined.detours {
            match detour.item {
                Some(_) => taken.extend(self.seen.get(detour.first).map(TrafficRequest::place)),
                None => _ = causes.insert(detour.first, detour.cause),
            }
        }
        let free = (0..self.seen.len()).filter(|&at| !taken.contains(&self.seen[at].place()));
        let of_row = |at: usize| {
            let kind = causes.get(&at).map_or(RowKind::Unmatched, |&cause| RowKind::Detour(cause));
            let mut draft = self.seen_request(at, kind, None)?;
            draft.row.phases = self.exchange(at).into_spans();
            Some(Group { begin: draft.row.begin(), drafts: vec![draft] })
        };
        free.filter_map(of_row).collect()
    }

    /// The place of an item's own request among those that the witness saw.
    fn place(&self, joined: &Joined<'a>) -> Option<Place> {
        let (connection, ordinal) = match self.examined.witness() {
            Some(_) => joined.request.map(|row| (row.connection, row.ordinal))?,
            None => joined.socket.map(|row| (row.connection, row.ordinal))?,
        };
        Some(Place { connection, ordinal })
    }

    /// The row of an item's own request, without its phases.
    fn item(&self, item: usize) -> Draft<'a> {
        let columns = &self.examined.run.columns;
        let joined = &self.examined.joined[item];
        let timeline = &self.examined.timelines[item];
        let request = self.requests.get(self.first + item);
        let seen_status = joined.request.map(|row| row.status);
        let seen_status = seen_status.or_else(|| joined.socket?.status);
        let error = columns.error.as_ref().and_then(|errors| errors.get(item)?.as_ref());
        let milestones = timeline.milestones.observed().filter_map(|(milestone, at)| {
            let source = timeline.milestones.source(milestone)?;
            Some(ObservedMilestone { milestone, at, source })
        });
        let row = Row {
            kind: RowKind::Item,
            item: Some(self.first + item),
            path: request.as_ref().map(|request| Cow::Owned(request.path().into_owned())),
            method: request.map(|request| Cow::Owned(request.method)),
            phases: Vec::new(),
            milestones: milestones.collect(),
            connection: None,
            worker: timeline.worker,
            thread: joined.socket.map(|row| row.thread),
            status: entry(columns.status.as_ref(), item).or(seen_status),
            bytes: entry(columns.bytes.as_ref(), item)
                .or_else(|| joined.request.map(|row| row.body_bytes)),
            error,
            is_on_path: self.on_path.contains(&item),
            witness: joined
                .request
                .map(WitnessedRequest::by_endpoint)
                .or_else(|| joined.socket.map(WitnessedRequest::by_sockets)),
        };
        Draft { row, keys: keys(columns, item, joined) }
    }

    /// The row of a request that only a witness saw, without its phases.
    fn seen_request(&self, at: usize, kind: RowKind, item: Option<usize>) -> Option<Draft<'a>> {
        let seen = self.seen.get(at)?;
        let witness = self.witnessed(at);
        let by_endpoint = self.examined.witness().is_some();
        let key = if by_endpoint { ConnectionKey::Endpoint } else { ConnectionKey::Socket };
        let bytes = self.examined.witness().and_then(|witness| witness.requests.get(at));
        let row = Row {
            kind,
            item: item.map(|item| self.first + item),
            method: seen.method.map(Cow::Borrowed),
            path: seen.path.map(Cow::Borrowed),
            phases: Vec::new(),
            milestones: witness.map_or_else(Vec::new, |witness| witness.milestones()),
            connection: None,
            worker: None,
            thread: seen.thread,
            status: seen.status,
            bytes: bytes.map(|row| row.body_bytes),
            error: None,
            is_on_path: item.is_some_and(|item| self.on_path.contains(&item)),
            witness,
        };
        let keys = ConnectionKeys { client: None, witness: Some(key(seen.connection)) };
        Some(Draft { row, keys })
    }

    /// What the witness saw of the request at this place of it.
    fn witnessed(&self, at: usize) -> Option<WitnessedRequest> {
        match self.examined.witness() {
            Some(witness) => witness.requests.get(at).map(WitnessedRequest::by_endpoint),
            None => self.socket_request(at).map(WitnessedRequest::by_sockets),
        }
    }

    fn socket_request(&self, at: usize) -> Option<&'a SocketRequest> {
        self.examined.sockets()?.requests.get(at)
    }

    /// The phases of a request as the witness saw them, within the batch.
    fn exchange(&self, at: usize) -> Phases {
        let mut phases = Phases::default();
        let Some(seen) = self.witnessed(at) else { return phases };
        if self.examined.witness().is_none()
            && let Some(row) = self.socket_request(at)
        {
            phases.push(Phase::Send, row.writing, row.sent);
        }
        let end = seen.answered.or(seen.first_byte).unwrap_or(seen.arrived);
        phases.push(Phase::Wait, seen.arrived, seen.first_byte.unwrap_or(end));
        phases.push(Phase::Receive, seen.first_byte.unwrap_or(end), end);
        phases.part(Span::ZERO, self.examined.observed_time())
    }

    fn threads(&self) -> Vec<ThreadLane> {
        let threads = &self.examined.threads;
        let end = self.examined.observed_time();
        let lanes = threads.histories().map(|(thread, history)| ThreadLane {
            thread,
            role: threads.role(thread),
            process: history.thread().process,
            stretches: history.stretches(history.began(), history.thread().ended.min(end)),
        });
        lanes.collect()
    }
}

impl WitnessedRequest {
    fn by_endpoint(row: &RequestRow) -> Self {
        Self {
            by: RequestWitness::Endpoint,
            arrived: row.last_byte_in,
            handled: Some(row.handled),
            first_byte: row.first_byte_out,
            answered: row.last_byte_out,
        }
    }

    fn by_sockets(row: &SocketRequest) -> Self {
        Self {
            by: RequestWitness::Socket,
            arrived: row.sent,
            handled: None,
            first_byte: row.first_byte,
            answered: row.last_byte,
        }
    }

    /// What it says about the milestones of a request of which the client says nothing.
    fn milestones(&self) -> Vec<ObservedMilestone> {
        let source = self.by.into();
        let passed = [
            (Milestone::Sent, Some(self.arrived)),
            (Milestone::FirstByte, self.first_byte),
            (Milestone::Done, self.answered),
        ];
        let observed = passed
            .into_iter()
            .filter_map(|(milestone, at)| Some(ObservedMilestone { milestone, at: at?, source }));
        observed.collect()
    }
}

/// Whether a milestone shows that a connection was opened.
fn opens(milestone: Milestone) -> bool {
    Milestone::Connecting <= milestone && milestone <= Milestone::Secured
}

fn keys(columns: &Columns, item: usize, joined: &Joined<'_>) -> ConnectionKeys {
    let by_endpoint = joined.request.map(|row| ConnectionKey::Endpoint(row.connection));
    let by_sockets = || joined.socket.map(|row| ConnectionKey::Socket(row.connection));
    ConnectionKeys {
        client: entry(columns.connection.as_ref(), item).map(ConnectionKey::Client),
        witness: by_endpoint.or_else(by_sockets),
    }
}

fn entry<T: Copy>(column: Option<&TraceColumn<T>>, item: usize) -> Option<T> {
    column?.get(item).copied().flatten()
}
