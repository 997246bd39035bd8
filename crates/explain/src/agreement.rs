//! Compares what the client reports of its trials with what the embedded endpoint saw of them.
//!
//! Counts must be equal; several requests for one item count once. More requests at the endpoint than
//! the client reports are a fact about the code, and so are the bytes and connections that they need:
//! `requests_per_item` counts them. No byte arrives before it was sent. A client stamps `sent` before the call that hands over the last byte, and
//! its other milestones after their calls. The endpoint stamps input after it came and output
//! before it goes. So the order of two stamps needs no tolerance. A sum of times may exceed the
//! endpoint's a little, because the kernel has to wake the client.

use std::collections::BTreeSet;

use model::time::Span;
use model::trace::{Columns, Milestone, TraceColumn};
use model::trial::Run;
use model::witness::{RequestRow, Witness};
use schemars::JsonSchema;
use serde::Serialize;

use evidence::{ArmEvidence, Examined};

/// How much a client's sum of times may exceed the witness's: this much per request, or a share of
/// the whole if that is more.
const TOLERANCE_A_REQUEST: Span = Span::from_nanos(150_000);

/// The share: 1 in 100.
const TOLERANCE_SHARE: u64 = 100;

/// A subject about which the client and the endpoint disagree in some trials of an arm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(tag = "about", rename_all = "snake_case")]
pub enum Disagreement {
    /// How many requests were made.
    Requests(Dispute<u64>),
    /// The bytes of all bodies together.
    Bytes(Dispute<u64>),
    /// How many connections carried the requests.
    Connections(Dispute<u64>),
    /// `sent` is after the arrival of the request's last byte.
    SentLate(Dispute<Span>),
    /// `first_byte` is before the response's first byte was written.
    FirstByteEarly(Dispute<Span>),
    /// `done` is before the response's last byte was written.
    DoneEarly(Dispute<Span>),
    /// How many requests were done, and how many of their responses were written to the end.
    Responses(Dispute<u64>),
    /// The sum of (done - writing) over all trials exceeds the time that the requests spent at the
    /// endpoint, holds included, by more than 1% and 0.15 ms per request. Both figures are means
    /// per trial.
    Residence(Dispute<Span>),
}

/// The number of trials in which the two disagree, and both figures of the trial with the largest
/// difference. Times are nanoseconds: of one request after the start of the trial, or a sum.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Dispute<T> {
    /// The number of trials.
    pub trials: usize,
    /// What the client reports.
    pub client: T,
    /// What the endpoint saw.
    pub witness: T,
}

/// Compares the trials of an arm with what the endpoint saw of them. Each disagreement comes once.
pub(crate) fn disagreements(arm: &ArmEvidence<'_>) -> Vec<Disagreement> {
    if arm.setting.is_none() {
        return Vec::new();
    }
    let mut disputes = Disputes::default();
    // The rows of a stretch begin and end among others, so their counts differ.
    for examined in arm.successes.iter().filter(|examined| examined.run.sampled.is_none()) {
        if let Some(witness) = examined.witness() {
            disputes.compare_counts(examined, witness);
            disputes.compare_times(examined);
        }
    }
    disputes.into_disagreements()
}

/// The dispute over all trials so far, if there is one.
type Worst<T> = Option<Dispute<T>>;

#[derive(Debug, Default)]
struct Disputes {
    requests: Worst<u64>,
    bytes: Worst<u64>,
    connections: Worst<u64>,
    responses: Worst<u64>,
    sent_late: Worst<Span>,
    first_byte_early: Worst<Span>,
    done_early: Worst<Span>,
    residence: Residence,
}

impl Disputes {
    fn compare_counts(&mut self, examined: &Examined<'_>, witness: &Witness) {
        let (run, rows) = (examined.run, &witness.requests);
        let place = |row: &RequestRow| (row.connection, row.ordinal);
        let turned_away: BTreeSet<(u64, u64)> =
            examined.detours.iter().map(|detour| place(&rows[detour.first])).collect();
        let kept = || rows.iter().filter(|row| !turned_away.contains(&place(row)));
        let bodies = kept().map(|row| row.body_bytes).fold(0, u64::saturating_add);
        let used: BTreeSet<u64> = rows.iter().map(|row| row.connection).collect();
        let reported = requests(&run.columns, examined.joined.len());
        let exceeds = |seen: u64| reported.is_some_and(|reported| seen > reported);
        let seen = kept().count() as u64;
        let dispute = |client: Option<u64>, witness: u64, more_is_no_lie: bool| {
            let differs = |&client: &u64| client > witness || (client < witness && !more_is_no_lie);
            client.filter(differs).map(|client| Pair { client, witness })
        };
        add(&mut self.requests, dispute(reported, seen, true));
        add(&mut self.bytes, dispute(bytes(run), bodies, exceeds(seen)));
        let used = used.len() as u64;
        add(&mut self.connections, dispute(connections(run), used, exceeds(rows.len() as u64)));
    }

    fn compare_times(&mut self, examined: &Examined<'_>) {
        let run = examined.run;
        let rows = examined.joined.iter().enumerate();
        let exchanges: Vec<Exchange<'_>> = rows
            .filter_map(|(request, joined)| Some(Exchange::new(run, request, joined.request?)))
            .collect();
        let all = exchanges.iter();
        add(&mut self.responses, responses(&exchanges));
        add(
            &mut self.sent_late,
            all.clone().filter_map(Exchange::sent_late).max_by_key(Pair::distance),
        );
        add(
            &mut self.first_byte_early,
            all.clone().filter_map(Exchange::first_byte_early).max_by_key(Pair::distance),
        );
        add(&mut self.done_early, all.filter_map(Exchange::done_early).max_by_key(Pair::distance));
        self.residence.add(&exchanges);
    }

    fn into_disagreements(self) -> Vec<Disagreement> {
        [
            self.requests.map(Disagreement::Requests),
            self.bytes.map(Disagreement::Bytes),
            self.connections.map(Disagreement::Connections),
            self.responses.map(Disagreement::Responses),
            self.sent_late.map(Disagreement::SentLate),
            self.first_byte_early.map(Disagreement::FirstByteEarly),
            self.done_early.map(Disagreement::DoneEarly),
            self.residence.dispute().map(Disagreement::Residence),
        ]
        .into_iter()
        .flatten()
        .collect()
    }
}

/// Both figures of one trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pair<T> {
    client: T,
    witness: T,
}

/// The distance between two figures.
trait Figure: Copy + Eq {
    fn distance(self, other: Self) -> u64;
}

impl Figure for u64 {
    fn distance(self, other: Self) -> u64 {
        self.abs_diff(other)
    }
}

impl Figure for Span {
    fn distance(self, other: Self) -> u64 {
        self.as_nanos().abs_diff(other.as_nanos())
    }
}

impl<T: Figure> Pair<T> {
    fn distance(&self) -> u64 {
        self.client.distance(self.witness)
    }
}

/// Adds the figures of a trial to those of the trials before it.
fn add<T: Figure>(worst: &mut Worst<T>, found: Option<Pair<T>>) {
    let Some(found) = found else { return };
    let before = worst.map(|Dispute { client, witness, .. }| Pair { client, witness });
    let farthest = before.into_iter().chain([found]).max_by_key(Pair::distance).unwrap_or(found);
    let Pair { client, witness } = farthest;
    *worst = Some(Dispute { trials: worst.map_or(0, |worst| worst.trials) + 1, client, witness });
}

/// One request as both sides saw it.
#[derive(Clone, Copy, Debug)]
struct Exchange<'a> {
    writing: Option<Span>,
    sent: Option<Span>,
    first_byte: Option<Span>,
    done: Option<Span>,
    row: &'a RequestRow,
}

impl<'a> Exchange<'a> {
    fn new(run: &Run, request: usize, row: &'a RequestRow) -> Self {
        let at = |milestone| run.columns.at(milestone, request);
        Self {
            writing: at(Milestone::Writing),
            sent: at(Milestone::Sent),
            first_byte: at(Milestone::FirstByte),
            done: at(Milestone::Done),
            row,
        }
    }

    fn sent_late(&self) -> Option<Pair<Span>> {
        let pair = Pair { client: self.sent?, witness: self.row.last_byte_in };
        (pair.client > pair.witness).then_some(pair)
    }

    fn first_byte_early(&self) -> Option<Pair<Span>> {
        let pair = Pair { client: self.first_byte?, witness: self.row.first_byte_out? };
        (pair.client < pair.witness).then_some(pair)
    }

    fn done_early(&self) -> Option<Pair<Span>> {
        let pair = Pair { client: self.done?, witness: self.row.last_byte_out? };
        (pair.client < pair.witness).then_some(pair)
    }

    /// How long it took from end to end, if both sides know.
    fn residence(&self) -> Option<Pair<Span>> {
        Some(Pair {
            client: self.done?.saturating_sub(self.writing?),
            witness: self.row.last_byte_out?.saturating_sub(self.row.last_byte_in),
        })
    }
}

/// Both counts, if more requests were done than responses were written to the end.
fn responses(exchanges: &[Exchange<'_>]) -> Option<Pair<u64>> {
    let done = exchanges.iter().filter(|exchange| exchange.done.is_some());
    let client = done.clone().count() as u64;
    let witness = done.filter(|exchange| exchange.row.last_byte_out.is_some()).count() as u64;
    (client > witness).then_some(Pair { client, witness })
}

/// How long the requests of all trials took from end to end, of those for which both sides know.
#[derive(Debug, Default)]
struct Residence {
    client: Span,
    witness: Span,
    requests: u64,
    trials: usize,
}

impl Residence {
    fn add(&mut self, exchanges: &[Exchange<'_>]) {
        let times: Vec<Pair<Span>> = exchanges.iter().filter_map(Exchange::residence).collect();
        self.client = self.client + times.iter().map(|time| time.client).sum();
        self.witness = self.witness + times.iter().map(|time| time.witness).sum();
        self.requests += times.len() as u64;
        self.trials += usize::from(!times.is_empty());
    }

    /// A single stall is no dispute: the sums over all trials must exceed the tolerance.
    fn dispute(&self) -> Worst<Span> {
        let of_share = Span::from_nanos(self.witness.as_nanos() / TOLERANCE_SHARE);
        let tolerance = TOLERANCE_A_REQUEST.times(self.requests).max(of_share);
        let mean = |sum: Span| Span::from_nanos(sum.as_nanos() / self.trials.max(1) as u64);
        (self.client > self.witness + tolerance).then(|| Dispute {
            trials: self.trials,
            client: mean(self.client),
            witness: mean(self.witness),
        })
    }
}

/// How many requests the client reports: those with a status, a length or a connection. None if it
/// reports none of these.
fn requests(columns: &Columns, requests: usize) -> Option<u64> {
    let made = |&request: &usize| {
        reports(columns.status.as_ref(), request)
            || reports(columns.bytes.as_ref(), request)
            || reports(columns.connection.as_ref(), request)
    };
    Some((0..requests).filter(made).count() as u64).filter(|&made| made > 0)
}

fn reports<T>(column: Option<&TraceColumn<T>>, request: usize) -> bool {
    column.and_then(|column| column.get(request)).is_some_and(Option::is_some)
}

/// The bytes that the client read, if it reports them for every request.
fn bytes(run: &Run) -> Option<u64> {
    let bytes: Option<Vec<u64>> = run.columns.bytes.as_ref()?.iter().copied().collect();
    Some(bytes?.into_iter().fold(0, u64::saturating_add))
}

/// The connections that the client used, if it reports one for every request.
fn connections(run: &Run) -> Option<u64> {
    let named: Option<BTreeSet<u64>> = run.columns.connection.as_ref()?.iter().copied().collect();
    Some(named?.len() as u64)
}

#[cfg(test)]
mod tests;
