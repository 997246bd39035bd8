//! The phrases that findings share.

use super::case::Case;
use crate::estimate::Estimate;
use crate::figures::millis;

/// `3 ms more than hyper/async`, or `3 ms` where nothing is compared.
pub(super) fn more(case: &Case<'_>, size: Estimate) -> String {
    match case.versus {
        Some(versus) => format!("{} more than {}", millis(size.seconds), versus.arm.label),
        None => millis(size.seconds),
    }
}

/// `3 ms go with it`: of a cause that was taken away.
pub(super) fn saved(size: Estimate) -> String {
    format!("{} go with it", millis(size.seconds))
}

/// A figure of the arm beside that of the quickest: `4 connections opened (hyper/async: 1)`.
pub(super) fn beside(
    case: &Case<'_>,
    what: &str,
    of: impl Fn(&super::case::Side<'_>) -> Option<f64>,
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
