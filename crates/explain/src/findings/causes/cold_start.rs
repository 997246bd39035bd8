//! What a batch costs before its first request touches the network: session, event loop, threads.

use model::experiment::FactorKind;

use crate::figures::sized;
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use crate::findings::words::{cost, shorter};
use evidence::account::Charge;

pub(super) const CHARGES: [Charge; 1] = [Charge::Start];

pub(super) fn find(case: &Case<'_>) -> Option<Draft> {
    let observed = case.dominant(&CHARGES);
    let toggled = case.saved(FactorKind::WarmSession).filter(|_| could_be_warm(case));
    let size = toggled.map(|gain| gain.saved).or(observed)?;
    let evidence = [
        observed
            .map(|observed| format!("before the first request's first step: {}", sized(observed))),
        toggled.map(shorter),
    ];
    Some(Draft {
        code: FindingCode::ColdStart,
        size: Some(size),
        because: toggled.is_some(),
        sentence: format!("{} begins each batch anew: {}.", case.name(), cost(case, size, toggled)),
        remedy: if case.condition("session").is_some() {
            "make session, event loop and threads once, and keep them for all batches"
        } else {
            "do once, before all batches, what each does before its first request"
        }
        .to_owned(),
        evidence: evidence.into_iter().flatten().collect(),
    })
}

/// Whether a warm session is what is asked about: not where other arms begin anew too.
fn could_be_warm(case: &Case<'_>) -> bool {
    let session = |side: &Side<'_>| side.arm.conditions.get("session").cloned();
    case.versus.map_or(case.is_alone(), |versus| session(versus) != session(case.side))
}
