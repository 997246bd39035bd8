//! The failures of trials, by kind, with the requests that failed and the first message of each kind.

use std::collections::BTreeMap;

use model::failure::{Failure, FailureKind};
use model::plan::Plan;
use model::sampling::{FailureTotal, Totals};
use model::target::{Request, Requests};
use model::trial::{Loss, Outcome, Run, Trial};
use schemars::JsonSchema;
use serde::Serialize;

/// The failures of one kind.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FailureCount {
    /// The kind.
    pub kind: FailureKind,
    /// How many requests failed.
    pub requests: usize,
    /// How many trials failed. It counts those that did not start because one before them had failed in
    /// the same way.
    pub trials: usize,
    /// The client's first message.
    pub message: String,
    /// How many requests were made in all of the trials, failed or not.
    pub of_requests: usize,
    /// How many trials there were, failed or not.
    pub of_trials: usize,
    /// The requests that failed in this way, the most frequent first.
    pub failed: Vec<FailedRequest>,
}

/// A request of the plan that failed in one way, over all trials.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct FailedRequest {
    /// The method.
    pub method: String,
    /// The URL.
    pub url: String,
    /// The status of the response; null where the client reports none.
    pub status: Option<u16>,
    /// How often it failed.
    pub requests: usize,
    /// In how many trials it failed.
    pub trials: usize,
}

/// Trials that a driver did not finish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LostTrials {
    /// How many trials.
    pub trials: usize,
    /// What happened to the first.
    pub message: String,
    /// The end of what its driver wrote to its log.
    pub stderr: String,
}

/// The failures of some trials.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Failures {
    /// Those of requests, by kind.
    pub(crate) by_kind: Vec<FailureCount>,
    /// The trials that were lost.
    pub(crate) lost: Option<LostTrials>,
}

impl Failures {
    /// Counts the failures in `trials`. Without a plan the failed requests have no names.
    pub(crate) fn in_trials<'a>(
        trials: impl Iterator<Item = &'a Trial>,
        plan: Option<&Plan>,
    ) -> Self {
        let requests = PlannedRequests::new(plan);
        let mut counter = Counter::default();
        for trial in trials {
            counter.trials += 1;
            match &trial.outcome {
                Outcome::Ran(run) => counter.add_run(run, requests.of_trial(trial)),
                Outcome::Lost(loss) => counter.add_loss(loss),
            }
        }
        counter.into_failures()
    }
}

/// The requests of each arm's batch.
struct PlannedRequests<'a>(BTreeMap<&'a str, PlannedBatch<'a>>);

/// The requests of a batch: the first ones of its target.
#[derive(Clone, Copy)]
struct PlannedBatch<'a> {
    requests: &'a Requests,
    size: usize,
}

impl<'a> PlannedRequests<'a> {
    fn new(plan: Option<&'a Plan>) -> Self {
        let arms = plan.into_iter().flat_map(|plan| plan.arms.iter().map(move |arm| (plan, arm)));
        let named = arms.filter_map(|(plan, arm)| {
            let requests = &plan.target_of(arm)?.target.requests;
            let size = arm.batch_size.requests().min(requests.len());
            Some((arm.name.0.as_str(), PlannedBatch { requests, size }))
        });
        Self(named.collect())
    }

    fn of_trial(&self, trial: &Trial) -> Option<PlannedBatch<'a>> {
        self.0.get(trial.arm.0.as_str()).copied()
    }
}

/// The failures so far.
#[derive(Default)]
struct Counter {
    kinds: BTreeMap<FailureKind, KindCounter>,
    lost: Option<LostTrials>,
    requests: usize,
    trials: usize,
}

/// The failures of one kind so far.
#[derive(Default)]
struct KindCounter {
    requests: usize,
    trials: usize,
    message: Option<String>,
    failed: BTreeMap<FailureKey, Occurrences>,
}

/// What failed, and with which status.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct FailureKey {
    method: String,
    url: String,
    status: Option<u16>,
}

#[derive(Clone, Copy, Debug)]
struct Occurrences {
    /// Its place in the batch.
    place: usize,
    requests: usize,
    trials: usize,
    /// The number of the last trial.
    last: usize,
}

impl Counter {
    fn add_run(&mut self, run: &Run, batch: Option<PlannedBatch<'_>>) {
        let reported = run.columns.error.as_ref().map_or(0, Vec::len);
        self.requests += batch.map_or(reported, |batch| batch.size);
        let mut kinds: BTreeMap<FailureKind, usize> = BTreeMap::new();
        let first = run.sampled.as_ref().map_or(0, |sampled| sampled.stretch.first as usize);
        for (place, error) in run.columns.error.iter().flatten().enumerate() {
            let Some(Failure { kind, message }) = error else { continue };
            *kinds.entry(*kind).or_default() += 1;
            let counter = self.kinds.entry(*kind).or_default();
            counter.message.get_or_insert_with(|| message.clone());
            let planned = batch.and_then(|batch| batch.requests.get(first + place));
            if let Some(Request { method, url, .. }) = planned {
                let statuses = run.columns.status.as_ref();
                let status = statuses.and_then(|statuses| statuses.get(place)).copied().flatten();
                let key = FailureKey { method, url, status };
                let none = Occurrences { place: first + place, requests: 0, trials: 0, last: 0 };
                counter.failed.entry(key).or_insert(none).add(self.trials);
            }
        }
        if let Some(sampled) = &run.sampled {
            kinds = self.count_totals(&sampled.totals);
        }
        for (kind, requests) in kinds {
            let counter = self.kinds.entry(kind).or_default();
            counter.requests += requests;
            counter.trials += 1;
        }
    }

    /// The failed requests of a sampled trial. Only those of its stretch are named.
    fn count_totals(&mut self, totals: &Totals) -> BTreeMap<FailureKind, usize> {
        let mut kinds = BTreeMap::new();
        for FailureTotal { failure: Failure { kind, message }, requests } in &totals.failures {
            *kinds.entry(*kind).or_default() += usize::try_from(*requests).unwrap_or(usize::MAX);
            let counter = self.kinds.entry(*kind).or_default();
            counter.message.get_or_insert_with(|| message.clone());
        }
        kinds
    }

    fn add_loss(&mut self, loss: &Loss) {
        match loss.kind {
            Some(kind) => {
                let counter = self.kinds.entry(kind).or_default();
                counter.trials += 1;
                counter.message.get_or_insert_with(|| loss.message.clone());
            }
            None => {
                let lost = self.lost.get_or_insert_with(|| LostTrials {
                    trials: 0,
                    message: loss.message.clone(),
                    stderr: loss.stderr.clone(),
                });
                lost.trials += 1;
            }
        }
    }

    fn into_failures(self) -> Failures {
        let Self { kinds, lost, requests, trials } = self;
        let count = |(kind, counter): (FailureKind, KindCounter)| FailureCount {
            kind,
            requests: counter.requests,
            trials: counter.trials,
            failed: failed_requests(&counter.failed),
            message: counter.message.unwrap_or_default(),
            of_requests: requests,
            of_trials: trials,
        };
        Failures { by_kind: kinds.into_iter().map(count).collect(), lost }
    }
}

impl Occurrences {
    fn add(&mut self, trial: usize) {
        self.requests += 1;
        self.trials += usize::from(self.last != trial);
        self.last = trial;
    }
}

/// The failed requests, the most frequent first, and among equals in the order of the batch.
fn failed_requests(failed: &BTreeMap<FailureKey, Occurrences>) -> Vec<FailedRequest> {
    let mut failed: Vec<_> = failed.iter().collect();
    failed.sort_by_key(|(_, times)| (std::cmp::Reverse(times.requests), times.place));
    let named = failed.into_iter().map(|(key, times)| FailedRequest {
        method: key.method.clone(),
        url: key.url.clone(),
        status: key.status,
        requests: times.requests,
        trials: times.trials,
    });
    named.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::recording::StopReason;
    use test_support::sample::{Sample, failure};

    #[test]
    fn counts_failures_by_kind_with_their_first_message() {
        let mut sample = Sample::new(&[("a/x", 3)]);
        let timeout = |message: &str| Some(failure(FailureKind::Timeout, message));
        let status = Some(failure(FailureKind::Status, "503"));
        sample.failed("a/x@3", &[timeout("first"), None, timeout("second")]);
        sample.failed("a/x@3", &[timeout("third"), status, None]);
        sample.lost("a/x@3", "the driver died");
        sample.lost("a/x@3", "again");
        sample.not_started("a/x@3", FailureKind::Timeout);
        let recording = sample.end(StopReason::Blocks);
        let failures = Failures::in_trials(recording.trials.iter(), recording.plan.as_ref());
        let count = |kind, requests, trials, message: &str| {
            let found = failures.by_kind.iter().find(|count| count.kind == kind).expect("counted");
            assert_eq!((found.of_requests, found.of_trials), (6, 5));
            assert_eq!((found.requests, found.trials), (requests, trials));
            assert_eq!(found.message, message);
        };
        assert_eq!(failures.by_kind.len(), 2);
        count(FailureKind::Timeout, 3, 3, "first");
        count(FailureKind::Status, 1, 1, "503");
        let lost = failures.lost.expect("two were lost");
        assert_eq!((lost.trials, lost.message.as_str()), (2, "the driver died"));
    }

    #[test]
    fn names_the_failed_requests_with_their_statuses() {
        let mut sample = Sample::new(&[("a/x", 3)]);
        let failed = |code: u16| Some(failure(FailureKind::Status, &code.to_string()));
        for (errors, statuses) in [
            ([None, failed(404), failed(503)], [200, 404, 503]),
            ([None, failed(404), failed(404)], [200, 404, 404]),
        ] {
            sample.failed("a/x@3", &errors);
            sample.last_run().columns.status = Some(statuses.map(Some).to_vec());
        }
        let recording = sample.end(StopReason::Blocks);
        let failures = Failures::in_trials(recording.trials.iter(), recording.plan.as_ref());
        let named = |number, status, times| FailedRequest {
            method: "GET".to_owned(),
            url: format!("https://127.0.0.1:40001/todos/{number}"),
            status: Some(status),
            requests: times,
            trials: times,
        };
        assert_eq!(
            failures.by_kind[0].failed,
            [named(2, 404, 2), named(3, 404, 1), named(3, 503, 1)]
        );
        let unplanned = Failures::in_trials(recording.trials.iter(), None);
        assert_eq!((unplanned.by_kind[0].requests, unplanned.by_kind[0].of_requests), (4, 6));
        assert_eq!(unplanned.by_kind[0].failed, []);
    }

    #[test]
    fn counts_a_url_that_occurs_twice_in_a_batch_once_a_trial() {
        let mut sample = Sample::new(&[("a/x", 2)]);
        sample.failed("a/x@2", &[0, 1].map(|_| Some(failure(FailureKind::Reset, "cut off"))));
        let requests = &mut sample.plan().targets[0].target.requests;
        *requests = vec![requests.first().expect("has one"); 2].into();
        let recording = sample.end(StopReason::Blocks);
        let failures = Failures::in_trials(recording.trials.iter(), recording.plan.as_ref());
        let failed = &failures.by_kind[0].failed;
        assert_eq!((failed.len(), failed[0].requests, failed[0].trials), (1, 2, 1));
    }
}
