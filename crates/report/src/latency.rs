//! The latency of single requests: a line for each arm, with the quantiles for which it has enough
//! requests.

use explain::{ArmAnalysis, Latency};

use crate::beside::{self, counts, is_unknown, millis};
use crate::style::Style;
use crate::table::Column;

const TITLE: &str = "request latency, ms";

/// A quantile: its name, and its seconds.
type Quantile = (&'static str, fn(&Latency) -> Option<f64>);

const QUANTILES: [Quantile; 3] = [
    ("p50", |latency| latency.p50),
    ("p90", |latency| latency.p90),
    ("p99", |latency| latency.p99),
];

/// The quantiles that are known of any of these arms, and of how many requests; nothing where none
/// is.
pub(crate) fn lines(arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    let quantile = |&(name, seconds): &Quantile| {
        let known = |arm: &ArmAnalysis| seconds(arm.latency.as_ref()?);
        millis(name, arms.iter().map(|arm| known(arm)))
    };
    let mut columns: Vec<Column> =
        QUANTILES.iter().map(quantile).filter(|column| !is_unknown(column)).collect();
    if columns.is_empty() {
        return Vec::new();
    }
    let requests = |arm: &&ArmAnalysis| arm.latency.map(|latency| latency.requests as f64);
    columns.push(counts("requests", arms.iter().map(requests)));
    beside::lines(TITLE, arms, columns, style)
}
