//! What the counted trials of an arm show besides their times, failed ones included: means of a
//! trial, null where not observed.

use std::collections::BTreeSet;

use model::sampling::StatusTotal;
use model::socket::{SocketWitness, ThreadPlace};
use model::time::Span;
use model::trace::Milestone;
use model::trial::{Outcome, Run, Trial};
use model::witness::{Closer, Witness};

use crate::counters::mean;
use evidence::detour::DetourCause;
use evidence::pauses::are_delayed_acknowledgements;
use evidence::threads::fetching_threads;
use evidence::traffic::{Traffic, complete_sockets};

/// How long a client's system waits before it sends an unanswered SYN again: a second (RFC 6298,
/// 2.1), by a timer that may fire a tick early.
const RETRY: Span = Span::from_millis(980);

/// What an arm's trials show besides their times.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Observations {
    /// Requests that the server refused with 429.
    pub(crate) refused: Option<f64>,
    /// Requests that the server redirected.
    pub(crate) redirected: Option<f64>,
    /// Connections that the server closed before the batch was done.
    pub(crate) closed_by_server: Option<f64>,
    /// Connections that the client closed before the batch was done.
    pub(crate) closed_by_client: Option<f64>,
    /// Connections that the client broke off with unread bytes in them.
    pub(crate) broken_off: Option<f64>,
    /// Connections whose SYN had to be sent again, by the client's trace or the socket witness.
    pub(crate) retried_connects: Option<f64>,
    /// Datagrams of HTTP/3 that the link lost.
    pub(crate) lost: Option<f64>,
    /// Segments of TCP that the client's kernel sent again, on connections that it closed in the trial.
    pub(crate) sent_again: Option<f64>,
    /// The most requests that the server handled at once in any trial.
    pub(crate) handled_at_once: Option<u64>,
    /// How many streams the server allows at once on a connection of HTTP/2; the least of all connections.
    pub(crate) streams_allowed: Option<u64>,
    /// Threads that sent requests, by the client's trace or the socket witness.
    pub(crate) threads: Option<f64>,
    /// The bytes of all bodies together, as the server sent them.
    pub(crate) body_bytes: Option<f64>,
    /// Names that were looked up, by the socket witness.
    pub(crate) lookups: Option<f64>,
    /// Threads that looked names up and made no requests. None where others looked names up.
    pub(crate) resolvers: Option<f64>,
    /// Whether long pauses in responses can be those of delayed acknowledgements, if there are any.
    pub(crate) delayed_acknowledgements: Option<bool>,
    /// The bytes of all responses together, as the client read them from its sockets.
    pub(crate) response_bytes: Option<f64>,
}

impl Observations {
    /// Counts over the trials of an arm.
    pub(crate) fn new(trials: &[&Trial]) -> Self {
        let witnesses: Vec<&Witness> =
            trials.iter().filter_map(|trial| trial.witness.as_ref()).collect();
        let witnessed = |count: fn(&Witness) -> f64| {
            let of_trial = |trial: &&Trial| Some(parts(trial) * count(trial.witness.as_ref()?));
            mean(trials.iter().filter_map(of_trial))
        };
        let turned_away = |cause: DetourCause| {
            let by_witness = mean(trials.iter().filter_map(|trial| turned_away(trial, cause)));
            by_witness.or_else(|| mean(runs(trials).filter_map(|run| turned_away_in(run, cause))))
        };
        let closed = |closer| mean(trials.iter().filter_map(|trial| closed_early(trial, closer)));
        let sockets = || trials.iter().filter_map(|trial| complete_sockets(trial));
        let requests = || witnesses.iter().flat_map(|witness| &witness.requests);
        Self {
            refused: turned_away(DetourCause::TooManyRequests),
            redirected: turned_away(DetourCause::Redirect),
            closed_by_server: closed(Closer::Server),
            closed_by_client: closed(Closer::Client),
            broken_off: witnessed(broken_off),
            retried_connects: mean(trials.iter().filter_map(|trial| retried_connects(trial))),
            lost: witnessed(|witness| witness.losses.len() as f64),
            sent_again: mean(sockets().map(sent_again)),
            handled_at_once: requests().map(|row| row.in_flight).max(),
            streams_allowed: witnesses
                .iter()
                .flat_map(|witness| &witness.connections)
                .filter_map(|row| Some(row.streams?.limit))
                .min(),
            threads: mean(
                trials.iter().filter_map(|trial| fetching_threads(trial)).map(|each| each as f64),
            ),
            body_bytes: witnessed(body_bytes),
            lookups: mean(sockets().map(|sockets| sockets.lookups.len() as f64)),
            resolvers: mean(sockets().filter_map(resolvers)),
            delayed_acknowledgements: are_delayed_acknowledgements(trials.iter().copied()),
            response_bytes: mean(sockets().map(response_bytes)),
        }
    }
}

fn runs<'a>(trials: &'a [&Trial]) -> impl Iterator<Item = &'a Run> {
    trials.iter().filter_map(|trial| match &trial.outcome {
        Outcome::Ran(run) => Some(&**run),
        Outcome::Lost(_) => None,
    })
}

/// How many requests had a status of this cause. None if a status was not visible.
fn turned_away(trial: &Trial, cause: DetourCause) -> Option<f64> {
    let of_cause = |status: &u16| DetourCause::of_status(*status) == Some(cause);
    if let Some(totals) = trial.witness.as_ref().and_then(|witness| witness.totals.as_ref()) {
        let totals = totals.requests.iter().filter(|total| of_cause(&total.status));
        return Some(totals.map(|total| total.requests as f64).sum());
    }
    let traffic = Traffic::of_trial(trial)?;
    let statuses: Option<Vec<u16>> = traffic.requests.iter().map(|row| row.status).collect();
    Some(statuses?.into_iter().filter(of_cause).count() as f64)
}

/// How many responses had a status of this cause, as the client reports them.
fn turned_away_in(run: &Run, cause: DetourCause) -> Option<f64> {
    if let Some(sampled) = &run.sampled {
        let of_cause = |total: &&StatusTotal| DetourCause::of_status(total.status) == Some(cause);
        let totals = sampled.totals.statuses.iter().filter(of_cause);
        return Some(totals.map(|total| total.requests as f64).sum());
    }
    let statuses = run.columns.status.as_ref()?.iter().flatten();
    Some(statuses.filter(|&&status| DetourCause::of_status(status) == Some(cause)).count() as f64)
}

/// How many connections one end closed before the last request was answered.
fn closed_early(trial: &Trial, closer: Closer) -> Option<f64> {
    let traffic = Traffic::of_trial(trial)?;
    let over = traffic.requests.iter().filter_map(|row| row.ended).max();
    let early = |closed| over.is_some_and(|over| closed < over);
    let rows = traffic.connections.iter().filter(|row| row.closed_by == Some(closer));
    Some(parts(trial) * rows.filter(|row| row.closed.is_some_and(early)).count() as f64)
}

fn sent_again(sockets: &SocketWitness) -> f64 {
    let again = sockets.connections.iter().filter_map(|connection| connection.retransmissions);
    again.map(f64::from).sum()
}

fn broken_off(witness: &Witness) -> f64 {
    witness.connections.iter().filter(|row| row.closed_by == Some(Closer::Reset)).count() as f64
}

/// How many times the requests that have rows are contained in the batch.
fn parts(trial: &Trial) -> f64 {
    let Outcome::Ran(run) = &trial.outcome else { return 1.0 };
    run.sampled.as_ref().map_or(1.0, |sampled| {
        sampled.totals.requests as f64 / f64::from(sampled.stretch.requests.max(1))
    })
}

fn body_bytes(witness: &Witness) -> f64 {
    witness.requests.iter().map(|row| row.body_bytes as f64).sum()
}

fn resolvers(sockets: &SocketWitness) -> Option<f64> {
    let threads: BTreeSet<ThreadPlace> =
        sockets.lookups.iter().map(|lookup| lookup.thread).collect();
    let fetches = sockets.requests.iter().any(|row| threads.contains(&row.thread));
    (!fetches && !threads.is_empty()).then_some(threads.len() as f64)
}

fn response_bytes(sockets: &SocketWitness) -> f64 {
    sockets.requests.iter().map(|row| row.bytes_in as f64).sum()
}

/// How many connections took as long to open as a second SYN takes, by the client's trace, else by
/// the socket witness.
fn retried_connects(trial: &Trial) -> Option<f64> {
    let reported = || {
        let Outcome::Ran(run) = &trial.outcome else { return None };
        let column = |milestone| run.columns.milestone(milestone);
        let (from, to) = (column(Milestone::Connecting)?, column(Milestone::Connected)?);
        Some(from.iter().zip(to).filter(|(from, to)| is_retried(**from, **to)).count())
    };
    let seen = || {
        let connections = &complete_sockets(trial)?.connections;
        Some(connections.iter().filter(|row| is_retried(row.connecting, row.connected)).count())
    };
    Some(reported().or_else(seen)? as f64)
}

fn is_retried(connecting: Option<Span>, connected: Option<Span>) -> bool {
    let took = connected.zip(connecting).map(|(to, from)| to.saturating_sub(from));
    took.is_some_and(|took| took >= RETRY)
}
