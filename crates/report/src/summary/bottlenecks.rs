//! What limits each arm, one line each.

use super::shown::ShownArms;
use crate::style::{Ink, Style};
use crate::text;

/// How far the arms are set in, and further lines once more.
const INDENT: usize = 2;
/// The gap behind a name.
const GAP: usize = 2;

/// What is said of an arm: on one line with what comes next, where that fits.
struct Clause {
    name: String,
    whole: String,
    limit_alone: String,
}

/// A line for each arm that could be replayed, the fastest first, below a heading.
pub(super) fn lines(shown: &ShownArms<'_>, style: Style) -> Vec<String> {
    let clauses: Vec<Clause> = shown
        .ranked()
        .into_iter()
        .filter_map(|(arm, _)| {
            let (whole, limit_alone) =
                words::bottleneck::clause(arm).zip(words::bottleneck::limit_alone(arm))?;
            Some(Clause { name: shown.name(arm), whole, limit_alone })
        })
        .collect();
    if clauses.is_empty() {
        return Vec::new();
    }
    let widest = clauses.iter().map(|clause| text::width(&clause.name)).max().unwrap_or(0);
    let beside = INDENT + widest + GAP;
    let longest = clauses.iter().map(|clause| text::width(&clause.limit_alone)).max().unwrap_or(0);
    let is_below = beside + longest > style.columns();
    let start = if is_below { 2 * INDENT } else { beside };
    let mut lines = vec![style.paint("Bottleneck", Ink::Heading)];
    for Clause { name, whole, limit_alone } in clauses {
        let fits = start + text::width(&whole) <= style.columns();
        let clause = if fits { whole } else { limit_alone };
        if is_below {
            let name = text::break_name(&name, style.columns() - INDENT);
            lines.extend(name.into_iter().map(|line| format!("{:INDENT$}{line}", "")));
            lines.extend(text::wrap(&clause, style.columns(), start));
        } else {
            lines.push(format!("{:INDENT$}{name:1$}{clause}", "", widest + GAP));
        }
    }
    lines
}
