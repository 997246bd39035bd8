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
        lines.extend(table::lines(&group, style));
    }
    lines
}

/// The columns of each table, with the names of the figures before them.
fn groups(arms: &[&ArmAnalysis], width: usize) -> Vec<Vec<Column>> {
    let longest = FIGURES.iter().map(|figure| text::width(figure)).max().unwrap_or(0);
    let headings: Vec<Vec<String>> =
        arms.iter().map(|arm| text::break_name(&arm.label.0, width - longest - 2)).collect();
    let height = headings.iter().map(Vec::len).max().unwrap_or(0);
    let names = names(height);
    let mut groups: Vec<Vec<Column>> = Vec::new();
    for (arm, heading) in arms.iter().zip(headings) {
        let column = column(heading, height, &arm.describe);
        let fits = |group: &Vec<Column>| table::table_width(group) + 2 + column.width() <= width;
        match groups.last_mut() {
            Some(group) if fits(group) => group.push(column),
            _ => groups.push(vec![names.clone(), column]),
        }
    }
    groups
}

fn names(height: usize) -> Column {
    let above = std::iter::repeat_n(Cell::default(), height);
    Column { align: Align::Left, cells: above.chain(FIGURES.map(Cell::new)).collect() }
}

fn column(heading: Vec<String>, height: usize, describe: &Describe) -> Column {
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
        .chain(heading.into_iter().map(Cell::new))
        .chain([Cell::new(describe.count.to_string())])
        .chain(figures)
        .collect();
    Column { align: Align::Right, cells }
}
