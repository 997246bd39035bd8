//! The failures of trials, by kind, with the first message of each kind.

use std::collections::BTreeMap;

use model::failure::{Failure, FailureKind};
use model::trial::{Loss, Outcome, Trial};
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
    /// Counts the failures in `trials`.
    pub(crate) fn in_trials<'a>(trials: impl Iterator<Item = &'a Trial>) -> Self {
        let mut kinds: BTreeMap<FailureKind, FailureCount> = BTreeMap::new();
        let mut lost: Option<LostTrials> = None;
        for trial in trials {
            match &trial.outcome {
                Outcome::Ran(run) => {
                    for count in count_by_kind(run.columns.failures()).into_values() {
                        kinds.entry(count.kind).and_modify(|all| all.add(&count)).or_insert(count);
                    }
                }
                Outcome::Lost(Loss { kind: Some(kind), message, .. }) => {
                    let count = FailureCount {
                        kind: *kind,
                        requests: 0,
                        trials: 1,
                        message: message.clone(),
                    };
                    kinds.entry(*kind).and_modify(|all| all.add(&count)).or_insert(count);
                }
                Outcome::Lost(loss) => {
                    let all = lost.get_or_insert_with(|| LostTrials {
                        trials: 0,
                        message: loss.message.clone(),
                        stderr: loss.stderr.clone(),
                    });
                    all.trials += 1;
                }
            }
        }
        Self { by_kind: kinds.into_values().collect(), lost }
    }
}

impl FailureCount {
    fn add(&mut self, more: &Self) {
        self.requests += more.requests;
        self.trials += more.trials;
    }
}

/// The failures of one trial.
fn count_by_kind<'a>(
    failures: impl Iterator<Item = &'a Failure>,
) -> BTreeMap<FailureKind, FailureCount> {
    let mut counts: BTreeMap<FailureKind, FailureCount> = BTreeMap::new();
    for failure in failures {
        let count = counts.entry(failure.kind).or_insert_with(|| FailureCount {
            kind: failure.kind,
            requests: 0,
            trials: 1,
            message: failure.message.clone(),
        });
        count.requests += 1;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use evidence::sample::{Sample, failure};
    use model::recording::StopReason;

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
        let failures = Failures::in_trials(recording.trials.iter());
        let count = |kind, requests, trials, message: &str| FailureCount {
            kind,
            requests,
            trials,
            message: message.to_owned(),
        };
        assert_eq!(
            failures.by_kind,
            [count(FailureKind::Timeout, 3, 3, "first"), count(FailureKind::Status, 1, 1, "503")]
        );
        let lost = failures.lost.expect("two were lost");
        assert_eq!((lost.trials, lost.message.as_str()), (2, "the driver died"));
    }
}
