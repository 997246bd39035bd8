//! What limits the batches of each arm, by its replay.

use model::parallel;
use replay::{ArmReplay, Bottleneck, Limit, Usage};
use schemars::JsonSchema;
use serde::Serialize;

use crate::arms::ArmAnalysis;
use crate::replays::Replays;

/// What limits the batches of an arm most, by the replay of its trials.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ArmBottleneck {
    /// What limits them.
    pub limit: Limit,
    /// How much of the mean batch time it takes, in seconds; for `latency`, how long one exchange takes.
    pub seconds: f64,
    /// How much of the limited resource is in use; null for limits that cannot be in use, such as
    /// `latency`.
    pub usage: Option<LimitUsage>,
    /// What limits them where only this limit is gone; for `latency`, what comes after it. Null where
    /// nothing else takes 2% of a batch.
    pub next: Option<NextLimit>,
    /// What a batch would take if only this limit were gone, in seconds. For `latency`, which cannot
    /// go, the mean batch time.
    pub seconds_without: f64,
    /// How much more requests at once would save, as a share of the batch; below 0 where they would
    /// make it slower, null where all requests are made at once.
    pub more_concurrency_saves: Option<f64>,
}

/// How much of a limited resource is in use.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct LimitUsage {
    /// How many requests or pieces of work it takes at once: workers, cores, the server's room.
    pub places: usize,
    /// The share of these places that is in use, over the whole batch.
    pub busy: f64,
}

/// The limit that comes after the bottleneck.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct NextLimit {
    /// What limits the batches then.
    pub limit: Limit,
    /// How much of it is in use in the batches as they are.
    pub usage: Option<LimitUsage>,
}

/// Adds what the replays show to the analyses of the arms.
pub(crate) fn add(arms: &mut [ArmAnalysis], replays: &Replays) {
    let limited = |arm: &ArmAnalysis| ArmBottleneck::new(arm.mean()?, replays.of_arm(&arm.arm)?);
    let bottlenecks = parallel::map_large(arms, limited);
    for (arm, bottleneck) in arms.iter_mut().zip(bottlenecks) {
        arm.replay_error = replays.of_arm(&arm.arm).map(ArmReplay::error);
        arm.bottleneck = bottleneck;
    }
}

impl ArmBottleneck {
    /// Nothing where the replay is not close enough to what was measured; `mean` is the mean batch time
    /// in seconds.
    fn new(mean: f64, replay: &ArmReplay) -> Option<Self> {
        let Bottleneck { limit, share, usage, next, left, more_concurrency_saves } =
            replay.bottleneck(&[])?;
        Some(Self {
            limit,
            seconds: share * mean,
            usage: usage.map(LimitUsage::from),
            next: next.map(|next| NextLimit {
                limit: next.limit,
                usage: next.usage.map(LimitUsage::from),
            }),
            seconds_without: left * mean,
            more_concurrency_saves,
        })
    }
}

impl From<Usage> for LimitUsage {
    fn from(Usage { places, busy }: Usage) -> Self {
        Self { places, busy }
    }
}

#[cfg(test)]
mod tests {
    use model::recording::{Recording, StopReason};
    use model::time::Span;
    use model::trace::Milestone;
    use test_support::sample::Sample;
    use test_support::sample::synthetic::{Opening, Steps, SyntheticTrial};

    use super::*;
    use crate::analyse;

    /// A batch of six requests of 30 ms that two workers make.
    fn two_workers() -> Sample {
        let steps = vec![Steps { wait: 30_000, ..Steps::default() }; 6];
        let trial = SyntheticTrial::over(2, Opening::Never, 500, &steps);
        let mut sample = Sample::new(&[("a/x", 6), ("b/y", 6)]);
        for _ in 0..3 {
            sample.block_in_order(&[("b/y@6", Span::from_millis(100)), ("a/x@6", trial.end())]);
            sample.last_run().columns = trial.columns.clone();
            sample.last_trial().witness = Some(trial.witness.clone());
            sample.last_trial().socket = Some(Box::new(trial.sockets(2)));
        }
        sample
    }

    fn only(recording: &Recording) -> ArmAnalysis {
        analyse(recording).arms.remove(0)
    }

    #[test]
    fn an_arm_whose_requests_were_observed_has_a_bottleneck() {
        let arm = only(&two_workers().end(StopReason::Blocks));
        assert!(arm.replay_error.is_some_and(|error| error.abs() < 0.01), "{arm:?}");
        let mean = arm.mean().expect("was measured");
        let found = arm.bottleneck.expect("is calibrated");
        assert_eq!(
            (found.limit, found.usage.map(|usage| usage.places)),
            (Limit::Concurrency, Some(2))
        );
        // Three waves, of which one would be left.
        assert!((found.seconds_without / mean - 1.0 / 3.0).abs() < 0.02, "{found:?}");
        assert!((found.seconds / mean - 2.0 / 3.0).abs() < 0.02, "{found:?}");
        assert!(found.more_concurrency_saves > Some(0.6), "{found:?}");
    }

    #[test]
    fn an_arm_whose_requests_were_not_observed_has_none() {
        let analysis = analyse(&two_workers().end(StopReason::Blocks));
        assert_eq!((analysis.arms[1].bottleneck, analysis.arms[1].replay_error), (None, None));
    }

    #[test]
    fn an_arm_whose_replay_misses_its_batches_has_an_error_and_no_bottleneck() {
        let mut sample = Sample::new(&[("a/x", 3)]);
        for _ in 0..3 {
            sample.block(&[("a/x@3", 230)]);
            // Nothing shows why the last request begins so late.
            for (milestone, later) in [
                (Milestone::Writing, 0),
                (Milestone::Sent, 0),
                (Milestone::FirstByte, 30),
                (Milestone::Done, 30),
            ] {
                let at = [0, 0, 200].map(|begin| Some(Span::from_millis(begin + later)));
                sample.last_run().columns.milestones[milestone] = Some(at.to_vec());
            }
        }
        let arm = only(&sample.end(StopReason::Blocks));
        assert!(arm.replay_error.is_some_and(|error| error < -0.05), "{arm:?}");
        assert_eq!(arm.bottleneck, None);
    }
}
