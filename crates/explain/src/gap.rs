//! The gap between two arms of one batch size, split by the phases of their critical paths.
//!
//! Both paths tile their batches, so within a block the differences of the phases sum to the
//! difference of the two batches, to the nanosecond. Their means over the blocks are taken in
//! seconds, for seconds add, each with its paired interval (`estimate`).
//!
//! A gap says where the time went, and never why: causes are named by `findings`.

mod pairs;
mod parts;
mod split;
#[cfg(test)]
mod tests;
mod together;

use model::arm::{ArmName, BatchSize};
use schemars::JsonSchema;
use serde::Serialize;

use crate::arms::ArmAnalysis;
use evidence::Evidence;
use evidence::path::SegmentLabel;
use model::phase::Phase;
use stats::estimate::Estimate;

use pairs::Compared;
use split::Split;

pub use parts::{GapPart, GapPartName, GapParts};

/// How much longer an arm takes than another one of its batch size, and in which phases.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Gap {
    /// The arm.
    pub arm: ArmName,
    /// The arm that it is compared with: the one with the least mean at this batch size, or the
    /// baseline.
    pub versus: ArmName,
    /// The batch size of both.
    pub batch_size: BatchSize,
    /// In how many blocks both succeeded: at least one.
    pub blocks: usize,
    /// By how much longer the arm takes.
    pub gap: Estimate,
    /// What each phase adds to it, in the order in which a request passes through them. They and
    /// `together` sum to the gap.
    pub phases: Vec<PhaseGap>,
    /// The part of tls that lies before the first handshake byte; null where it was not observed
    /// apart from the rest in one of the arms.
    pub tls_preparation: Option<Estimate>,
    /// The rest of tls; null where the preparation is.
    pub tls_handshake: Option<Estimate>,
    /// The phases that cannot be distinguished in one of the arms, because the milestone between them
    /// was not observed there. Only their sum is known.
    pub together: Vec<PhasesGap>,
    /// The parts that are large and certain enough to be named; nothing where the path of one of the
    /// arms was not observed.
    #[serde(skip)]
    pub parts: Option<GapParts>,
}

/// What one phase adds to a gap.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PhaseGap {
    /// The phase.
    pub phase: Phase,
    /// By how much longer it takes in the arm; null where it is one of those in `together`.
    pub seconds: Option<f64>,
    /// The lower end of its 95 % interval; null below two blocks.
    pub low: Option<f64>,
    /// The upper end of its 95 % interval; null below two blocks.
    pub high: Option<f64>,
}

/// What some phases together add to a gap.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct PhasesGap {
    /// The phases: two or more.
    pub phases: Vec<Phase>,
    /// By how much longer they take in the arm, all of them.
    #[serde(flatten)]
    pub estimate: Estimate,
}

/// The gaps at every batch size: each measured arm compared with the fastest one there, and with the
/// baseline where that is another arm. Two arms that never both succeeded in a block have none.
pub(crate) fn analyse(evidence: &Evidence<'_>, arms: &[ArmAnalysis]) -> Vec<Gap> {
    pairs::compared(evidence, arms)
        .into_iter()
        .filter_map(|compared| Gap::from_split(compared, &Split::new(compared)))
        .collect()
}

impl Gap {
    /// Nothing where the two share no block.
    fn from_split(compared: Compared<'_>, split: &Split) -> Option<Self> {
        let groups = together::groups(compared);
        let gap = split.whole()?;
        let phases: Vec<PhaseGap> = Phase::ALL
            .into_iter()
            .map(|phase| PhaseGap::from_split(phase, split, &groups))
            .collect();
        let parted = together::separates_tls_preparation(compared);
        let of_label = |label| if parted { split.estimate_labels(&[label]) } else { None };
        let together = groups.iter().filter(|group| group.len() > 1);
        let together = together.filter_map(|group| {
            Some(PhasesGap { phases: group.clone(), estimate: split.estimate_phases(group)? })
        });
        let mut gap = Self {
            arm: compared.arm.analysis.arm.clone(),
            versus: compared.versus.analysis.arm.clone(),
            batch_size: compared.arm.analysis.batch_size,
            blocks: split.blocks(),
            gap,
            phases,
            tls_preparation: of_label(SegmentLabel::TlsPreparation),
            tls_handshake: of_label(SegmentLabel::Phase(Phase::Tls)),
            together: together.collect(),
            parts: None,
        };
        gap.parts = parts::parts(&gap, compared, split);
        Some(gap)
    }
}

impl PhaseGap {
    fn from_split(phase: Phase, split: &Split, groups: &[Vec<Phase>]) -> Self {
        let alone = groups.iter().any(|group| group[..] == [phase]);
        let found = if alone { split.estimate_phases(&[phase]) } else { None };
        Self {
            phase,
            seconds: found.map(|found| found.seconds),
            low: found.and_then(|found| found.low),
            high: found.and_then(|found| found.high),
        }
    }
}
