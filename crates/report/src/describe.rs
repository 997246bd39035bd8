//! The describe table, as pandas prints it: a row a figure, a column an arm.

use explain::{ArmAnalysis, Describe};

use crate::style::Style;
use crate::table::{self, Align, Cell, Column};
use crate::text;

/// What stands where a figure is not defined.
const UNDEFINED: &str = "–";

const FIGURES: [&str; 8] = ["count", "mean", "std", "min", "25%", "50%", "75%", "max"];

/// The table of these arms, as several below each other where it is too wide for one.
pub(crate) fn lines(arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    for group in groups(arms, style.columns()) {
        if !lines.is_empty() {
            lines.push(String::new());
        }
        let height = group.iter().map(|arm| arm.heading.len()).max().unwrap_or(0);
        let mut columns = vec![names(height)];
        columns.extend(group.into_iter().map(|arm| column(&arm, height)));
        lines.extend(table::lines(&columns, style));
    }
    lines
}

/// What a column is made of.
struct Described<'a> {
    heading: Vec<String>,
    describe: &'a Describe,
}

/// The arms of each table, as many as fit.
fn groups<'a>(arms: &[&'a ArmAnalysis], width: usize) -> Vec<Vec<Described<'a>>> {
    let room = width - names(0).width();
    let mut groups: Vec<Vec<Described<'a>>> = Vec::new();
    let mut taken = room;
    for arm in arms {
        let heading = text::break_name(&arm.label.0, room - table::GAP.len());
        let described = Described { heading, describe: &arm.describe };
        let needed = table::GAP.len() + column(&described, described.heading.len()).width();
        if taken + needed > room {
            groups.push(Vec::new());
            taken = 0;
        }
        taken += needed;
        groups.last_mut().expect("the first arm began a group").push(described);
    }
    groups
}

fn names(height: usize) -> Column {
    let above = std::iter::repeat_n(Cell::default(), height);
    Column { align: Align::Left, cells: above.chain(FIGURES.map(Cell::new)).collect() }
}

fn column(described: &Described<'_>, height: usize) -> Column {
    let Described { heading, describe } = described;
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
    let figures = figures.map(|figure| {
        Cell::new(figure.map_or_else(|| UNDEFINED.to_owned(), |seconds| format!("{seconds:.6}")))
    });
    let cells = above
        .chain(heading.iter().map(Cell::new))
        .chain([Cell::new(describe.count.to_string())])
        .chain(figures)
        .collect();
    Column { align: Align::Right, cells }
}
