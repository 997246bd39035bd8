//! What was seen of an arm's conduct in its counted trials, those that failed included: means of a
//! trial, null where nobody saw it.

use model::time::Span;
use model::trace::Milestone;
use model::trial::{Outcome, Run, Trial};
use model::witness::{Closer, Witness};

use crate::counters::mean;
use evidence::detour::DetourCause;
use evidence::threads::fetching_threads;

/// After how long a client's system asks for a connection again that was not answered: a second (RFC
/// 6298, 2.1), by a timer that may fire a tick early.
const ASKED_AGAIN: Span = Span::from_millis(980);

/// What an arm's trials show beside their times.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Seen {
    /// How many requests the server refused because there were too many.
    pub(crate) refused: Option<f64>,
    /// How many requests the server redirected.
    pub(crate) redirected: Option<f64>,
    /// How many connections the server closed while the batch went on.
    pub(crate) closed_by_server: Option<f64>,
    /// How many connections the client closed while the batch went on.
    pub(crate) closed_by_client: Option<f64>,
    /// How many connections the client broke off while something to be read lay in them.
    pub(crate) broken_off: Option<f64>,
    /// How many connections were open only after they had to be asked for again: by the client's word.
    pub(crate) asked_again: Option<f64>,
    /// The most requests that the server handled at once in any trial.
    pub(crate) handled_at_once: Option<u64>,
    /// How many threads made requests, by the client's word.
    pub(crate) threads: Option<f64>,
    /// The bytes of all bodies together, by the server's word.
    pub(crate) body_bytes: Option<f64>,
}

impl Seen {
    /// Looks at the counted trials of an arm.
    pub(crate) fn of(counted: &[&Trial]) -> Self {
        let witnesses: Vec<&Witness> =
            counted.iter().filter_map(|trial| trial.witness.as_ref()).collect();
        let witnessed = |count: &dyn Fn(&Witness) -> usize| {
            mean(witnesses.iter().map(|witness| count(witness) as f64))
        };
        let turned_away = |reason: DetourCause| {
            let by_witness = witnessed(&|witness| {
                witness
                    .requests
                    .iter()
                    .filter(|row| DetourCause::of_status(row.status) == Some(reason))
                    .count()
            });
            by_witness.or_else(|| mean(runs(counted).filter_map(|run| told(run, reason))))
        };
        let closed = |closer| witnessed(&|witness| closed(witness, closer));
        let in_flight = witnesses.iter().flat_map(|witness| &witness.requests);
        Self {
            refused: turned_away(DetourCause::TooManyRequests),
            redirected: turned_away(DetourCause::Redirect),
            closed_by_server: closed(Closer::Server),
            closed_by_client: closed(Closer::Client),
            broken_off: witnessed(&|witness| {
                let rows = witness.connections.iter();
                rows.filter(|row| row.closed_by == Some(Closer::Reset)).count()
            }),
            asked_again: mean(runs(counted).filter_map(asked_again)),
            handled_at_once: in_flight.map(|row| row.in_flight).max(),
            threads: mean(
                counted.iter().filter_map(|trial| fetching_threads(trial)).map(|each| each as f64),
            ),
            body_bytes: mean(
                witnesses
                    .iter()
                    .map(|witness| witness.requests.iter().map(|row| row.body_bytes as f64).sum()),
            ),
        }
    }
}

fn runs<'a>(counted: &'a [&Trial]) -> impl Iterator<Item = &'a Run> {
    counted.iter().filter_map(|trial| match &trial.outcome {
        Outcome::Ran(run) => Some(&**run),
        Outcome::Lost(_) => None,
    })
}

/// How many answers of a trial had a status that turned the request away, by the client's word.
fn told(run: &Run, reason: DetourCause) -> Option<f64> {
    let statuses = run.columns.status.as_ref()?.iter().flatten();
    Some(statuses.filter(|&&status| DetourCause::of_status(status) == Some(reason)).count() as f64)
}

/// How many connections were closed by one side before the last request had been answered.
fn closed(witness: &Witness, closer: Closer) -> usize {
    let over = witness.requests.iter().filter_map(|row| row.last_byte_out).max();
    let early = |closed| over.is_some_and(|over| closed < over);
    let rows = witness.connections.iter().filter(|row| row.closed_by == Some(closer));
    rows.filter(|row| row.closed.is_some_and(early)).count()
}

fn asked_again(run: &Run) -> Option<f64> {
    let (from, to) = (
        run.columns.milestone(Milestone::Connecting)?,
        run.columns.milestone(Milestone::Connected)?,
    );
    let opened = from.iter().zip(to).filter_map(|(from, to)| Some((*to)?.saturating_sub((*from)?)));
    Some(opened.filter(|&length| length >= ASKED_AGAIN).count() as f64)
}
