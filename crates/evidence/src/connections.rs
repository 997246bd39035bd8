//! How many connections a trial opened and used.
//!
//! The embedded endpoint counts them, else the socket witness. Without either the client's ordinals
//! do, which are unique in its process: a connection was opened in the first trial of that process
//! that names it. A trial with a request whose connection is unknown has no count.

use std::collections::{BTreeMap, BTreeSet};

use model::trial::{Outcome, Trial, TrialId};

use crate::traffic::Traffic;

/// The connections of one trial.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Connections {
    /// How many it opened.
    pub opened: usize,
    /// How many carried its requests.
    pub used: usize,
}

/// The connections of each of an arm's trials for which they are known. `trials` are all of the arm,
/// in the order in which they were run.
pub(crate) fn count_connections(trials: &[&Trial]) -> BTreeMap<TrialId, Connections> {
    let mut known: BTreeMap<u32, BTreeSet<u64>> = BTreeMap::new();
    let mut connections = BTreeMap::new();
    for trial in trials {
        // Pilot, warm-up and failed trials do not count, but the connections that they opened are
        // not new later.
        let known = known.entry(trial.process).or_default();
        let by_client = by_client(trial, known);
        if let Some(found) = by_witness(trial).or(by_client) {
            connections.insert(trial.id, found);
        }
    }
    connections
}

fn by_witness(trial: &Trial) -> Option<Connections> {
    if let Some(totals) = trial.witness.as_ref().and_then(|witness| witness.totals.as_ref()) {
        let count = |count: u64| usize::try_from(count).unwrap_or(usize::MAX);
        return Some(Connections { opened: count(totals.opened), used: count(totals.used) });
    }
    let traffic = Traffic::of_trial(trial)?;
    let used: BTreeSet<u64> = traffic.requests.iter().map(|request| request.connection).collect();
    Some(Connections { opened: traffic.opened().count(), used: used.len() })
}

fn by_client(trial: &Trial, known: &mut BTreeSet<u64>) -> Option<Connections> {
    let Outcome::Ran(run) = &trial.outcome else { return None };
    if run.sampled.is_some() {
        return None;
    }
    let column = run.columns.connection.as_ref()?;
    let named: BTreeSet<u64> = column.iter().flatten().copied().collect();
    let opened = named.difference(known).count();
    known.extend(&named);
    column.iter().all(Option::is_some).then_some(Connections { opened, used: named.len() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::recording::{Recording, StopReason};
    use model::witness::Witness;
    use test_support::sample::Sample;

    fn recording(connections: &[&[Option<u64>]]) -> Recording {
        let mut sample = Sample::new(&[("a/x", 2)]);
        for connections in connections {
            sample.block(&[("a/x@2", 10)]);
            sample.last_run().columns.connection = Some(connections.to_vec());
        }
        sample.end(StopReason::Blocks)
    }

    fn found(recording: &Recording) -> Vec<Connections> {
        count_connections(&recording.trials.iter().collect::<Vec<_>>()).into_values().collect()
    }

    #[test]
    fn a_connection_is_opened_once_per_process() {
        let both: &[Option<u64>] = &[Some(0), Some(1)];
        let mut recording = recording(&[both, &[Some(1), Some(1)], &[Some(2), Some(1)]]);
        let expected = [(2, 2), (0, 1), (1, 2)];
        let expected = expected.map(|(opened, used)| Connections { opened, used });
        assert_eq!(found(&recording), expected);
        // Another process counts from 0 again.
        recording.trials[2].process = 1;
        assert_eq!(found(&recording)[2], Connections { opened: 2, used: 2 });
    }

    #[test]
    fn leaves_out_a_trial_with_an_unknown_connection() {
        assert_eq!(found(&recording(&[&[Some(0), None]])), []);
    }

    #[test]
    fn prefers_the_count_of_the_endpoint() {
        let mut recording = recording(&[&[Some(0), Some(1)]]);
        recording.trials[0].witness = Some(Witness::default());
        assert_eq!(found(&recording), [Connections { opened: 0, used: 0 }]);
    }
}
