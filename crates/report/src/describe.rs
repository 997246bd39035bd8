//! The describe table, as pandas prints it: a row a figure, a column an arm.

use explain::{Analysis, ArmAnalysis, Describe, RatioAnalysis};
use words::number;

use crate::beside::UNKNOWN;
use crate::histogram::{Parts, Shapes};
use crate::ratios;
use crate::short_names::ShortNames;
use crate::style::Style;
use crate::table::{self, Align, Cell, Column};
use crate::text;

/// The unit of all figures but the count.
const UNIT: &str = "seconds";

/// The rows that the summary adds below the figures: one with the whole ratio where all columns fit
/// side by side, else one with the ratio and one with its interval.
const RATIO: [&str; 2] = ["ratio", "verdict"];
const NARROW_RATIO: [&str; 3] = ["ratio", "95%", "verdict"];

/// The row of the histograms: each lies between its bounds in milliseconds.
const TRIALS: &str = "in ms";

/// Whether a table has the histograms of its arms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Histograms {
    Shown,
    Hidden,
}

/// Headings are not broken into lines shorter than this.
const NARROWEST_HEADING: usize = 16;

const FIGURES: [&str; 8] = ["count", "mean", "std", "min", "25%", "50%", "75%", "max"];

/// The table of these arms, as several below each other where it is too wide for one.
pub(crate) fn lines(arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    let described = side_by_side(arms, &ShortNames::default(), |_| Vec::new(), &[], style);
    stacked(&described, &[], style)
}

/// The same, with a histogram of each arm's trials where it is asked for and there are enough, and with the
/// ratio of each arm to the baseline and the verdict.
pub(crate) fn with_ratios(
    analysis: &Analysis,
    arms: &[&ArmAnalysis],
    names: &ShortNames,
    histograms: Histograms,
    style: Style,
) -> Vec<String> {
    let shapes = match histograms {
        Histograms::Shown => Shapes::new(arms.iter().map(|arm| (&arm.arm, arm.times.as_slice()))),
        Histograms::Hidden => Shapes::default(),
    };
    let shape = |arm: &ArmAnalysis, parts: Parts| -> Vec<Cell> {
        let line = || shapes.line(&arm.arm, parts, style).unwrap_or_default();
        let cell = (!shapes.is_empty()).then(|| Cell::new(line()));
        cell.into_iter().collect()
    };
    let first: &[&str] = if shapes.is_empty() { &[] } else { &[TRIALS] };
    let ratio = |arm: &ArmAnalysis| analysis.ratios.iter().find(|ratio| ratio.arm == arm.arm);
    if arms.iter().all(|arm| ratio(arm).is_none()) {
        let shapes = |arm: &ArmAnalysis| shape(arm, Parts::WIDE);
        return stacked(&side_by_side(arms, names, shapes, first, style), first, style);
    }
    let described = |cells: fn(&RatioAnalysis) -> Vec<Cell>, rows: &[&str], parts: Parts| {
        let ratios = |arm: &ArmAnalysis| ratio(arm).map_or_else(|| baseline(rows.len()), cells);
        let more = |arm: &ArmAnalysis| [shape(arm, parts), ratios(arm)].concat();
        side_by_side(arms, names, more, &[first, rows].concat(), style)
    };
    let wide = described(ratio_cells, &RATIO, Parts::WIDE);
    if wide.len() < 2 {
        return stacked(&wide, &[first, &RATIO[..]].concat(), style);
    }
    let narrow = described(narrow_ratio_cells, &NARROW_RATIO, Parts::NARROW);
    stacked(&narrow, &[first, &NARROW_RATIO[..]].concat(), style)
}

/// The columns of each table: all arms in one, with their headings broken where that helps, else as
/// many as fit.
fn side_by_side<'a>(
    arms: &[&'a ArmAnalysis],
    short: &ShortNames,
    more: impl Fn(&ArmAnalysis) -> Vec<Cell>,
    rows: &[&str],
    style: Style,
) -> Vec<Vec<Described<'a>>> {
    let room = style.columns() - names(0, rows).width();
    let described = |heading: usize| {
        let described = arms.iter().map(|arm| {
            let name = short.shorten(&arm.label.0);
            let heading = text::break_name(&name, heading.max(NARROWEST_HEADING));
            Described { heading, describe: &arm.describe, more: more(arm) }
        });
        groups(described.collect(), room)
    };
    let whole = described(room - table::GAP.len());
    if whole.len() < 2 {
        return whole;
    }
    let broken = described((room / arms.len()).saturating_sub(table::GAP.len()));
    if broken.len() < whole.len() { broken } else { whole }
}

/// How wide the headings may be where a table has a column for each of this number of arms.
pub(crate) fn heading_room(arms: usize, style: Style) -> usize {
    const WIDEST: usize = 20;
    let room = style.columns() - text::width(UNIT);
    (room / arms.max(1)).saturating_sub(table::GAP.len()).clamp(NARROWEST_HEADING, WIDEST)
}

fn baseline(rows: usize) -> Vec<Cell> {
    let mut cells = vec![Cell::new("baseline")];
    cells.resize(rows, Cell::default());
    cells
}

fn ratio_cells(ratio: &RatioAnalysis) -> Vec<Cell> {
    let [figure, interval] = ratios::figures(ratio);
    vec![Cell::new(format!("{figure} {interval}").trim_end()), ratios::verdict_cell(ratio)]
}

fn narrow_ratio_cells(ratio: &RatioAnalysis) -> Vec<Cell> {
    let [figure, interval] = ratios::figures(ratio);
    vec![Cell::new(figure), Cell::new(interval), ratios::verdict_cell(ratio)]
}

fn stacked(groups: &[Vec<Described<'_>>], rows: &[&str], style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    for group in groups {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let height = group.iter().map(|arm| arm.heading.len()).max().unwrap_or(0);
        let mut columns = vec![names(height, rows)];
        columns.extend(group.iter().map(|arm| column(arm, height)));
        lines.extend(table::lines(&columns, style));
    }
    lines
}

/// An arm's column: its heading, its figures, and the cells below them.
struct Described<'a> {
    heading: Vec<String>,
    describe: &'a Describe,
    more: Vec<Cell>,
}

/// The columns of each table, as many as fit.
fn groups(described: Vec<Described<'_>>, room: usize) -> Vec<Vec<Described<'_>>> {
    let mut groups: Vec<Vec<Described<'_>>> = Vec::new();
    let mut taken = room;
    for described in described {
        let needed = table::GAP.len() + column(&described, described.heading.len()).width();
        if taken + needed > room {
            groups.push(Vec::new());
            taken = 0;
        }
        taken += needed;
        if let Some(group) = groups.last_mut() {
            group.push(described);
        }
    }
    groups
}

/// The names of the rows, with the unit beside the last line of the headings.
fn names(height: usize, rows: &[&str]) -> Column {
    let above = std::iter::repeat_n(Cell::default(), height.saturating_sub(1));
    let rows = FIGURES.iter().chain(rows).map(|row| Cell::new(*row));
    Column { align: Align::Left, cells: above.chain([Cell::new(UNIT)]).chain(rows).collect() }
}

fn column(described: &Described<'_>, height: usize) -> Column {
    let Described { heading, describe, more } = described;
    let above = std::iter::repeat_n(Cell::default(), height - heading.len());
    let figures = [
        describe.mean,
        describe.std,
        describe.min,
        describe.lower_quartile,
        describe.median,
        describe.upper_quartile,
        describe.max,
    ];
    let figures =
        figures.map(|figure| Cell::new(figure.map_or_else(|| UNKNOWN.to_owned(), number::seconds)));
    let cells = above
        .chain(heading.iter().map(Cell::new))
        .chain([Cell::new(describe.count.to_string())])
        .chain(figures)
        .chain(more.iter().cloned())
        .collect();
    Column { align: Align::Right, cells }
}
