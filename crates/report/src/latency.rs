//! The latency of single requests: a line for each arm, with the quantiles for which it has enough
//! requests.

use explain::{ArmAnalysis, Latency};

use crate::beside::{self, column, figure, is_unknown};
use crate::style::Style;
use crate::table::{Align, Column};
use words::number::bare_millis;

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
        column(Align::Right, name, arms.iter().map(|arm| figure(known(arm), bare_millis)))
    };
    let mut columns: Vec<Column> =
        QUANTILES.iter().map(quantile).filter(|column| !is_unknown(column)).collect();
    if columns.is_empty() {
        return Vec::new();
    }
    let requests = |arm: &&ArmAnalysis| arm.latency.map(|latency| latency.requests as f64);
    let counts = arms.iter().map(|arm| figure(requests(arm), words::number::count));
    columns.push(column(Align::Right, "requests", counts));
    beside::lines(TITLE, arms, columns, style)
}
