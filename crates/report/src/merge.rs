//! Recordings of several places, merged: what differs, the ratios of each place and over places, the latency of
//! single requests, the place that lags, and the reasons to trust it less.

use explain::merge::{ArmOfPlace, Merge, MergedLatency, MergedRatio};
use words::merge as sentences;
use words::number::{Decimals, bare_millis};

use crate::compare::{DIFFERENCES, titled, verdict_ink};
use crate::style::{Ink, Style};
use crate::table::{self, Align, Cell, Column};
use crate::text;

const INDENT: usize = 2;
const UNKNOWN: &str = "–";
const TIMES: &str = "mean batch time, ms";
const LATENCY: &str = "request latency over all places, ms";
const WHEN: &str = "When the places were measured";

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
    let rows = rows(ratio);
    let names = column(Align::Left, "place", rows.iter().map(|row| row.name.clone()));
    let columns = [
        column(Align::Right, "blocks", rows.iter().map(|row| row.blocks.clone())),
        column(Align::Right, "ratio", rows.iter().map(Row::ratio)),
        column(Align::Right, "95% interval", rows.iter().map(Row::interval)),
    ];
    lines.extend(table::arranged(&names, &columns, style));
    lines.extend(text::wrap(&sentences::heterogeneity(ratio), style.columns(), 0));
    lines
}

/// A row of the table of a ratio.
struct Row {
    name: String,
    blocks: String,
    ratio: Option<f64>,
    interval: Option<(f64, f64)>,
}

impl Row {
    fn ratio(&self) -> String {
        self.ratio.map_or_else(String::new, |it| Decimals::for_ratio(it).write(it))
    }

    fn interval(&self) -> String {
        let Some((low, high)) = self.interval else { return UNKNOWN.to_owned() };
        Decimals::for_ratio(self.ratio.unwrap_or(low)).write_interval(low, high)
    }
}

fn rows(ratio: &MergedRatio) -> Vec<Row> {
    let place = |place: &explain::merge::RatioOfPlace| Row {
        name: place.place.clone(),
        blocks: place.blocks.to_string(),
        ratio: place.ratio,
        interval: place.low.zip(place.high),
    };
    let mut rows: Vec<Row> = ratio.places.iter().map(place).collect();
    let whole = |name: &str, ratio, interval| Row {
        name: name.to_owned(),
        blocks: String::new(),
        ratio,
        interval,
    };
    if ratio.ratio.is_some() {
        rows.push(whole("mean of places", ratio.ratio, ratio.low.zip(ratio.high)));
        rows.push(whole("a further place", None, ratio.next_low.zip(ratio.next_high)));
    }
    rows
}

/// The mean batch time of each arm, a column for each place.
fn times(merge: &Merge, style: Style) -> Vec<String> {
    let Some(first) = merge.places.first() else { return Vec::new() };
    let names = column(Align::Left, "arm", first.arms.iter().map(|arm| arm.arm.0.clone()));
    let columns: Vec<Column> = merge
        .places
        .iter()
        .map(|place| column(Align::Right, &place.place, place.arms.iter().map(time)))
        .collect();
    let title = std::iter::once(style.paint(TIMES, Ink::Heading));
    title.chain(table::arranged(&names, &columns, style)).collect()
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
    if latencies.is_empty() {
        return Vec::new();
    }
    let millis = |seconds: Option<f64>| seconds.map_or_else(|| UNKNOWN.to_owned(), bare_millis);
    let names = column(Align::Left, "arm", latencies.iter().map(|it| it.arm.0.clone()));
    let columns = [
        column(Align::Right, "p50", latencies.iter().map(|it| millis(it.p50))),
        column(Align::Right, "p90", latencies.iter().map(|it| millis(it.p90))),
        column(Align::Right, "p99", latencies.iter().map(|it| millis(it.p99))),
        column(Align::Right, "requests", latencies.iter().map(|it| it.requests.to_string())),
    ];
    let title = std::iter::once(style.paint(LATENCY, Ink::Heading));
    title.chain(table::arranged(&names, &columns, style)).collect()
}

fn column(align: Align, heading: &str, cells: impl Iterator<Item = String>) -> Column {
    let cells = cells.map(Cell::new);
    Column { align, cells: std::iter::once(Cell::new(heading)).chain(cells).collect() }
}

#[cfg(test)]
mod tests;
