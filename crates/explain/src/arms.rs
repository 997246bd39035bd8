//! The analysis of each arm on its own.

use std::collections::BTreeSet;

use model::arm::{Arm, ArmName, BatchSize, Label, Role};
use model::strategy::Conditions;
use model::trace::Milestone;
use model::trial::Run;
use schemars::JsonSchema;
use serde::Serialize;
use stats::describe::{Summary, describe};
use stats::median::MedianInterval;
use stats::quantity::Confidence;

use crate::agreement::{self, Disagreement};
use crate::bottleneck::ArmBottleneck;
use crate::charges;
use crate::counters::{self, ContextSwitches, InFlight, Latency, mean};
use crate::failures::{FailureCount, Failures, LostTrials};
use crate::findings::{ArmClient, ClientOrigin};
use crate::kept_session::KeptSession;
use crate::requests_per_item::{self, RequestCount};
use crate::threads::{self, ThreadFigures, ThreadGroup};
use evidence::account::PerCharge;
use evidence::http_versions::http_versions;
use evidence::open_streams::open_streams;
use evidence::{ArmEvidence, Evidence, Examined};
use model::phase::PerPhase;

/// The value of a condition with which the client decides.
const NATIVE: &str = "native";

/// The analysis of one arm. Figures other than counts of trials are means over the counted trials
/// in which every request succeeded and for which the figure is known.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ArmAnalysis {
    /// The arm's name.
    pub arm: ArmName,
    /// The strategy's whole name.
    pub strategy: String,
    /// The strategy with the conditions that were given.
    pub label: Label,
    /// Why the arm is in the plan.
    pub role: Role,
    /// How many requests its batch holds.
    pub batch_size: BatchSize,
    /// Every condition that the strategy knows.
    pub conditions: Conditions,
    /// The batch time, over the counted trials in which every request succeeded.
    pub describe: Describe,
    /// The lower end of the 95% interval of the median batch time (`describe.50%`), in seconds; null below six
    /// trials.
    pub median_low: Option<f64>,
    /// The upper end of the same interval.
    pub median_high: Option<f64>,
    /// These times in seconds, in the order in which they were run.
    #[serde(skip)]
    pub times: Vec<f64>,
    /// The part of it that the process itself takes: the mean time of the same command without
    /// work, in seconds. Null if there is none.
    pub start_seconds: Option<f64>,
    /// How many counted trials had a failed request or were lost.
    pub failed: usize,
    /// The failures of its counted trials, by kind.
    pub failures: Vec<FailureCount>,
    /// Its counted trials that were lost.
    pub lost: Option<LostTrials>,
    /// How many requests were seen for each item of the batch, by method and status; null where
    /// it saw none.
    pub requests_per_item: Option<Vec<RequestCount>>,
    /// How many connections were opened.
    pub connections: Option<f64>,
    /// How many connections carried requests.
    pub connections_used: Option<f64>,
    /// The version of HTTP that carried its requests, such as `2`, or `1.1 and 2`: as the endpoint saw it,
    /// else as the client reports it. Null where neither is known.
    pub http: Option<String>,
    /// The most streams of HTTP/2 that were open on one connection at once, until their responses had come; the
    /// maximum over its trials. Null where there was none.
    pub most_streams: Option<u64>,
    /// The TLS handshakes, as the endpoint or the socket witness counted them.
    pub handshakes: Option<Handshakes>,
    /// The bytes of all bodies together.
    pub bytes: Option<f64>,
    /// CPU time of the driver's process, user and system, in seconds.
    pub cpu_seconds: Option<f64>,
    /// CPU time of the processes that the client started, user and system, in seconds; no part of
    /// `cpu_seconds`.
    pub child_cpu_seconds: Option<f64>,
    /// CPU time as a share of one core during the batch.
    pub cpu_share: Option<f64>,
    /// How often the driver's process lost the CPU.
    pub context_switches: Option<ContextSwitches>,
    /// What the client's threads did, by their role; none without the socket witness.
    pub threads: Vec<ThreadGroup>,
    /// What is found in their waits.
    #[serde(skip)]
    pub(crate) thread_figures: ThreadFigures,
    /// The most memory that the driver's process has held since its start, in bytes; the maximum
    /// over all trials.
    pub peak_memory: Option<u64>,
    /// How many requests were in flight.
    pub in_flight: Option<InFlight>,
    /// How long a single request took.
    pub latency: Option<Latency>,
    /// Where the batch time went: the seconds of each phase on the critical path. They sum to the mean batch
    /// time. A phase is null if nothing of it was observed, and 0 if it took no time.
    pub path: PerPhase<Option<f64>>,
    /// The part of `path.tls` between the open connection and the first handshake byte, in seconds.
    pub tls_preparation: Option<f64>,
    /// Why the batch time went there: the seconds that are charged to each cause. Each nanosecond is charged to
    /// one cause, so they sum to the mean batch time. Null if no milestone of any request was observed.
    pub charges: Option<PerCharge<f64>>,
    /// How many requests lie on the critical path.
    pub path_requests: Option<f64>,
    /// The milestones that passed and were not observed.
    pub path_unobserved: Vec<Milestone>,
    /// The milestones that were observed, in their order.
    #[serde(skip)]
    pub(crate) path_observed: Vec<Milestone>,
    /// What the client and the embedded endpoint disagree about.
    pub disagreements: Vec<Disagreement>,
    /// How far the replay of its trials is from what was measured, as a share of the batch: the median
    /// over the trials, below 0 where the replay is shorter. Null where no request was observed. Where it
    /// is more than 0.05 away from 0, nothing is predicted for the arm.
    pub replay_error: Option<f64>,
    /// What limits its batches; null where the replay does not reproduce them.
    pub bottleneck: Option<ArmBottleneck>,
    /// What a session that is kept between batches would save, in seconds, by the replay; null where there
    /// is none to keep, or that would gain nothing that matters.
    pub kept_session: Option<KeptSession>,
}

impl ArmAnalysis {
    /// The mean batch time in seconds; none if no trial succeeded.
    pub const fn mean(&self) -> Option<f64> {
        self.describe.mean
    }

    /// The value of a condition. Nothing for one that leaves the decision to the user's code: what the
    /// code decides is not known.
    pub fn condition(&self, name: &str) -> Option<&str> {
        let is_own = ArmClient::new(&self.strategy, None).origin == ClientOrigin::OwnCode;
        let value = self.conditions.get(name).map(String::as_str);
        value.filter(|value| !(is_own && *value == NATIVE))
    }

    /// The number of counted trials, successful or not.
    pub const fn trials(&self) -> usize {
        self.describe.count + self.failed
    }
}

/// A sample's summary, with pandas' names, in seconds.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
#[expect(missing_docs, reason = "each is the row of the same name of pandas.DataFrame.describe")]
pub struct Describe {
    pub count: usize,
    pub mean: Option<f64>,
    pub std: Option<f64>,
    pub min: Option<f64>,
    #[serde(rename = "25%")]
    pub lower_quartile: Option<f64>,
    #[serde(rename = "50%")]
    pub median: Option<f64>,
    #[serde(rename = "75%")]
    pub upper_quartile: Option<f64>,
    pub max: Option<f64>,
}

impl From<Summary> for Describe {
    fn from(summary: Summary) -> Self {
        Self {
            count: summary.count,
            mean: summary.mean,
            std: summary.deviation,
            min: summary.min,
            lower_quartile: summary.lower_quartile,
            median: summary.median,
            upper_quartile: summary.upper_quartile,
            max: summary.max,
        }
    }
}

/// TLS handshakes per trial.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Handshakes {
    /// Those that started a session.
    pub full: f64,
    /// Those that resumed one.
    pub resumed: f64,
}

/// Analyses every arm on its own, in the plan's order, without its replay.
pub(crate) fn analyse(evidence: &Evidence<'_>) -> Vec<ArmAnalysis> {
    evidence.arms.iter().map(|arm| ArmAnalysis::new(evidence, arm)).collect()
}

impl ArmAnalysis {
    fn new(evidence: &Evidence<'_>, of: &ArmEvidence<'_>) -> Self {
        let arm = of.arm;
        let runs: Vec<&Run> = of.runs().collect();
        let seconds: Vec<f64> = runs.iter().map(|run| run.batch_time().as_secs()).collect();
        let failures = Failures::in_trials(of.counted(), Some(evidence.plan));
        let median = MedianInterval::new(&seconds, Confidence::NINETY_FIVE);
        let path = of.path();
        let connections = || of.successes.iter().filter_map(|success| success.connections);
        Self {
            arm: arm.name.clone(),
            strategy: arm.strategy.clone(),
            label: arm.label.clone(),
            role: arm.role,
            batch_size: arm.batch_size,
            conditions: arm.conditions.clone(),
            describe: describe(&seconds).into(),
            times: seconds,
            median_low: median.map(|median| median.low),
            median_high: median.map(|median| median.high),
            start_seconds: start_seconds(evidence, arm),
            failed: of.counted().count() - of.successes.len(),
            failures: failures.by_kind,
            lost: failures.lost,
            requests_per_item: requests_per_item::count(&of.successes, arm.batch_size.requests()),
            connections: mean(connections().map(|found| found.opened as f64)),
            connections_used: mean(connections().map(|found| found.used as f64)),
            http: http(of),
            most_streams: most_streams(of),
            handshakes: handshakes(&of.successes),
            bytes: mean(runs.iter().filter_map(|run| bytes(run))),
            cpu_seconds: mean(runs.iter().filter_map(|run| counters::cpu_seconds(&run.usage))),
            child_cpu_seconds: mean(
                runs.iter().filter_map(|run| counters::child_cpu_seconds(&run.usage)),
            ),
            cpu_share: mean(runs.iter().filter_map(|run| counters::cpu_share(run))),
            context_switches: counters::context_switches(&runs),
            threads: threads::groups(&of.successes),
            thread_figures: ThreadFigures::new(&of.successes),
            peak_memory: runs.iter().filter_map(|run| run.usage.peak_memory).max(),
            in_flight: counters::in_flight(&of.successes),
            latency: counters::latency(&of.successes),
            path: path.path,
            tls_preparation: path.tls_preparation,
            path_requests: path.requests,
            path_unobserved: path.unobserved,
            path_observed: path.observed,
            charges: charges::mean(&of.successes),
            disagreements: agreement::disagreements(of),
            replay_error: None,
            bottleneck: None,
            kept_session: None,
        }
    }
}

/// The mean time of the null command that is measured beside an arm.
fn start_seconds(evidence: &Evidence<'_>, arm: &Arm) -> Option<f64> {
    let beside = |null: &&ArmEvidence<'_>| {
        null.arm.role == Role::Null
            && null.arm.strategy == arm.strategy
            && null.arm.batch_size == arm.batch_size
            && null.arm.target == arm.target
    };
    evidence.arms.iter().find(beside).filter(|_| arm.role == Role::Measured)?.mean()
}

/// The versions in all its trials: a condition decides them, not chance.
fn http(of: &ArmEvidence<'_>) -> Option<String> {
    let versions: BTreeSet<&str> =
        of.trials.iter().flat_map(|trial| http_versions(trial)).collect();
    let versions: Vec<&str> = versions.into_iter().collect();
    (!versions.is_empty()).then(|| versions.join(" and "))
}

fn most_streams(of: &ArmEvidence<'_>) -> Option<u64> {
    let witnesses = of.successes.iter().filter_map(|success| success.witness());
    let open = witnesses.flat_map(|witness| open_streams(witness.requests.iter().map(Some)));
    open.max().filter(|&most| most > 0)
}

fn handshakes(successes: &[Examined<'_>]) -> Option<Handshakes> {
    let of_kind = |resumed: bool| {
        let whole = successes.iter().filter(|success| success.run.sampled.is_none());
        mean(whole.filter_map(|success| {
            let agreements = success.traffic.as_ref()?.opened().filter_map(|opened| opened.tls);
            Some(agreements.filter(|tls| tls.resumed == resumed).count() as f64)
        }))
    };
    Some(Handshakes { full: of_kind(false)?, resumed: of_kind(true)? })
}

fn bytes(run: &Run) -> Option<f64> {
    if let Some(sampled) = &run.sampled {
        return sampled.totals.bytes.map(|bytes| bytes as f64);
    }
    let bytes: Option<Vec<u64>> = run.columns.bytes.as_ref()?.iter().copied().collect();
    Some(bytes?.into_iter().fold(0, u64::saturating_add) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;
    use model::failure::FailureKind;
    use model::recording::StopReason;
    use model::time::Span;
    use test_support::sample::{self, Sample};

    fn only_arm(sample: Sample) -> ArmAnalysis {
        analyse(&sample.end(StopReason::Blocks)).arms.remove(0)
    }

    #[test]
    fn only_counted_trials_without_a_failure_are_described() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.pilot("a/x@1", &[None]);
        sample.block(&[("a/x@1", 10)]);
        sample.block(&[("a/x@1", 30)]);
        sample.failed("a/x@1", &[Some(sample::failure(FailureKind::Reset, "cut off"))]);
        sample.lost("a/x@1", "the driver died");
        let arm = only_arm(sample);
        assert_eq!((arm.describe.count, arm.failed, arm.trials()), (2, 2, 4));
        assert_eq!(arm.describe.mean, Some(0.02));
        assert_eq!((arm.describe.min, arm.describe.max), (Some(0.01), Some(0.03)));
    }

    #[test]
    fn means_are_over_known_values_and_null_without_any() {
        let mut sample = Sample::new(&[("a/x", 2)]);
        for (user, bytes) in [(Some(10), [Some(5), Some(6)]), (None, [Some(5), None])] {
            sample.block(&[("a/x@2", 10)]);
            let run = sample.last_run();
            run.usage.user = user.map(Span::from_millis);
            run.usage.system = Some(Span::from_millis(2));
            run.columns.bytes = Some(bytes.to_vec());
        }
        let arm = only_arm(sample);
        assert_eq!((arm.cpu_seconds, arm.bytes), (Some(0.012), Some(11.0)));
        assert_eq!((arm.connections, arm.connections_used, arm.handshakes), (None, None, None));
    }

    #[test]
    fn a_null_command_shows_the_cost_of_the_process() {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1), ("a/x", 1)]);
        sample.set_role(2, "a/x:work=null@1", Role::Null);
        sample.block(&[("a/x@1", 30), ("b/y@1", 20), ("a/x:work=null@1", 10)]);
        sample.block(&[("a/x@1", 50), ("b/y@1", 20), ("a/x:work=null@1", 12)]);
        let analysis = analyse(&sample.end(StopReason::Blocks));
        let starts: Vec<Option<f64>> = analysis.arms.iter().map(|arm| arm.start_seconds).collect();
        assert_eq!(starts, [Some(0.011), None, None]);
        assert_eq!(analysis.ratios.len(), 1, "a null command is compared with nothing");
    }

    #[test]
    fn counts_connections_and_handshakes_by_the_witness() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        for resumed in [&[false, false][..], &[true, false]] {
            sample.block(&[("a/x@1", 10)]);
            sample.witness(resumed);
        }
        let arm = only_arm(sample);
        assert_eq!(arm.connections, Some(2.0));
        assert_eq!(arm.connections_used, Some(1.0));
        assert_eq!(arm.handshakes, Some(Handshakes { full: 1.5, resumed: 0.5 }));
    }
}
