//! The fast, the median and the slow trial of an arm.

use model::arm::ArmName;
use model::recording::Recording;
use model::time::Span;
use model::trial::Trial;

model::closed_list! {
    /// How fast a trial is among those of its arm.
    pub enum Pace with PerPace {
        /// The fastest.
        Fast = "fast",
        /// The one in the middle; of two, the faster.
        Median = "median",
        /// The slowest.
        Slow = "slow",
    }
}

/// A trial of each pace; one trial may have several.
pub type PickedTrials<'a> = PerPace<&'a Trial>;

/// The fast, the median and the slow trial of an arm, by their batch times among its counted trials in
/// which every request succeeded. Of equal times, the trial that ran first comes first. Nothing where there
/// is no such trial.
pub fn pick<'a>(recording: &'a Recording, arm: &ArmName) -> Option<PickedTrials<'a>> {
    let counted = recording.trials.iter().filter(|trial| trial.arm == *arm);
    let counted = counted.filter(|trial| trial.place().is_some());
    let mut timed: Vec<(Span, &Trial)> =
        counted.filter_map(|trial| Some((trial.batch_time()?, trial))).collect();
    timed.sort_by_key(|(time, _)| *time);
    let (first, last) = (timed.first()?.1, timed.last()?.1);
    let median = timed.get((timed.len() - 1) / 2)?.1;
    Some(PerPace::from_fn(|pace| match pace {
        Pace::Fast => first,
        Pace::Median => median,
        Pace::Slow => last,
    }))
}
