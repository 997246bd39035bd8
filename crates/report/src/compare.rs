//! Two recordings compared: what else differs, the arms, the causes, and the reasons to trust it less.

use explain::compare::{ArmComparison, Comparison, SlowdownLimit};
use model::arm::ArmName;
use stats::verdict::Verdict;
use words::compare as sentences;
use words::number::{Decimals, bare_millis};

use crate::markdown;
use crate::style::{Ink, Style};
use crate::table::{self, Align, Cell, Column};
use crate::text;

const INDENT: usize = 2;
const UNKNOWN: &str = "–";
pub(crate) const DIFFERENCES: &str = "Differences beside the times";
pub(crate) const CAUSES: &str = "Causes that changed";

/// The comparison as text, ending in a line break.
pub fn comparison(comparison: &Comparison, limit: Option<SlowdownLimit>, style: Style) -> String {
    let differences = sentences::differences(&comparison.setup);
    let mut lines = titled(DIFFERENCES, differences.into_iter(), style);
    lines.extend(text::wrap(&sentences::answer(comparison), style.columns(), 0));
    lines.extend(arms(comparison, style));
    lines.extend(
        remarks(comparison).iter().flat_map(|line| text::hang(line, style.columns(), INDENT)),
    );
    lines.extend(titled(CAUSES, comparison.causes.iter().map(sentences::cause), style));
    for &caveat in &comparison.caveats {
        let line = format!("caveat: {}", sentences::caveat(caveat));
        lines.extend(text::hang(&line, style.columns(), INDENT));
    }
    if let Some(limit) = limit {
        let is_slower = comparison.slower_than(limit).next().is_some();
        let ink = if is_slower { Ink::Bad } else { Ink::Good };
        let gate = text::wrap(&sentences::gate(comparison, limit), style.columns(), 0);
        lines.extend(gate.iter().map(|line| style.paint(line, ink)));
    }
    format!("{}\n", lines.join("\n"))
}

/// Lines below a title; nothing without a line.
pub(crate) fn titled(
    title: &str,
    lines: impl Iterator<Item = String>,
    style: Style,
) -> Vec<String> {
    let hung = |line: String| text::hang_by(&line, style.columns(), INDENT, 2 * INDENT);
    let lines: Vec<String> = lines.flat_map(hung).collect();
    if lines.is_empty() {
        return lines;
    }
    std::iter::once(style.paint(title, Ink::Heading)).chain(lines).collect()
}

/// A row for each arm, or an entry where that is too wide.
fn arms(comparison: &Comparison, style: Style) -> Vec<String> {
    let rows = &comparison.arms;
    let column = |align, heading: &str, cell: &dyn Fn(&ArmComparison) -> Cell| {
        let cells = std::iter::once(Cell::new(heading)).chain(rows.iter().map(cell)).collect();
        Column { align, cells }
    };
    let figure = |place: usize| move |arm: &ArmComparison| Cell::new(figures(arm)[place].clone());
    let names = column(Align::Left, "arm", &|arm| Cell::new(arm.arm.0.clone()));
    let columns = [
        column(Align::Right, "old, ms", &figure(0)),
        column(Align::Right, "new, ms", &figure(1)),
        column(Align::Right, "new/old", &figure(2)),
        column(Align::Right, "95% interval", &figure(3)),
        column(Align::Left, "verdict", &verdict),
    ];
    table::arranged(&names, &columns, style)
}

/// The old time, the new time, the ratio and its interval.
pub(crate) fn figures(arm: &ArmComparison) -> [String; 4] {
    let millis = |seconds: Option<f64>| seconds.map_or_else(|| UNKNOWN.to_owned(), bare_millis);
    let times = [millis(arm.old.seconds), millis(arm.new.seconds)];
    let [old, new] = times;
    let Some(ratio) = arm.ratio else {
        return [old, new, UNKNOWN.to_owned(), UNKNOWN.to_owned()];
    };
    let decimals = Decimals::for_ratio(ratio);
    let interval = arm.low.zip(arm.high);
    let interval = interval.map(|(low, high)| decimals.write_interval(low, high));
    [old, new, decimals.write(ratio), interval.unwrap_or_else(|| UNKNOWN.to_owned())]
}

fn verdict(arm: &ArmComparison) -> Cell {
    Cell::inked(arm.verdict.name(), verdict_ink(arm.verdict))
}

/// How a verdict is coloured.
pub(crate) const fn verdict_ink(verdict: Verdict) -> Ink {
    match verdict {
        Verdict::Faster => Ink::Good,
        Verdict::Slower => Ink::Bad,
        Verdict::Inconclusive | Verdict::Vetoed => Ink::Unsure,
        Verdict::FasterBelowMargin | Verdict::SlowerBelowMargin | Verdict::PracticallyEqual => {
            Ink::Plain
        }
    }
}

/// Why arms have no ratio or no interval, which failed, and which are in one recording only.
pub(crate) fn remarks(comparison: &Comparison) -> Vec<String> {
    let missing = comparison.arms.iter().map(sentences::missing);
    let failed = comparison.arms.iter().map(sentences::failed);
    let only = [("old", &comparison.only_old), ("new", &comparison.only_new)];
    let only = only.into_iter().map(|(which, arms)| only_in(which, arms));
    missing.chain(failed).chain(only).filter(|line| !line.is_empty()).collect()
}

fn only_in(which: &str, arms: &[ArmName]) -> String {
    let names: Vec<&str> = arms.iter().map(|arm| arm.0.as_str()).collect();
    match names.as_slice() {
        [] => String::new(),
        names => format!("Only in the {which} recording: {}.", names.join(", ")),
    }
}

/// The comparison as GitHub-flavoured Markdown, ending in a line break.
pub fn comparison_markdown(comparison: &Comparison, limit: Option<SlowdownLimit>) -> String {
    let items = |lines: Vec<String>| -> Vec<String> {
        lines.iter().map(|line| format!("- {}", markdown::text(line))).collect()
    };
    let gate =
        limit.map(|limit| format!("**{}**", markdown::text(&sentences::gate(comparison, limit))));
    let setup = sentences::differences(&comparison.setup);
    let caveats = comparison.caveats.iter().map(|&it| sentences::caveat(it).to_owned()).collect();
    let causes = comparison.causes.iter().map(sentences::cause).collect();
    let title = |title: &str, lines: Vec<String>| match lines.is_empty() {
        true => lines,
        false => [vec![format!("{title}:"), String::new()], lines].concat(),
    };
    markdown::document(vec![
        vec!["### batchmark: comparison with the baseline".to_owned()],
        gate.into_iter().collect(),
        title(DIFFERENCES, items(setup)),
        vec![markdown::text(&sentences::answer(comparison))],
        markdown_arms(comparison),
        items(remarks(comparison)),
        title(CAUSES, items(causes)),
        markdown::details(
            &words::list::counted(comparison.caveats.len(), "caveat"),
            items(caveats),
        ),
    ])
}

fn markdown_arms(comparison: &Comparison) -> Vec<String> {
    use markdown::{left, right};
    let headings = [
        left("arm"),
        right("old, ms"),
        right("new, ms"),
        right("new/old"),
        right("95% interval"),
        left("verdict"),
    ];
    let row = |arm: &ArmComparison| {
        let mut row = vec![markdown::code(&arm.arm.0)];
        row.extend(figures(arm));
        row.push(arm.verdict.name().to_owned());
        row
    };
    let rows: Vec<Vec<String>> = comparison.arms.iter().map(row).collect();
    markdown::table(&headings, &rows)
}

#[cfg(test)]
mod tests;
