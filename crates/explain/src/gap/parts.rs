//! The parts of a gap that are large and certain enough to be named, and what remains.

use evidence::path::SegmentLabel;
use model::phase::Phase;
use stats::estimate::Estimate;

use super::pairs::Compared;
use super::split::Split;
use super::{Gap, together};

/// A part is named only where it is at least this share of the gap, and this long. The margin is
/// another thing: a share of a batch's time, below which whole gaps may lie.
const LEAST_SHARE: f64 = 0.02;
const LEAST_SECONDS: f64 = 0.0001;

/// A gap split into the parts that matter and the rest, which together sum to it.
#[derive(Clone, Debug, PartialEq)]
pub struct GapParts {
    /// The parts that matter, the largest first.
    pub named: Vec<GapPart>,
    /// All other parts together; nothing where there is no other part.
    pub rest: Option<Estimate>,
}

/// What one part of the path adds to a gap.
#[derive(Clone, Debug, PartialEq)]
pub struct GapPart {
    /// Which part.
    pub name: GapPartName,
    /// By how much longer it takes in the arm.
    pub estimate: Estimate,
}

/// A part of a critical path that can be distinguished from the others in both arms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum GapPartName {
    /// A phase, or several of which only the sum is known.
    Phases(Vec<Phase>),
    /// The part of tls before the first handshake byte.
    TlsPreparation,
    /// The rest of tls.
    TlsHandshake,
}

impl GapPartName {
    fn labels(&self) -> Vec<SegmentLabel> {
        match self {
            Self::Phases(phases) => {
                phases.iter().copied().flat_map(SegmentLabel::of_phase).collect()
            }
            Self::TlsPreparation => vec![SegmentLabel::TlsPreparation],
            Self::TlsHandshake => vec![SegmentLabel::Phase(Phase::Tls)],
        }
    }
}

/// The parts of a gap; nothing where the path of one of the arms was not observed.
pub(super) fn parts(gap: &Gap, compared: Compared<'_>, split: &Split) -> Option<GapParts> {
    if compared.arms().iter().any(|arm| arm.analysis.path_requests.is_none()) {
        return None;
    }
    let least = LEAST_SECONDS.max(LEAST_SHARE * gap.gap.seconds.abs());
    let matters =
        |part: &GapPart| part.estimate.is_beyond_noise() && part.estimate.seconds.abs() >= least;
    let all = smallest_parts(gap, compared).into_iter().filter_map(|name| {
        let estimate = split.estimate_labels(&name.labels())?;
        Some(GapPart { name, estimate })
    });
    let (mut named, rest): (Vec<GapPart>, Vec<GapPart>) = all.partition(matters);
    named.sort_by(|larger, smaller| {
        smaller.estimate.seconds.abs().total_cmp(&larger.estimate.seconds.abs())
    });
    let labels: Vec<SegmentLabel> = rest.iter().flat_map(|part| part.name.labels()).collect();
    let rest = split.estimate_labels(&labels).filter(|_| !labels.is_empty());
    Some(GapParts { named, rest })
}

/// The smallest parts that can be distinguished in both arms.
fn smallest_parts(gap: &Gap, compared: Compared<'_>) -> Vec<GapPartName> {
    let of_group = |group: Vec<Phase>| {
        if group[..] == [Phase::Tls] && gap.tls_preparation.is_some() {
            vec![GapPartName::TlsPreparation, GapPartName::TlsHandshake]
        } else {
            vec![GapPartName::Phases(group)]
        }
    };
    together::groups(compared).into_iter().flat_map(of_group).collect()
}
