//! The times of the counted trials that succeeded, by arm, as the recording has them.

use std::collections::BTreeMap;

use model::arm::ArmName;
use model::recording::Recording;

/// The time of a trial.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct TrialTime {
    /// Its block, from 0 on.
    pub(crate) block: u32,
    pub(crate) seconds: f64,
}

/// The trials of each arm in the order of the run.
#[derive(Debug, Default)]
pub(crate) struct TrialTimes<'a>(BTreeMap<&'a ArmName, Vec<TrialTime>>);

impl<'a> TrialTimes<'a> {
    pub(crate) fn new(recording: &'a Recording) -> Self {
        let mut arms: BTreeMap<&ArmName, Vec<TrialTime>> = BTreeMap::new();
        for trial in &recording.trials {
            if let (Some(place), Some(time)) = (trial.place(), trial.batch_time()) {
                let time = TrialTime { block: place.block, seconds: time.as_secs() };
                arms.entry(&trial.arm).or_default().push(time);
            }
        }
        Self(arms)
    }

    /// The trials of an arm.
    pub(crate) fn of(&self, arm: &ArmName) -> &[TrialTime] {
        self.0.get(arm).map_or(&[], Vec::as_slice)
    }
}

/// At most `most` of the trials, evenly chosen, with the first of them.
pub(crate) fn sampled(trials: &[TrialTime], most: usize) -> impl Iterator<Item = &TrialTime> {
    trials.iter().step_by(trials.len().div_ceil(most.max(1)).max(1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_no_more_than_asked_for() {
        let trials: Vec<TrialTime> =
            (0..1001).map(|block| TrialTime { block, seconds: 1.0 }).collect();
        assert_eq!(sampled(&trials[..10], 20).count(), 10);
        assert!((334..=500).contains(&sampled(&trials, 500).count()));
        assert_eq!(sampled(&[], 5).count(), 0);
    }
}
