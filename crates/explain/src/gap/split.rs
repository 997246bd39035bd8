//! What each label of the critical paths adds to the gap, block by block.

use model::time::Span;

use evidence::path::SegmentLabel;
use model::phase::{PerPhase, Phase};
use stats::estimate::Estimate;

use super::pairs::Compared;

/// Nanoseconds that a block's two trials differ by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct BlockDifference {
    pub(super) phases: PerPhase<i128>,
    /// The part of tls before the first handshake byte.
    tls_preparation: i128,
}

impl BlockDifference {
    fn nanoseconds_in(&self, label: SegmentLabel) -> i128 {
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
    blocks: Vec<BlockDifference>,
}

impl Split {
    pub(super) fn new(compared: Compared<'_>) -> Self {
        let pairs = compared.arm.evidence.pairs(compared.versus.evidence);
        let blocks = pairs.iter().map(|pair| {
            let (longer, shorter) = (pair.arm.path_times(), pair.versus.path_times());
            let nanos = |time: Span| i128::from(time.as_nanos());
            let differ = |longer, shorter| nanos(longer) - nanos(shorter);
            BlockDifference {
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
        self.estimate_phases(&Phase::ALL)
    }

    /// What some phases add to it.
    pub(super) fn estimate_phases(&self, phases: &[Phase]) -> Option<Estimate> {
        let labels: Vec<SegmentLabel> =
            phases.iter().copied().flat_map(SegmentLabel::of_phase).collect();
        self.estimate_labels(&labels)
    }

    /// What some labels add to it.
    pub(super) fn estimate_labels(&self, labels: &[SegmentLabel]) -> Option<Estimate> {
        let seconds = |block: &BlockDifference| {
            labels.iter().map(|&label| block.nanoseconds_in(label)).sum::<i128>() as f64 / 1e9
        };
        Estimate::from_blocks(&self.blocks.iter().map(seconds).collect::<Vec<f64>>())
    }

    /// The differences of each block.
    #[cfg(test)]
    pub(super) fn differences(&self) -> &[BlockDifference] {
        &self.blocks
    }
}
