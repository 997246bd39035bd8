//! What each label of the critical paths adds to the gap, block by block.

use model::plan::Plan;
use model::time::Span;
use model::trial::Trial;

use crate::estimate::Estimate;
use crate::side::Side;
use evidence::path::{CriticalPath, PathTimes, SegmentLabel};
use evidence::trials;
use model::phase::{PerPhase, Phase};

use super::pairs::Compared;

/// Nanoseconds that a block's two trials differ by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Difference {
    pub(super) phases: PerPhase<i128>,
    /// The part of tls before the first handshake byte.
    tls_preparation: i128,
}

impl Difference {
    fn of_label(&self, label: SegmentLabel) -> i128 {
        match label {
            SegmentLabel::TlsPreparation => self.tls_preparation,
            SegmentLabel::Phase(Phase::Tls) => self.phases[Phase::Tls] - self.tls_preparation,
            SegmentLabel::Phase(phase) => self.phases[phase],
        }
    }
}

/// The differences in the blocks in which both arms succeeded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Split {
    blocks: Vec<Difference>,
}

impl Split {
    pub(super) fn of(plan: &Plan, compared: Compared<'_>, trials: &[Trial]) -> Self {
        let Compared { arm, versus } = compared;
        let pairs = trials::pairs(trials, &arm.told.arm, &versus.told.arm);
        let blocks = pairs.iter().map(|pair| {
            let (longer, shorter) = (spent(plan, arm, pair.arm), spent(plan, versus, pair.versus));
            let nanos = |time: Span| i128::from(time.as_nanos());
            let differ = |longer, shorter| nanos(longer) - nanos(shorter);
            Difference {
                phases: PerPhase::from_fn(|phase| {
                    differ(longer.phases[phase], shorter.phases[phase])
                }),
                tls_preparation: differ(longer.tls_preparation, shorter.tls_preparation),
            }
        });
        Self { blocks: blocks.collect() }
    }

    /// How many blocks there are.
    pub(super) const fn blocks(&self) -> usize {
        self.blocks.len()
    }

    /// The whole gap; nothing without a block.
    pub(super) fn whole(&self) -> Option<Estimate> {
        self.of_phases(&Phase::ALL)
    }

    /// What some phases add to it.
    pub(super) fn of_phases(&self, phases: &[Phase]) -> Option<Estimate> {
        let labels: Vec<SegmentLabel> =
            phases.iter().copied().flat_map(SegmentLabel::of_phase).collect();
        self.of_labels(&labels)
    }

    /// What some labels add to it.
    pub(super) fn of_labels(&self, labels: &[SegmentLabel]) -> Option<Estimate> {
        let seconds = |block: &Difference| {
            labels.iter().map(|&label| block.of_label(label)).sum::<i128>() as f64 / 1e9
        };
        Estimate::of(&self.blocks.iter().map(seconds).collect::<Vec<f64>>())
    }

    /// The differences of each block.
    #[cfg(test)]
    pub(super) fn differences(&self) -> &[Difference] {
        &self.blocks
    }
}

/// How a trial's time is spent. A trial of which nothing was observed is the client's alone, as in
/// the path of its arm.
fn spent(plan: &Plan, side: Side<'_>, trial: &Trial) -> PathTimes {
    match CriticalPath::of_trial(plan, side.planned, trial) {
        Some(path) => path.times(),
        None => PathTimes::client_only(trial.batch_time().unwrap_or_default()),
    }
}
