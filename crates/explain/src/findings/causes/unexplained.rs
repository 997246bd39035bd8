//! A gap of which the rules explain too little.

use crate::account::Charge;
use crate::estimate::Estimate;
use crate::figures::sized;
use crate::findings::case::Case;
use crate::findings::code::Code;
use crate::findings::draft::Draft;

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
        code: Code::Unexplained,
        size: Some(size),
        because: false,
        sentence: format!(
            "{} takes {} more than {} for which no cause was found.",
            case.name(),
            crate::figures::millis(size.seconds),
            versus.arm.label
        ),
        remedy: String::new(),
        evidence: vec![
            format!("the whole difference: {}", sized(gap)),
            format!("of which unexplained: {}", sized(size)),
            main_part(case, &left),
        ],
    })
}

fn main_part(case: &Case<'_>, left: &[Charge]) -> String {
    let excess = |charge: &Charge| -> Option<(Charge, Estimate)> {
        Some((*charge, case.side.ledger.excess(&case.versus?.ledger, &[*charge])?))
    };
    let most = left
        .iter()
        .filter_map(excess)
        .max_by(|one, other| one.1.seconds.total_cmp(&other.1.seconds));
    match most {
        Some((Charge::Client, size)) => {
            format!("most of it while the client itself went on: {}", sized(size))
        }
        Some((Charge::Exchange, size)) => {
            format!("most of it in the exchange that no batch can do without: {}", sized(size))
        }
        Some((_, size)) => format!("the largest part of it: {}", sized(size)),
        None => String::new(),
    }
}
