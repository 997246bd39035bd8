//! The threads of a client that made requests.

use std::collections::BTreeSet;

use model::socket::ThreadPlace;
use model::time::Span;
use model::trace::TraceColumn;
use model::trial::{Outcome, Trial};

use crate::traffic::{Traffic, complete_sockets};

/// The most of a core that a process with one thread uses, including its runtime's own threads.
pub const MOST_OF_ONE_THREAD: f64 = 1.25;

/// How many threads made a trial's requests: by the client's report of its workers, else by the
/// socket witness. Else how many were started for them before the first response was written; a
/// thread that starts later had nothing to wait for. None if none of these is known.
pub fn fetching_threads(trial: &Trial) -> Option<usize> {
    let Outcome::Ran(run) = &trial.outcome else { return None };
    let workers =
        |column: &TraceColumn<u64>| column.iter().flatten().collect::<BTreeSet<_>>().len();
    let reported = run.columns.worker.as_ref().map(workers);
    let wrote = || {
        let rows = complete_sockets(trial)?.requests.iter();
        let threads: BTreeSet<ThreadPlace> = rows.map(|row| row.thread).collect();
        Some(threads.len()).filter(|&threads| threads > 0)
    };
    let started = || {
        let traffic = Traffic::of_trial(trial).unwrap_or_default();
        let first = traffic.requests.iter().filter_map(|request| request.ended).min();
        let in_time = |start: &&Span| first.is_none_or(|first| **start < first);
        Some(run.usage.thread_starts.as_ref()?.iter().filter(in_time).count())
    };
    reported.or_else(wrote).or_else(started)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::recording::StopReason;
    use model::socket::{SocketRequest, SocketWitness};
    use model::witness::{RequestRow, Witness};
    use test_support::sample::{Sample, request_row};

    /// The fetching threads of a batch that starts threads at these milliseconds, whose first
    /// response was written at 30.
    fn threads_of(starts: &[u64]) -> Option<usize> {
        let mut sample = Sample::new(&[("a/x", 2)]);
        sample.block(&[("a/x@2", 100)]);
        let starts = starts.iter().map(|&at| Span::from_millis(at)).collect();
        sample.last_run().usage.thread_starts = Some(starts);
        let written =
            |at| RequestRow { last_byte_out: Some(Span::from_millis(at)), ..request_row() };
        sample.last_trial().witness =
            Some(Witness { requests: vec![written(60), written(30)].into(), ..Witness::default() });
        let recording = sample.end(StopReason::Blocks);
        recording.trials.iter().find_map(fetching_threads)
    }

    #[test]
    fn threads_that_wrote_requests_count_where_the_client_does_not_report_them() {
        let mut sample = Sample::new(&[("a/x", 2)]);
        sample.block(&[("a/x@2", 100)]);
        sample.last_run().usage.thread_starts = Some(vec![Span::ZERO; 5]);
        let rows = [3, 4, 3].map(|thread| SocketRequest { thread, ..SocketRequest::default() });
        let sockets = SocketWitness { requests: rows.to_vec().into(), ..SocketWitness::default() };
        sample.last_trial().socket = Some(Box::new(sockets));
        assert_eq!(fetching_threads(sample.last_trial()), Some(2));
    }

    #[test]
    fn a_thread_started_after_the_first_response_does_not_count() {
        assert_eq!(threads_of(&[1, 2, 29]), Some(3));
        assert_eq!(threads_of(&[1, 31, 62]), Some(1));
        assert_eq!(threads_of(&[]), Some(0));
    }
}
