//! Recordings of several places, merged: what differs, the ratios of each place and over places, the latency of
//! single requests, the place that lags, and the reasons to trust it less.

mod row;

use explain::merge::{ArmOfPlace, Merge, MergedLatency, MergedRatio};
use words::merge as sentences;
use words::number::bare_millis;

use crate::compare::{DIFFERENCES, titled, verdict_ink};
use crate::style::{Ink, Style};
use crate::table::{self, Align, Cell, Column};
use crate::text;

pub(crate) use row::{Row, RowOf, rows};

const INDENT: usize = 2;
const UNKNOWN: &str = "–";
pub(crate) const TIMES: &str = "mean batch time, ms";
pub(crate) const LATENCY: &str = "request latency over all places, ms";
pub(crate) const WHEN: &str = "When the places were measured";

/// The merge as text, ending in a line break.
pub fn merge(merge: &Merge, style: Style) -> String {
    let title = text::wrap(&sentences::title(merge), style.columns(), 0);
    let mut lines: Vec<String> = title.iter().map(|line| style.paint(line, Ink::Heading)).collect();
    let difference = |it| sentences::difference(it, &merge.places);
    lines.extend(titled(DIFFERENCES, merge.differences.iter().map(difference), style));
    for ratio in &merge.ratios {
        lines.push(String::new());
        lines.extend(of_ratio(ratio, style));
    }
    lines.push(String::new());
    lines.extend(times(merge, style));
    lines.extend(latencies(&merge.latencies, style));
    let when = merge.places.iter().filter_map(|it| Some(sentences::time(&it.place, it.time?)));
    lines.extend(titled(WHEN, when, style));
    let lag = merge.lag.iter().map(sentences::lag);
    let caveats = merge.caveats.iter();
    let caveats = caveats.map(|&caveat| format!("caveat: {}", sentences::caveat(caveat)));
    let remarks = lag.chain(caveats);
    lines.extend(remarks.flat_map(|line| text::hang(&line, style.columns(), INDENT)));
    format!("{}\n", lines.join("\n"))
}

/// The sentence, a row for each place, and rows for the mean and for a further place.
fn of_ratio(ratio: &MergedRatio, style: Style) -> Vec<String> {
    let mut lines: Vec<String> = text::wrap(&sentences::answer(ratio), style.columns(), 0)
        .iter()
        .map(|line| style.paint(line, verdict_ink(ratio.verdict)))
        .collect();
    lines.extend(arranged(&ratio_columns(ratio), style));
    lines.extend(text::wrap(&sentences::heterogeneity(ratio), style.columns(), 0));
    lines
}

/// The table of a ratio: the places, their mean, and a further place.
pub(crate) fn ratio_columns(ratio: &MergedRatio) -> Vec<Column> {
    let rows = rows(ratio);
    let blocks = |row: &Row| row.blocks.map_or_else(String::new, |blocks| blocks.to_string());
    vec![
        column(Align::Left, "place", rows.iter().map(|row| row.name.clone())),
        column(Align::Right, "blocks", rows.iter().map(blocks)),
        column(Align::Right, "ratio", rows.iter().map(Row::ratio)),
        column(Align::Right, "95% interval", rows.iter().map(Row::interval)),
    ]
}

/// The mean batch time of each arm, a column for each place.
fn times(merge: &Merge, style: Style) -> Vec<String> {
    titled_table(TIMES, &time_columns(merge), style)
}

/// The table of the mean batch times.
pub(crate) fn time_columns(merge: &Merge) -> Vec<Column> {
    let Some(first) = merge.places.first() else { return Vec::new() };
    let names = column(Align::Left, "arm", first.arms.iter().map(|arm| arm.arm.0.clone()));
    let places = merge.places.iter();
    let places =
        places.map(|place| column(Align::Right, &place.place, place.arms.iter().map(time)));
    std::iter::once(names).chain(places).collect()
}

/// The mean time, and how many trials failed where any did.
fn time(arm: &ArmOfPlace) -> String {
    let time = arm.seconds.map_or_else(|| UNKNOWN.to_owned(), bare_millis);
    match arm.failed {
        0 => time,
        failed => format!("{time} ({failed} failed)"),
    }
}

/// The quantiles of each arm, where any is known.
fn latencies(latencies: &[MergedLatency], style: Style) -> Vec<String> {
    titled_table(LATENCY, &latency_columns(latencies), style)
}

/// The table of the quantiles; no column without an arm.
pub(crate) fn latency_columns(latencies: &[MergedLatency]) -> Vec<Column> {
    if latencies.is_empty() {
        return Vec::new();
    }
    let millis = |seconds: Option<f64>| seconds.map_or_else(|| UNKNOWN.to_owned(), bare_millis);
    vec![
        column(Align::Left, "arm", latencies.iter().map(|it| it.arm.0.clone())),
        column(Align::Right, "p50", latencies.iter().map(|it| millis(it.p50))),
        column(Align::Right, "p90", latencies.iter().map(|it| millis(it.p90))),
        column(Align::Right, "p99", latencies.iter().map(|it| millis(it.p99))),
        column(Align::Right, "requests", latencies.iter().map(|it| it.requests.to_string())),
    ]
}

fn titled_table(title: &str, columns: &[Column], style: Style) -> Vec<String> {
    if columns.is_empty() {
        return Vec::new();
    }
    let title = std::iter::once(style.paint(title, Ink::Heading));
    title.chain(arranged(columns, style)).collect()
}

/// A table whose first column names its rows.
fn arranged(columns: &[Column], style: Style) -> Vec<String> {
    let Some((names, columns)) = columns.split_first() else { return Vec::new() };
    table::arranged(names, columns, style)
}

fn column(align: Align, heading: &str, cells: impl Iterator<Item = String>) -> Column {
    let cells = cells.map(Cell::new);
    Column { align, cells: std::iter::once(Cell::new(heading)).chain(cells).collect() }
}

#[cfg(test)]
pub(crate) mod sample;
#[cfg(test)]
mod tests;
