//! What each label of the critical paths adds to the gap, block by block.

use model::plan::Plan;
use model::trial::Trial;

use crate::estimate::Estimate;
use crate::side::Side;
use evidence::path::{CriticalPath, Label};
use evidence::trials;
use model::phase::Phase;

use super::pairs::Compared;

/// Nanoseconds that a block's two trials differ by, for each label.
pub(super) type Differences = [i128; Label::ALL.len()];

/// The differences in the blocks in which both arms succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split {
    blocks: Vec<Differences>,
}

impl Split {
    pub(super) fn of(plan: &Plan, compared: Compared<'_>, trials: &[Trial]) -> Self {
        let Compared { arm, versus } = compared;
        let pairs = trials::pairs(trials, &arm.told.arm, &versus.told.arm);
        let blocks = pairs.iter().map(|pair| {
            let (longer, shorter) = (spent(plan, arm, pair.arm), spent(plan, versus, pair.versus));
            std::array::from_fn(|label| longer[label] - shorter[label])
        });
        Self { blocks: blocks.collect() }
    }

    /// How many blocks there are.
    pub(super) const fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The whole gap; nothing without a block.
    pub(super) fn whole(&self) -> Option<Estimate> {
        self.of_labels(&Label::ALL)
    }

    /// What some phases add to it.
    pub(super) fn of_phases(&self, phases: &[Phase]) -> Option<Estimate> {
        let labels: Vec<Label> = phases.iter().copied().flat_map(Label::of_phase).collect();
        self.of_labels(&labels)
    }

    /// What some labels add to it.
    pub(super) fn of_labels(&self, labels: &[Label]) -> Option<Estimate> {
        let seconds = |block: &Differences| {
            labels.iter().map(|&label| block[label as usize]).sum::<i128>() as f64 / 1e9
        };
        Estimate::of(&self.blocks.iter().map(seconds).collect::<Vec<f64>>())
    }

    /// The differences of each block.
    #[cfg(test)]
    pub(super) fn differences(&self) -> &[Differences] {
        &self.blocks
    }
}

/// How many nanoseconds of a trial each label takes. A trial of which nothing was observed is the
/// client's alone, as in the path of its arm.
fn spent(plan: &Plan, side: Side<'_>, trial: &Trial) -> Differences {
    let mut spent = [0; Label::ALL.len()];
    match CriticalPath::of_trial(plan, side.planned, trial) {
        Some(path) => {
            for label in Label::ALL {
                spent[label as usize] = i128::from(path.spent_on(label).as_nanos());
            }
        }
        None => {
            let batch = trial.batch_time().unwrap_or_default();
            spent[Label::Client as usize] = i128::from(batch.as_nanos());
        }
    }
    spent
}
