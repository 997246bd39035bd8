//! The fastest arm of a race, and those that may be as fast.

use evidence::{ArmEvidence, Evidence, PairedTrials};
use model::arm::{BatchSize, Label};
use model::recording::Recording;
use stats::estimate::Estimate;

/// The fastest arm of a race.
#[derive(Clone, Debug, PartialEq)]
pub struct Winner {
    /// Its label.
    pub label: Label,
    /// Its batch size.
    pub batch_size: BatchSize,
    /// What its batch takes.
    pub time: Estimate,
    /// The others that are not certainly slower, the fastest first.
    pub ties: Vec<Label>,
}

/// The winner of a recording with one batch size; nothing where no trial succeeded.
pub fn winner(recording: &Recording) -> Option<Winner> {
    let evidence = Evidence::of_recording(recording)?;
    let size = evidence.batch_sizes().first().copied()?;
    let ranking = evidence.ranking(size);
    let (fastest, others) = ranking.split_first()?;
    let (fastest, _) = *fastest;
    let times: Vec<f64> = fastest.runs().map(|run| run.batch_time().as_secs()).collect();
    let may_be_as_fast = |arm: &ArmEvidence<'_>| {
        let longer: Vec<f64> = arm.pairs(fastest).iter().map(PairedTrials::seconds).collect();
        Estimate::from_blocks(&longer).is_none_or(|longer| !longer.is_beyond_noise())
    };
    let ties = others.iter().filter(|(arm, _)| may_be_as_fast(arm));
    Some(Winner {
        label: fastest.arm.label.clone(),
        batch_size: size,
        time: Estimate::from_blocks(&times)?,
        ties: ties.map(|(arm, _)| arm.arm.label.clone()).collect(),
    })
}
