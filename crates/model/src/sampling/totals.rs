//! What all requests of a sampled trial have in common: counts, which are exact, and histograms.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::histogram::{PackedHistogram, TimeCounter};
use crate::failure::{Failure, FailureKind};
use crate::phase::{PerPhase, Phase};
use crate::time::Span;
use crate::trace::Milestone;

/// Of how many different messages of a kind of failure the requests are counted apart.
const MOST_MESSAGES: usize = 20;

/// What all requests of a trial have in common, as the client reports it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Totals {
    /// How many requests were made.
    pub requests: u64,
    /// The failed ones, by kind and message. Of a kind with many messages, the rest have that of the first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failures: Vec<FailureTotal>,
    /// The statuses of the responses; empty where the client reports none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<StatusTotal>,
    /// The bytes of all bodies together; null where they are unknown of a request.
    pub bytes: Option<u64>,
    /// Each phase of the requests in which it was observed, as the client's milestones show it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub phases: Vec<PhaseTimes>,
    /// The time of each request from started to done; null where that was not observed.
    pub latency: Option<PackedHistogram>,
}

/// How long a phase of single requests took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct PhaseTimes {
    /// The phase.
    pub phase: Phase,
    /// Its times.
    pub times: PackedHistogram,
}

/// How many requests failed in the same way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct FailureTotal {
    /// How they failed.
    pub failure: Failure,
    /// How many.
    pub requests: u64,
}

/// How many responses had the same status.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct StatusTotal {
    /// The status.
    pub status: u16,
    /// How many.
    pub requests: u64,
}

impl Totals {
    /// How many requests failed.
    pub fn failed(&self) -> u64 {
        self.failures.iter().map(|total| total.requests).sum()
    }

    /// Counts further failures.
    pub fn add_failures(&mut self, failure: Failure, requests: u64) {
        let same = |total: &&mut FailureTotal| total.failure == failure;
        if let Some(total) = self.failures.iter_mut().find(same) {
            total.requests += requests;
            return;
        }
        let of_kind = |total: &&mut FailureTotal| total.failure.kind == failure.kind;
        if self.of_kind(failure.kind) >= MOST_MESSAGES
            && let Some(first) = self.failures.iter_mut().find(of_kind)
        {
            first.requests += requests;
            return;
        }
        self.failures.push(FailureTotal { failure, requests });
    }

    fn of_kind(&self, kind: FailureKind) -> usize {
        self.failures.iter().filter(|total| total.failure.kind == kind).count()
    }

    fn add_status(&mut self, status: u16) {
        match self.statuses.iter_mut().find(|total| total.status == status) {
            Some(total) => total.requests += 1,
            None => self.statuses.push(StatusTotal { status, requests: 1 }),
        }
    }
}

/// What is counted of one request.
pub trait RequestTimes {
    /// When it passed a milestone, where that was observed.
    fn at(&self, milestone: Milestone) -> Option<Span>;
    /// The status of its response.
    fn status(&self) -> Option<u16>;
    /// The bytes of its body.
    fn bytes(&self) -> Option<u64>;
}

/// Counts the requests of a trial.
#[derive(Debug, Default)]
pub struct TotalsCounter {
    totals: Totals,
    unknown_bytes: bool,
    phases: PerPhase<TimeCounter>,
    latency: TimeCounter,
}

impl TotalsCounter {
    /// Counts a request and how it failed, if it did. Only times of one that succeeded are counted.
    pub fn add(&mut self, request: &impl RequestTimes, failure: Option<Failure>) {
        self.totals.requests += 1;
        if let Some(status) = request.status() {
            self.totals.add_status(status);
        }
        match request.bytes() {
            Some(bytes) => *self.totals.bytes.get_or_insert_default() += bytes,
            None => self.unknown_bytes = true,
        }
        match failure {
            Some(failure) => self.totals.add_failures(failure, 1),
            None => self.add_times(request),
        }
    }

    fn add_times(&mut self, request: &impl RequestTimes) {
        let (mut before, mut phases) = (None, PerPhase::<Option<Span>>::default());
        for milestone in Milestone::ALL {
            let Some(at) = request.at(milestone) else { continue };
            if let Some(before) = before {
                let phase = &mut phases[Phase::before(milestone)];
                *phase = Some(phase.unwrap_or_default() + at.saturating_sub(before));
            }
            before = Some(at);
        }
        for (phase, time) in phases {
            time.into_iter().for_each(|time| self.phases[phase].add(time));
        }
        if let (Some(started), Some(done)) =
            (request.at(Milestone::Started), request.at(Milestone::Done))
        {
            self.latency.add(done.saturating_sub(started));
        }
    }

    /// Counts requests of which nothing is known but how they failed.
    pub fn add_failed(&mut self, failure: Failure, requests: u64) {
        self.totals.requests += requests;
        self.unknown_bytes = true;
        self.totals.add_failures(failure, requests);
    }

    /// The totals.
    pub fn finish(mut self) -> Totals {
        self.totals.bytes = self.totals.bytes.filter(|_| !self.unknown_bytes);
        let packed =
            |(phase, times): (Phase, TimeCounter)| Some(PhaseTimes { phase, times: times.pack()? });
        self.totals.phases = self.phases.into_iter().filter_map(packed).collect();
        self.totals.latency = self.latency.pack();
        self.totals
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Made([Option<u64>; Milestone::COUNT]);

    impl Made {
        fn new(times: &[(Milestone, u64)]) -> Self {
            let mut made = Self([None; Milestone::COUNT]);
            times.iter().for_each(|&(milestone, at)| made.0[milestone.index()] = Some(at));
            made
        }
    }

    impl RequestTimes for Made {
        fn at(&self, milestone: Milestone) -> Option<Span> {
            self.0[milestone.index()].map(Span::from_nanos)
        }

        fn status(&self) -> Option<u16> {
            Some(200)
        }

        fn bytes(&self) -> Option<u64> {
            Some(3)
        }
    }

    fn failure(message: &str) -> Failure {
        Failure { kind: FailureKind::Reset, message: message.to_owned() }
    }

    #[test]
    fn counts_are_exact_and_times_are_in_histograms() {
        let mut counter = TotalsCounter::default();
        for wait in 1..=100 {
            let times = [(Milestone::Started, 10), (Milestone::Sent, 20)];
            let done = [(Milestone::FirstByte, 20 + wait), (Milestone::Done, 500)];
            counter.add(&Made::new(&[times, done].concat()), None);
        }
        counter.add(&Made::new(&[(Milestone::Started, 10)]), Some(failure("gone")));
        let totals = counter.finish();
        assert_eq!((totals.requests, totals.failed(), totals.bytes), (101, 1, Some(303)));
        assert_eq!(totals.statuses, [StatusTotal { status: 200, requests: 101 }]);
        let of_phase = |phase| {
            let times = totals.phases.iter().find(|times| times.phase == phase);
            times.and_then(|times| times.times.unpack())
        };
        let wait = of_phase(Phase::Wait).expect("was observed");
        assert_eq!((wait.len(), wait.value_at_quantile(0.5)), (100, 50));
        assert_eq!(of_phase(Phase::Tls), None);
        let latency = totals.latency.and_then(|latency| latency.unpack()).expect("was observed");
        assert_eq!((latency.min(), latency.max()), (490, 490));
    }

    #[test]
    fn failures_with_too_many_messages_are_still_counted() {
        let mut counter = TotalsCounter::default();
        for number in 0..1000 {
            counter.add(&Made::new(&[]), Some(failure(&format!("gone {number}"))));
        }
        counter.add_failed(failure("gone 0"), 5);
        let totals = counter.finish();
        assert_eq!((totals.failed(), totals.failures.len()), (1005, MOST_MESSAGES));
        assert_eq!(totals.bytes, None);
    }
}
