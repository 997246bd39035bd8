//! Counters of an arm: what its driver used of the machine, how many requests were in flight, and
//! how long a single request took.

use model::sampling::PackedHistogram;
use model::time::Span;
use model::trial::{Run, Usage};
use schemars::JsonSchema;
use serde::Serialize;
use stats::describe::{describe, quantile};
use stats::latency_histogram::{LatencyHistogram, PRECISION};
use stats::quantity::Probability;

use evidence::Examined;
use evidence::in_flight::{Flight, flights, most_at_once};

/// How many requests each quantile needs (see [`Latency`]).
pub(crate) const LEAST_FOR_P50: usize = 5;
pub(crate) const LEAST_FOR_P90: usize = 36;
pub(crate) const LEAST_FOR_P99: usize = 368;

/// Context switches of a driver's process per trial.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ContextSwitches {
    /// Those by which it gave up the CPU to wait.
    pub voluntary: Option<f64>,
    /// Those by which the CPU was taken from it.
    pub involuntary: Option<f64>,
}

/// How many requests were in flight: from started to done by the client's report, else by its system
/// calls.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct InFlight {
    /// Their number, averaged over the batch's time and then over the trials.
    pub mean: f64,
    /// The most that were in flight at once in any trial.
    pub most: usize,
}

/// How long a single request took from started to done, in seconds: over all requests of the
/// counted trials that succeeded. A quantile needs enough requests: the largest value of the sample
/// must lie above it with a probability of 97.5%, n ≥ ln 0.025 / ln q. Requests of one trial depend
/// on each other, so this is the minimum.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Latency {
    /// The number of requests in the sample.
    pub requests: usize,
    /// The median, given from 5 requests on.
    pub p50: Option<f64>,
    /// The 90th percentile, given from 36 requests on.
    pub p90: Option<f64>,
    /// The 99th percentile, given from 368 requests on.
    pub p99: Option<f64>,
    /// By how much these times may be off, as a share of them, where they are from histograms; null where they are
    /// exact.
    pub precision: Option<f64>,
}

/// CPU time of the driver's process, user and system, in seconds.
pub(crate) fn cpu_seconds(usage: &Usage) -> Option<f64> {
    Some((usage.user? + usage.system?).as_secs())
}

/// CPU time of the processes that the client started, in seconds.
pub(crate) fn child_cpu_seconds(usage: &Usage) -> Option<f64> {
    usage.children.map(Span::as_secs)
}

/// CPU time as a share of one core during the batch.
pub(crate) fn cpu_share(run: &Run) -> Option<f64> {
    let batch = Some(run.batch_time()).filter(|batch| !batch.is_zero())?;
    Some(cpu_seconds(&run.usage)? / batch.as_secs())
}

/// The context switches of these trials; none if no driver reports any.
pub(crate) fn context_switches(runs: &[&Run]) -> Option<ContextSwitches> {
    let mean = |switches: fn(&Usage) -> Option<u64>| {
        mean(runs.iter().filter_map(|run| Some(switches(&run.usage)? as f64)))
    };
    let switches = ContextSwitches {
        voluntary: mean(|usage| usage.voluntary_switches),
        involuntary: mean(|usage| usage.involuntary_switches),
    };
    (switches.voluntary.is_some() || switches.involuntary.is_some()).then_some(switches)
}

/// How many requests were in flight in these trials; none if no trial was observed for every
/// request.
pub(crate) fn in_flight(successes: &[Examined<'_>]) -> Option<InFlight> {
    let mut means = Vec::new();
    let mut most = 0;
    for examined in successes {
        let Some(flights) = flights(examined) else { continue };
        let batch = examined.observed_time();
        if !batch.is_zero() {
            means
                .push(flights.iter().map(Flight::length).sum::<Span>().as_secs() / batch.as_secs());
            most = most.max(most_at_once(&flights));
        }
    }
    Some(InFlight { mean: mean(means.into_iter())?, most })
}

/// How long single requests took in these trials; none if that was not observed.
pub(crate) fn latency(successes: &[Examined<'_>]) -> Option<Latency> {
    if successes.iter().any(|examined| examined.run.sampled.is_some()) {
        return Latency::of_histogram(&histogram(successes));
    }
    let timelines = successes.iter().flat_map(|examined| &examined.timelines);
    let flights = timelines.filter_map(|timeline| timeline.flight);
    let mut seconds: Vec<f64> = flights.map(|flight| flight.length().as_secs()).collect();
    seconds.sort_by(f64::total_cmp);
    Latency::new(seconds.len(), None, |share| quantile(&seconds, share))
}

/// The latencies of all requests of these trials.
pub(crate) fn histogram(successes: &[Examined<'_>]) -> LatencyHistogram {
    let mut histogram = LatencyHistogram::default();
    for examined in successes {
        match &examined.run.sampled {
            Some(sampled) => {
                let recorded = sampled.totals.latency.as_ref().and_then(PackedHistogram::unpack);
                recorded.iter().for_each(|recorded| histogram.add_recorded(recorded));
            }
            None => {
                let flights = examined.timelines.iter().filter_map(|timeline| timeline.flight);
                flights.for_each(|flight| histogram.record(flight.length().as_nanos()));
            }
        }
    }
    histogram
}

impl Latency {
    fn of_histogram(histogram: &LatencyHistogram) -> Option<Self> {
        let requests = usize::try_from(histogram.requests()).unwrap_or(usize::MAX);
        Self::new(requests, Some(PRECISION), |share| {
            Some(histogram.quantile(Probability::new(share)?)? as f64 / 1e9)
        })
    }

    fn new(
        requests: usize,
        precision: Option<f64>,
        quantile: impl Fn(f64) -> Option<f64>,
    ) -> Option<Self> {
        let from = |least: usize, share: f64| if requests < least { None } else { quantile(share) };
        (requests > 0).then(|| Self {
            requests,
            p50: from(LEAST_FOR_P50, 0.5),
            p90: from(LEAST_FOR_P90, 0.9),
            p99: from(LEAST_FOR_P99, 0.99),
            precision,
        })
    }
}

/// The mean of the values; none without a value.
pub(crate) fn mean(values: impl Iterator<Item = f64>) -> Option<f64> {
    describe(&values.collect::<Vec<f64>>()).mean
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::recording::{Recording, StopReason};
    use model::trace::Milestone;
    use test_support::sample::{Sample, timed};

    /// A recording of trials of 100 ms, each with the start and the end of its requests in ms.
    fn recording(trials: &[&[(u64, u64)]]) -> Recording {
        let size = trials.first().map_or(0, |requests| requests.len());
        let mut sample = Sample::new(&[("a/x", u32::try_from(size).expect("is small"))]);
        for requests in trials {
            sample.block(&[(&format!("a/x@{size}"), 100)]);
            sample.last_run().columns = timed(requests);
        }
        sample.end(StopReason::Blocks)
    }

    fn arm(recording: &Recording) -> crate::ArmAnalysis {
        crate::analyse(recording).arms.remove(0)
    }

    #[test]
    fn requests_in_flight_are_averaged_over_the_time_and_counted_at_once() {
        let sequential = arm(&recording(&[&[(0, 50), (50, 100)]])).in_flight;
        assert_eq!(sequential, Some(InFlight { mean: 1.0, most: 1 }));
        let trials: [&[_]; 2] = [&[(0, 50), (25, 75), (75, 100)], &[(0, 100), (0, 100), (50, 100)]];
        let both = arm(&recording(&trials)).in_flight;
        assert_eq!(both, Some(InFlight { mean: f64::midpoint(1.25, 2.5), most: 3 }));
    }

    #[test]
    fn a_client_that_reports_nothing_has_no_counters() {
        let mut recording = recording(&[&[(0, 50), (50, 100)]]);
        let model::trial::Outcome::Ran(run) = &mut recording.trials[0].outcome else {
            panic!("it ran")
        };
        run.columns.milestones[Milestone::Done] = Some(vec![Some(Span::from_millis(50)), None]);
        let arm = arm(&recording);
        assert_eq!(arm.in_flight, None);
        assert_eq!(arm.latency.map(|latency| latency.requests), Some(1));
        assert_eq!((arm.context_switches, arm.peak_memory, arm.cpu_share), (None, None, None));
    }

    #[test]
    fn a_quantile_is_given_where_there_are_enough_requests() {
        let given = |requests: usize| {
            let trial: &[_] = &[(10, 12)];
            let latency = arm(&recording(&vec![trial; requests])).latency.expect("is known");
            assert_eq!(latency.requests, requests);
            [latency.p50, latency.p90, latency.p99].map(|quantile| quantile.is_some())
        };
        assert_eq!((given(4), given(5)), ([false, false, false], [true, false, false]));
        assert_eq!((given(35), given(36)), ([true, false, false], [true, true, false]));
        assert_eq!((given(367), given(368)), ([true, true, false], [true, true, true]));
        let trial: &[_] = &[(10, 11), (20, 22), (30, 33), (40, 44)];
        let latency = arm(&recording(&[trial, trial])).latency.expect("is known");
        assert_eq!(latency.p50, Some(0.0025));
    }

    #[test]
    fn cpu_time_is_a_share_of_the_batch() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        for (memory, voluntary) in [(7, Some(3)), (9, None), (8, Some(4))] {
            sample.block(&[("a/x@1", 100)]);
            sample.last_run().usage = Usage {
                children: Some(Span::from_millis(40)),
                user: Some(Span::from_millis(20)),
                system: Some(Span::from_millis(5)),
                voluntary_switches: voluntary,
                involuntary_switches: None,
                peak_memory: Some(memory),
                thread_starts: None,
                collecting: None,
            };
        }
        let arm = arm(&sample.end(StopReason::Blocks));
        assert_eq!((arm.cpu_seconds, arm.cpu_share), (Some(0.025), Some(0.25)));
        assert_eq!(arm.child_cpu_seconds, Some(0.04));
        assert_eq!(arm.peak_memory, Some(9));
        let switches = ContextSwitches { voluntary: Some(3.5), involuntary: None };
        assert_eq!(arm.context_switches, Some(switches));
    }
}
