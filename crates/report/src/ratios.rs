//! The table under a describe table: the ratio of each arm to the baseline, with its interval and
//! verdict, and the connections that each opened.

use explain::{Analysis, ArmAnalysis, RatioAnalysis};
use stats::verdict::Verdict;
use words::number::Decimals;

use crate::beside::{self, UNKNOWN, column, counts};
use crate::style::{Ink, Style};
use crate::table::{Align, Cell, Column};
use crate::text;

/// A line for each of these arms, of one batch size, with headings; and how many blocks it would
/// take to decide what is inconclusive.
pub(crate) fn lines(analysis: &Analysis, arms: &[&ArmAnalysis], style: Style) -> Vec<String> {
    let ratios: Vec<Option<&RatioAnalysis>> =
        arms.iter().map(|arm| analysis.ratios.iter().find(|ratio| ratio.arm == arm.arm)).collect();
    let mut columns = vec![connections(arms)];
    if ratios.iter().any(Option::is_some) {
        columns = vec![ratio(&ratios), interval(&ratios), connections(arms), verdict(&ratios)];
    }
    let mut lines = beside::lines("", arms, columns, style);
    lines.extend(ratios.into_iter().flatten().flat_map(|ratio| remark(ratio, style)));
    lines
}

/// A ratio and its interval, the interval with the ratio's decimals; empty where it is unknown.
pub(crate) fn figures(ratio: &RatioAnalysis) -> [String; 2] {
    let Some(value) = ratio.ratio else { return [UNKNOWN.to_owned(), String::new()] };
    let decimals = Decimals::for_ratio(value);
    let interval = ratio.low.zip(ratio.high);
    let interval = interval.map(|(low, high)| decimals.write_interval(low, high));
    [decimals.write(value), interval.unwrap_or_default()]
}

fn ratio(ratios: &[Option<&RatioAnalysis>]) -> Column {
    let cells = ratios.iter().map(|ratio| match ratio {
        Some(ratio) => Cell::new(figures(ratio)[0].clone()),
        None => Cell::new("1"),
    });
    column(Align::Right, "ratio", cells)
}

fn interval(ratios: &[Option<&RatioAnalysis>]) -> Column {
    let cells = ratios.iter().map(|ratio| {
        let Some(ratio) = ratio else { return Cell::default() };
        let [_, interval] = figures(ratio);
        Cell::new(if interval.is_empty() { UNKNOWN.to_owned() } else { interval })
    });
    column(Align::Right, "95% interval", cells)
}

fn connections(arms: &[&ArmAnalysis]) -> Column {
    counts("connections", arms.iter().map(|arm| arm.connections))
}

fn verdict(ratios: &[Option<&RatioAnalysis>]) -> Column {
    let cells = ratios.iter().map(|ratio| match ratio {
        Some(ratio) => verdict_cell(ratio),
        None => Cell::new("baseline"),
    });
    column(Align::Left, "verdict", cells)
}

/// The verdict in its colour.
pub(crate) fn verdict_cell(ratio: &RatioAnalysis) -> Cell {
    Cell::inked(ratio.verdict.name(), ink(ratio.verdict))
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

fn remark(ratio: &RatioAnalysis, style: Style) -> Vec<String> {
    let sentence = words::pictures::ratio_without_interval(ratio);
    sentence.map_or_else(Vec::new, |sentence| text::wrap(&sentence, style.columns(), 0))
}
