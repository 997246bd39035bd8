//! The phrases that findings share: what two of them say is said in the same words.

use super::case::{Case, Side};
use super::gain::Gain;
use crate::estimate::Estimate;
use crate::figures::{millis, sized};

/// `3 ms more than hyper/async`, or `3 ms` where nothing is compared.
pub(super) fn more(case: &Case<'_>, size: Estimate) -> String {
    match case.versus {
        Some(versus) => format!("{} more than {}", millis(size.seconds), versus.arm.label),
        None => millis(size.seconds),
    }
}

/// What a cause costs: `3 ms go with it` where it was taken away, or else what it costs more.
pub(super) fn cost(case: &Case<'_>, size: Estimate, toggled: Option<&Gain>) -> String {
    match toggled {
        Some(gain) => format!("{} go with it", millis(gain.saved.seconds)),
        None => more(case, size),
    }
}

/// `with session=warm the batch is 3.00 ms [2.90, 3.10] shorter`.
pub(super) fn shorter(gain: &Gain) -> String {
    format!("with {} the batch is {} shorter", gain.factor.setting, sized(gain.saved))
}

/// How many connections were opened.
pub(super) fn connections_opened(case: &Case<'_>) -> Option<String> {
    beside(case, "connections opened", |side| side.arm.connections, count)
}

/// The most requests that the server handled at once.
pub(super) fn most_at_server(case: &Case<'_>) -> Option<String> {
    let at_once = |side: &Side<'_>| side.seen.handled_at_once.map(|most| most as f64);
    beside(case, "most requests at the server at once", at_once, count)
}

/// A figure of the arm beside that of the quickest: `4 connections opened (hyper/async: 1)`.
pub(super) fn beside(
    case: &Case<'_>,
    what: &str,
    of: impl Fn(&Side<'_>) -> Option<f64>,
    written: impl Fn(f64) -> String,
) -> Option<String> {
    let own = written(of(case.side)?);
    let other = case.versus.and_then(|versus| Some((versus, of(versus)?)));
    Some(match other {
        Some((versus, value)) => {
            format!("{what}: {own} ({}: {})", versus.arm.label, written(value))
        }
        None => format!("{what}: {own}"),
    })
}

/// A count that may be a mean: `4`, `4.5`.
pub(super) fn count(number: f64) -> String {
    let digits = format!("{number:.1}");
    digits.strip_suffix(".0").map_or(digits.clone(), str::to_owned)
}
