//! The table under a describe table: the ratio of each arm to the baseline, with its interval and
//! verdict, and the connections that each opened.

use explain::{Analysis, ArmAnalysis, RatioAnalysis};
use stats::verdict::Verdict;

use crate::beside::{self, UNKNOWN, column, figure};
use crate::style::{Ink, Style};
use crate::table::{Align, Cell, Column};
use crate::text;

/// A line for each of these arms, of one batch size, with headings; and how many blocks it would
/// take to decide what is inconclusive.
pub(crate) fn lines(analysis: &Analysis, arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    let ratios: Vec<Option<&RatioAnalysis>> =
        arms.iter().map(|arm| analysis.ratios.iter().find(|ratio| ratio.arm == arm.arm)).collect();
    let mut figures = vec![connections(arms)];
    if ratios.iter().any(Option::is_some) {
        figures = vec![ratio(&ratios), interval(&ratios), connections(arms), verdict(&ratios)];
    }
    let mut lines = beside::lines("", arms, figures, style);
    lines.extend(ratios.into_iter().flatten().flat_map(|ratio| remark(ratio, style)));
    lines
}

fn ratio(ratios: &[Option<&RatioAnalysis>]) -> Column {
    let cells = ratios.iter().map(|ratio| match ratio {
        Some(ratio) => figure(ratio.ratio, number),
        None => Cell::new("1"),
    });
    column(Align::Right, "ratio", cells)
}

fn interval(ratios: &[Option<&RatioAnalysis>]) -> Column {
    let cells = ratios.iter().map(|ratio| {
        let Some(ratio) = ratio else { return Cell::default() };
        match (ratio.low, ratio.high) {
            (Some(low), Some(high)) => Cell::new(format!("[{}, {}]", number(low), number(high))),
            _ => Cell::new(UNKNOWN),
        }
    });
    column(Align::Right, "95 % interval", cells)
}

fn connections(arms: &[&ArmAnalysis]) -> Column {
    let cells = arms.iter().map(|arm| figure(arm.connections, |opened| format!("{opened:.1}")));
    column(Align::Right, "connections", cells)
}

fn verdict(ratios: &[Option<&RatioAnalysis>]) -> Column {
    let cells = ratios.iter().map(|ratio| match ratio {
        Some(ratio) => Cell::inked(ratio.verdict.words(), ink(ratio.verdict)),
        None => Cell::new("baseline"),
    });
    column(Align::Left, "verdict", cells)
}

const fn ink(verdict: Verdict) -> Ink {
    match verdict {
        Verdict::Faster => Ink::Good,
        Verdict::Slower => Ink::Bad,
        Verdict::FasterBelowMargin | Verdict::SlowerBelowMargin | Verdict::PracticallyEqual => {
            Ink::Plain
        }
        Verdict::Inconclusive | Verdict::Vetoed => Ink::Unsure,
    }
}

/// Three decimals, or a power of ten where these would not be read any more.
fn number(ratio: f64) -> String {
    if ratio < 1000.0 { format!("{ratio:.3}") } else { format!("{ratio:.0e}") }
}

fn remark(ratio: &RatioAnalysis, style: Style) -> Vec<String> {
    let arm = &ratio.arm;
    let sentence = match (ratio.blocks, ratio.blocks_needed) {
        (0, _) => format!("{arm}: there is no block in which it and the baseline both succeeded"),
        (_, Some(blocks)) => format!("{arm}: about {blocks} blocks would decide (-n {blocks})"),
        (1, None) => format!("{arm}: one block has no interval"),
        (_, None) => return Vec::new(),
    };
    text::wrap(&sentence, style.columns(), 0)
}
