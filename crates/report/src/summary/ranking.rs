//! The arms of a batch size, the fastest first: time, ratio to the fastest, and the path in four
//! numbers.

use explain::{ArmAnalysis, RankedArm};
use model::phase::Phase;
use words::number::Decimals;

use super::shown::ShownArms;
use crate::beside::{UNKNOWN, column};
use crate::style::{Ink, Style};
use crate::table::{self, Align, Cell, Column, GAP};
use crate::text;

/// How far the arms are set in.
const INDENT: usize = 2;

/// The bar of the slowest arm.
const SHORTEST_BAR: usize = 4;
const LONGEST_BAR: usize = 40;
/// The parts of a block, by eighths.
const EIGHTHS: [&str; 8] = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"];

/// The path in four numbers: each a name and its phases.
const PATH: [(&str, &[Phase]); 4] = [
    ("setup", &[Phase::Dns, Phase::Connect, Phase::Tls]),
    ("wait", &[Phase::Send, Phase::Wait, Phase::Receive]),
    ("client", &[Phase::Client]),
    ("queue", &[Phase::Queue]),
];

/// How the names of the strategies begin that cost the least that a client can.
const FLOOR: &str = "floor/";

/// A row an arm, below a heading.
pub(super) fn lines(shown: &ShownArms<'_>, style: Style) -> Vec<String> {
    let ranked = shown.ranked();
    let mut lines = table(shown, &ranked, style);
    for arm in shown.without_time() {
        let reason = words::failures::without_time(arm);
        let line = format!("{}: {reason}", shown.name(arm));
        lines.extend(text::hang_by(&line, style.columns(), INDENT, 2 * INDENT));
    }
    if shown.answer.is_some_and(|answer| answer.vetoed) {
        let note = style.paint("no verdict", Ink::Bad);
        lines.push(format!("{:INDENT$}{note}: a caveat forbids to compare these times", ""));
    }
    lines
}

fn table(
    shown: &ShownArms<'_>,
    ranked: &[(&ArmAnalysis, &RankedArm)],
    style: Style,
) -> Vec<String> {
    let title = format!("batch {}, in ms", shown.size);
    if ranked.is_empty() {
        return vec![style.paint(&title, Ink::Heading)];
    }
    let names: Vec<String> = ranked.iter().map(|(arm, _)| shown.name(arm)).collect();
    let mut figures = figures(ranked);
    let labels = names.iter().map(|name| Cell::new(format!("{:INDENT$}{name}", "")));
    let labels = Column {
        align: Align::Left,
        cells: std::iter::once(Cell::inked(&title, Ink::Heading)).chain(labels).collect(),
    };
    let mut columns = vec![labels];
    columns.extend(figures.iter().cloned());
    let width = table::table_width(&columns);
    if width > style.columns() {
        return below(&title, &names, &figures, style);
    }
    let room = style.columns() - width;
    if room >= SHORTEST_BAR + GAP.len() && ranked.len() > 1 {
        let bar = bar(ranked, (room - GAP.len()).min(LONGEST_BAR));
        columns.insert(columns.len() - PATH.len(), bar.clone());
        figures.push(bar);
    }
    table::lines(&columns, style)
}

/// Each arm's name on a line of its own, where names are long, and its figures below.
fn below(title: &str, names: &[String], figures: &[Column], style: Style) -> Vec<String> {
    let room = style.columns() - 2 * INDENT;
    let mut rows = if table::table_width(figures) <= room {
        table::lines(figures, style).into_iter().map(|row| vec![row]).collect()
    } else {
        table::entries(figures, room)
    }
    .into_iter();
    let indented = |line: String| format!("{:1$}{line}", "", 2 * INDENT);
    let mut lines = vec![style.paint(title, Ink::Heading)];
    lines.extend(rows.next().unwrap_or_default().into_iter().map(indented));
    for (name, row) in names.iter().zip(rows) {
        let name = text::break_name(name, style.columns() - INDENT);
        lines.extend(name.into_iter().map(|line| format!("{:INDENT$}{line}", "")));
        lines.extend(row.into_iter().map(indented));
    }
    lines
}

/// The time, the ratio to the fastest, and the path.
fn figures(ranked: &[(&ArmAnalysis, &RankedArm)]) -> Vec<Column> {
    // The times and their parts have the same decimals, so that they add up.
    let seconds: Vec<f64> = ranked.iter().map(|(_, ranked)| ranked.seconds).collect();
    let decimals = Decimals::for_millis_column(&seconds);
    let times = ranked.iter().map(|(_, ranked)| Cell::new(decimals.write_millis(ranked.seconds)));
    let mut columns = vec![column(Align::Right, "time", times)];
    if ranked.len() > 1 {
        let ratios = ranked.iter().enumerate().map(|(place, (_, ranked))| ratio(place, ranked));
        columns.push(column(Align::Left, "vs fastest", ratios));
        columns.extend(multiples_of_floor(ranked));
    }
    for (name, phases) in PATH {
        let cells = ranked.iter().map(|(arm, _)| Cell::new(share(arm, phases, decimals)));
        columns.push(column(Align::Right, name, cells));
    }
    columns
}

/// `1.43 [1.40, 1.46]`; the fastest has none, and `tie` marks an arm that is as fast.
fn ratio(place: usize, ranked: &RankedArm) -> Cell {
    let Some(ratio) = ranked.ratio else {
        let text = if place == 0 { "fastest" } else { UNKNOWN };
        return Cell::inked(text, if place == 0 { Ink::Good } else { Ink::Plain });
    };
    let decimals = Decimals::for_ratio(ratio);
    let interval = ranked.low.zip(ranked.high);
    let interval = interval.map(|(low, high)| format!(" {}", decimals.write_interval(low, high)));
    let figure = if ranked.is_tied { "tie".to_owned() } else { decimals.write(ratio) };
    Cell::new(format!("{figure}{}", interval.unwrap_or_default()))
}

/// Each time as a multiple of that of the fastest arm of the floor, if the floor is an arm.
fn multiples_of_floor(ranked: &[(&ArmAnalysis, &RankedArm)]) -> Option<Column> {
    let (floor, floor_time) = ranked.iter().find(|(arm, _)| arm.strategy.starts_with(FLOOR))?;
    let cells = ranked.iter().map(|(arm, ranked)| {
        let multiple = ranked.over(floor_time);
        let is_floor = arm.arm == floor.arm;
        Cell::new(if is_floor {
            "floor".to_owned()
        } else {
            Decimals::for_ratio(multiple).write(multiple)
        })
    });
    Some(column(Align::Left, "vs floor", cells))
}

/// The sum of these phases on the path, where any was observed.
fn share(arm: &ArmAnalysis, phases: &[Phase], decimals: Decimals) -> String {
    let known: Vec<f64> = phases.iter().filter_map(|&phase| arm.path[phase]).collect();
    if known.is_empty() { UNKNOWN.to_owned() } else { decimals.write_millis(known.iter().sum()) }
}

/// A bar an arm, as long as its time: the slowest arm's has this width.
fn bar(ranked: &[(&ArmAnalysis, &RankedArm)], width: usize) -> Column {
    let slowest = ranked.iter().map(|(_, ranked)| ranked.seconds).fold(0.0, f64::max);
    let cells = ranked.iter().map(|(_, ranked)| {
        let eighths = (8.0 * width as f64 * ranked.seconds / slowest).round().max(1.0) as usize;
        Cell::new(format!("{}{}", "█".repeat(eighths / 8), EIGHTHS[eighths % 8]))
    });
    column(Align::Left, "", cells)
}
