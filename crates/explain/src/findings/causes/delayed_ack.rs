//! Nagle's algorithm against delayed acknowledgements: 40 ms before the end of a response.

use crate::figures::sized;
use crate::findings::case::Case;
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::more;
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::DelayedAck];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = case.waste(&CHARGES)?;
    Some(Draft {
        code: FindingCode::DelayedAck,
        size: Some(size),
        because: false,
        sentence: format!(
            "responses to {} end 40 ms after they began, as after a delayed acknowledgement: {}.",
            case.name(),
            more(case, size)
        ),
        remedy: "have the server set TCP_NODELAY, or write head and body at once".to_owned(),
        evidence: vec![format!(
            "responses that ended 38 to 60 ms after their beginning, on the path: {}",
            sized(size)
        )],
    })
}
