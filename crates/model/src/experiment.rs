//! Experiments: copies of an arm from which causes are taken away, to see what each was worth.
//!
//! An experiment is a factorial design around one measured arm: every combination of its factors
//! that means something is a cell, every cell is an arm, and every arm is run in every block. A
//! dose response is the same arm behind servers that think longer and longer.
//!
//! What is taken away is decided before the first block; what it was worth is decided elsewhere.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::arm::ArmName;
use crate::time::Span;

/// A cause that can be taken away: a closed list, from which an experiment takes each at most once.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FactorKind {
    /// One session serves all batches: what a batch pays for opening its own is gone.
    WarmSession,
    /// All connections share one TLS context: what each pays for its own is gone.
    SharedContext,
    /// As many requests at once as the batch has: no request waits for a worker or a permit.
    Workers,
    /// As many connections are kept as the batch has requests: none is thrown away or waited for.
    Pool,
    /// The endpoint speaks plain HTTP: TLS is gone.
    PlainText,
    /// Earlier TLS sessions are resumed: the longer part of the handshake is gone.
    Resumption,
    /// The client no longer looks into the environment and .netrc at every request.
    TrustEnvironment,
    /// Requests sleep for as long as they waited for their answers: the client library is gone, and
    /// the network with it.
    Sleep,
}

impl FactorKind {
    /// Beside which factors this one changes nothing: there is no TLS to prepare or to resume where
    /// plain HTTP is spoken, and no connection where requests sleep.
    pub const fn means_nothing_beside(self) -> &'static [Self] {
        match self {
            Self::SharedContext | Self::Resumption => &[Self::PlainText, Self::Sleep],
            Self::Pool | Self::PlainText | Self::TrustEnvironment => &[Self::Sleep],
            Self::WarmSession | Self::Workers | Self::Sleep => &[],
        }
    }
}

/// A cause that an experiment takes away, and by what.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Factor {
    /// Which cause.
    pub kind: FactorKind,
    /// The setting that takes it away, such as `session=warm` or `workers=16`.
    pub setting: String,
    /// The setting that holds in the arm as it is, such as `session=cold`.
    pub instead_of: String,
}

/// A combination of an experiment's factors, and the arm that measures it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Cell {
    /// The arm; where no factor is on, it is the arm that is to be explained.
    pub arm: ArmName,
    /// The factors that are on: the causes that are taken away.
    pub on: BTreeSet<FactorKind>,
}

/// A factorial design around one measured arm.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Experiment {
    /// The measured arm that is to be explained.
    pub arm: ArmName,
    /// The measured arm that was quickest at its batch size in the pilot; null where it stands
    /// alone or is the quickest itself.
    pub versus: Option<ArmName>,
    /// What is taken away.
    pub factors: Vec<Factor>,
    /// Every combination that means something: all of them, but for those in which a factor is on
    /// beside one beside which it means nothing. Each of these stands for the same without it.
    pub cells: Vec<Cell>,
}

impl Experiment {
    /// The cell that stands for these factors being on: that of those among them that mean
    /// something.
    pub fn cell(&self, on: &BTreeSet<FactorKind>) -> Option<&Cell> {
        let meant: BTreeSet<FactorKind> =
            on.iter().copied().filter(|&kind| means_something(kind, on)).collect();
        self.cells.iter().find(|cell| cell.on == meant)
    }
}

/// Whether a factor changes anything where these are on.
pub fn means_something(kind: FactorKind, on: &BTreeSet<FactorKind>) -> bool {
    kind.means_nothing_beside().iter().all(|other| !on.contains(other))
}

/// The same arm before a server that thinks longer and longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DoseResponse {
    /// The measured arm.
    pub arm: ArmName,
    /// How much longer the server thinks, and the arm that measures it; the first is the arm itself,
    /// at no time.
    pub doses: Vec<Dose>,
}

/// A time by which the server thinks longer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Dose {
    /// By how much longer.
    pub think: Span,
    /// The arm that measures it.
    pub arm: ArmName,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cell(arm: &str, on: &[FactorKind]) -> Cell {
        Cell { arm: ArmName(arm.to_owned()), on: on.iter().copied().collect() }
    }

    #[test]
    fn finds_the_cell_of_a_meaningless_combination() {
        use FactorKind::{PlainText, SharedContext};
        let experiment = Experiment {
            arm: ArmName("a@4".to_owned()),
            versus: None,
            factors: Vec::new(),
            cells: vec![
                cell("a@4", &[]),
                cell("a@4#context=shared", &[SharedContext]),
                cell("a@4#tls=off", &[PlainText]),
            ],
        };
        let arm = |on: &[FactorKind]| {
            experiment.cell(&on.iter().copied().collect()).map(|cell| cell.arm.0.as_str())
        };
        assert_eq!(arm(&[]), Some("a@4"));
        assert_eq!(arm(&[SharedContext]), Some("a@4#context=shared"));
        assert_eq!(arm(&[PlainText, SharedContext]), Some("a@4#tls=off"));
        assert_eq!(arm(&[FactorKind::Pool]), None);
    }
}
