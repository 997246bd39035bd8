//! Looking up names.

use crate::figures::sized;
use crate::findings::case::Case;
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{connections_opened, more};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Lookup];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let size = case.waste(&CHARGES)?;
    let evidence = [
        Some(format!("looking up names, on the critical path: {}", sized(size))),
        connections_opened(case),
    ];
    Some(Draft {
        code: FindingCode::Dns,
        size: Some(size),
        because: false,
        sentence: format!("{} looks names up: {}.", case.name(), more(case, size)),
        remedy: "keep connections, or look the name up once and keep the address".to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}
