//! The work of TLS handshakes beyond their round trips: keys, signatures, and the wait for a
//! processor that does the same for other connections.

use model::experiment::FactorKind;

use crate::figures::sized;
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, cost, count, shorter};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Handshake];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let observed = case.excess(&CHARGES)?;
    let toggled = case.saved(FactorKind::Resumption);
    let size = toggled.map_or(observed, |gain| gain.saved);
    let full = |side: &Side<'_>| side.arm.handshakes.map(|handshakes| handshakes.full);
    let evidence = [
        Some(format!("handshakes beyond their round trips, on the path: {}", sized(observed))),
        toggled.map(shorter),
        beside(case, "full handshakes", full, count),
    ];
    Some(Draft {
        code: FindingCode::HandshakeCost,
        size: Some(size),
        because: toggled.is_some(),
        sentence: format!(
            "{} works on TLS handshakes: {}.",
            case.name(),
            cost(case, size, toggled)
        ),
        remedy: "open fewer connections, keep them from batch to batch, or resume TLS sessions"
            .to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}
