//! What the client prepares between an open connection and the first byte of its TLS handshake: it
//! loads certificates and makes a context, for each connection anew.
//!
//! Its signature when connections contend for it is processor time for each new connection that
//! rises with the number opened at once.

use model::experiment::FactorKind;

use crate::account::Charge;
use crate::figures::millis;
use crate::findings::case::{Case, Side};
use crate::findings::code::Code;
use crate::findings::draft::Draft;
use crate::findings::words::{beside, count, more, sized};

const CHARGES: [Charge; 1] = [Charge::Preparation];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let observed = case.excess(&CHARGES).or_else(|| case.alone(&CHARGES));
    let toggled = case.saved(FactorKind::SharedContext);
    let size = toggled.map(|gain| gain.saved).or(observed)?;
    let opened = |side: &Side<'_>| side.arm.connections;
    let each = |side: &Side<'_>| Some(side.arm.cpu_seconds? / opened(side).filter(|&n| n >= 1.0)?);
    let evidence = [
        observed.map(|observed| {
            format!(
                "between open connections and their first handshake byte, on the critical path: {}",
                sized(observed)
            )
        }),
        toggled.map(|gain| {
            format!("with {} the batch is {} shorter", gain.factor.setting, sized(gain.saved))
        }),
        beside(case, "connections opened", opened, count),
        beside(case, "processor time for each of them", each, millis),
    ];
    Some(Draft {
        code: Code::TlsPreparation,
        size: Some(size),
        because: toggled.is_some(),
        sentence: format!(
            "{} prepares TLS for each connection anew (certificates, context): {}.",
            case.name(),
            more(case, size)
        ),
        remedy: "pass one SSL context to all connections, or keep one session for all batches"
            .to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}
