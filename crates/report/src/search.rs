//! What a search found: the fastest candidates, which of them are raced, and what could not be searched.

use explain::whatif::{Candidate, Search, Winner};
use words::list::counted;
use words::number::millis_with_interval;

use crate::style::{Ink, Style};
use crate::table::{self, Cell, Column};
use crate::text;
use crate::whatif::{column, plain};

/// The maximum number of candidates that are shown, besides those in the race.
const MOST: usize = 10;

/// The candidates, the fastest first.
pub fn search(search: &Search, style: Style) -> String {
    let count = counted(search.candidates.len(), "candidate");
    let heading = format!("{count}, of which {} are raced", search.raced.len());
    let mut lines = vec![style.paint(&heading, Ink::Heading)];
    let is_raced = |candidate: &Candidate| search.raced.contains(&candidate.label);
    let enumerated = search.candidates.iter().enumerate();
    let shown: Vec<&Candidate> = enumerated
        .filter(|(place, candidate)| *place < MOST || is_raced(candidate))
        .map(|(_, candidate)| candidate)
        .collect();
    let cells = |cell: &dyn Fn(&Candidate) -> String| -> Vec<String> {
        shown.iter().map(|candidate| cell(candidate)).collect()
    };
    let time =
        |it: &Candidate| millis_with_interval(it.time.seconds, it.time.low.zip(it.time.high));
    let raced = |it: &Candidate| if is_raced(it) { "raced".to_owned() } else { String::new() };
    let columns = [
        column("strategy", cells(&|it| it.label.to_string())),
        column("batch", cells(&time)),
        column("", cells(&|it| words::whatif::basis(it.basis).to_owned())),
        column("", cells(&raced)),
    ];
    lines.extend(rows(&columns, style));
    let hidden = search.candidates.len() - shown.len();
    if hidden > 0 {
        lines.push(format!("and {hidden} that are slower"));
    }
    for arm in &search.unpredicted {
        lines.extend(text::hang(&words::whatif::unpredicted(arm), style.columns(), 2));
    }
    plain(&lines)
}

/// The winner of the race.
pub fn winner(winner: &Winner, style: Style) -> String {
    plain(&text::hang(&words::whatif::winner(winner), style.columns(), 2))
}

/// A table, or each candidate on two lines where that is too wide.
fn rows(columns: &[Column], style: Style) -> Vec<String> {
    if table::table_width(columns) <= style.columns() {
        return table::lines(columns, style);
    }
    let [labels, figures @ ..] = columns else { return Vec::new() };
    let row = |(place, label): (usize, &Cell)| {
        let figures = figures.iter().filter_map(|column| column.cells.get(place));
        let figures: Vec<&str> = figures.map(Cell::text).filter(|text| !text.is_empty()).collect();
        let figures = text::wrap(&figures.join(" · "), style.columns(), 2);
        text::wrap(label.text(), style.columns(), 0).into_iter().chain(figures).collect::<Vec<_>>()
    };
    labels.cells.iter().enumerate().skip(1).flat_map(row).collect()
}
