//! A gap of which the rules explain too little.

use crate::figures::{millis, sized};
use crate::findings::case::{Case, Side};
use crate::findings::code::FindingCode;
use crate::findings::draft::Draft;
use evidence::account::Charge;

/// The least share of the gap that is told as unexplained.
const LEAST: f64 = 0.25;

/// Says what is left of a case's gap beside what is charged to `explained`.
pub(in crate::findings) fn find(case: &Case<'_>, explained: &[Charge]) -> Option<Draft> {
    let versus = case.versus?;
    let gap = case.side.ledger.gap(&versus.ledger)?;
    let left: Vec<Charge> =
        Charge::ALL.into_iter().filter(|charge| !explained.contains(charge)).collect();
    let size = case.excess(&left).filter(|size| size.seconds >= LEAST * gap.seconds)?;
    Some(Draft {
        code: FindingCode::Unexplained,
        size: Some(size),
        because: false,
        sentence: format!(
            "{} takes {} more than {} for which no cause was found.",
            case.name(),
            millis(size.seconds),
            versus.arm.label
        ),
        remedy: String::new(),
        evidence: vec![
            format!("the whole difference: {}", sized(gap)),
            format!("of which unexplained: {}", sized(size)),
            main_part(case, versus, &left)?,
        ],
    })
}

/// The cause that most of it is charged to.
fn main_part(case: &Case<'_>, versus: &Side<'_>, left: &[Charge]) -> Option<String> {
    let excess =
        |&charge: &Charge| Some((charge, case.side.ledger.excess(&versus.ledger, &[charge])?));
    let (charge, size) = left
        .iter()
        .filter_map(excess)
        .max_by(|(_, one), (_, other)| one.seconds.total_cmp(&other.seconds))?;
    let part = match charge {
        Charge::Client => "most of it while the client itself went on",
        Charge::Exchange => "most of it in the exchange that no batch can do without",
        _ => "the largest part of it",
    };
    Some(format!("{part}: {}", sized(size)))
}
