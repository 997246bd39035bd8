//! The work of TLS handshakes beyond their round trips: keys, signatures, and the wait for a
//! processor that does the same for other connections.

use model::experiment::FactorKind;

use crate::account::Charge;
use crate::figures::sized;
use crate::findings::case::{Case, Side};
use crate::findings::code::Code;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, count, more, saved};

pub(super) const CHARGES: [Charge; 1] = [Charge::Handshake];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let observed = case.excess(&CHARGES)?;
    let resumed = case.saved(FactorKind::Resumption);
    let size = resumed.map_or(observed, |gain| gain.saved);
    let full = |side: &Side<'_>| side.arm.handshakes.map(|handshakes| handshakes.full);
    let evidence = [
        Some(format!("handshakes beyond their round trips, on the path: {}", sized(observed))),
        resumed.map(|gain| {
            format!("with {} the batch is {} shorter", gain.factor.setting, sized(gain.saved))
        }),
        beside(case, "full handshakes", full, count),
    ];
    Some(Draft {
        code: Code::HandshakeCost,
        size: Some(size),
        because: resumed.is_some(),
        sentence: format!(
            "{} works on TLS handshakes: {}.",
            case.name(),
            resumed.map_or_else(|| more(case, size), |gain| saved(gain.saved))
        ),
        remedy: "open fewer connections, keep them from batch to batch, or resume TLS sessions"
            .to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}
