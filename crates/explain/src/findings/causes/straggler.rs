//! Single requests that waited far longer for their answer than the others of their batch.

use crate::figures::sized;
use crate::findings::case::Case;
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::more;
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Straggle];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = case.waste(&CHARGES)?;
    Some(Draft {
        code: FindingCode::Straggler,
        size: Some(size),
        because: false,
        sentence: format!(
            "single requests of {} wait far longer for their answer than the others: {}.",
            case.name(),
            more(case, size)
        ),
        remedy:
            "find out what the server does for these; ask for them first, or with a time limit \
                 and once more"
                .to_owned(),
        evidence: vec![format!(
            "what they waited beyond the median of their batch, on the critical path: {}",
            sized(size)
        )],
    })
}
