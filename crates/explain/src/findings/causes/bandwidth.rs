//! Bytes on a narrow link: large bodies take their time, whoever fetches them.

use crate::figures::sized;
use crate::findings::case::Case;
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::more;
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Bytes];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = case.waste(&CHARGES)?;
    let bytes = case.side.seen.body_bytes.or(case.side.arm.bytes);
    let own = case.side.ledger.charged(&CHARGES)?;
    let rate = bytes.map(|bytes| {
        let megabits = 8.0 * bytes / own.seconds / 1e6;
        format!("{bytes:.0} bytes of bodies in that time: {megabits:.1} Mbit/s")
    });
    let evidence =
        [Some(format!("bytes on their way, on the critical path: {}", sized(size))), rate];
    Some(Draft {
        code: FindingCode::Bandwidth,
        size: Some(size),
        because: false,
        sentence: format!(
            "the bodies that {} fetches need the link for long: {}.",
            case.name(),
            more(case, size)
        ),
        remedy: "ask for fewer bytes: compression, fewer fields, smaller pages".to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}
