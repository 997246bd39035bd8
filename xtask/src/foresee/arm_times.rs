//! The batch times of the arms of a recording.

use std::path::Path;

use anyhow::{Context, Result};
use evidence::{ArmEvidence, Evidence};
use explain::Estimate;
use model::arm::BatchSize;
use model::recording::Recording;

use super::client::Subject;
use crate::recording_file;

/// The arms of a recording with their times.
#[derive(Debug)]
pub(crate) struct ArmTimes {
    arms: Vec<ArmTime>,
}

#[derive(Debug)]
struct ArmTime {
    strategy: String,
    session: Option<String>,
    batch: BatchSize,
    time: Estimate,
}

impl ArmTimes {
    /// Reads the times from the file of a recording.
    pub(crate) fn read(file: &Path) -> Result<Self> {
        Self::new(&recording_file::read(file)?).context("the run has no plan")
    }

    /// Nothing if the run ended before its plan. Arms without a success are left out.
    fn new(recording: &Recording) -> Option<Self> {
        let evidence = Evidence::of_recording(recording)?;
        Some(Self { arms: evidence.measured().filter_map(ArmTime::new).collect() })
    }

    /// The time of a subject at a batch size: the mean over the blocks in which it succeeded.
    pub(crate) fn find(&self, subject: Subject, batch: BatchSize) -> Option<Estimate> {
        let session = subject.session.name();
        let is_subject = |arm: &&ArmTime| {
            arm.strategy == subject.client.strategy
                && arm.session.as_deref() == Some(session)
                && arm.batch == batch
        };
        self.arms.iter().find(is_subject).map(|arm| arm.time)
    }
}

impl ArmTime {
    fn new(arm: &ArmEvidence<'_>) -> Option<Self> {
        let seconds: Vec<f64> =
            arm.successes.iter().map(|success| success.batch_time().as_secs()).collect();
        Some(Self {
            strategy: arm.arm.strategy.clone(),
            session: arm.arm.conditions.get("session").cloned(),
            batch: arm.size(),
            time: Estimate::from_blocks(&seconds)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::client::{CLIENTS, Session};
    use super::*;
    use model::recording::StopReason;
    use test_support::sample::Sample;

    #[test]
    fn finds_an_arm_by_its_strategy_its_session_and_its_size() {
        let client = CLIENTS[0];
        let mut sample = Sample::new(&[("a/x", 4), ("a/x", 8), ("b/y", 4)]);
        for arm in &mut sample.plan().arms {
            arm.conditions.insert("session".to_owned(), "warm".to_owned());
        }
        for arm in &mut sample.plan().arms[..2] {
            arm.strategy = client.strategy.to_owned();
        }
        sample.block(&[("a/x@4", 20), ("a/x@8", 30), ("b/y@4", 40)]);
        sample.block(&[("a/x@4", 22), ("a/x@8", 30), ("b/y@4", 40)]);
        let times = ArmTimes::new(&sample.end(StopReason::Blocks)).expect("has a plan");
        let micros = |session, batch| {
            let time = times.find(Subject { client, session }, BatchSize(batch))?;
            Some((time.seconds * 1e6).round())
        };
        assert_eq!(micros(Session::Warm, 4), Some(21_000.0));
        assert_eq!(micros(Session::Warm, 8), Some(30_000.0));
        assert_eq!((micros(Session::Cold, 4), micros(Session::Warm, 16)), (None, None));
    }
}
