//! The default output: one screen a batch size, with what to read first at the top.
//!
//! Everything that it leaves out is in `sections`.

mod bottlenecks;
mod density;
mod headline;
mod kept_session;
mod notes;
mod ranking;
mod shown;
mod why;

use std::collections::BTreeSet;

use explain::Analysis;
use model::arm::Label;
use model::recording::Recording;

use crate::describe::{self, Histograms};
use crate::short_names::ShortNames;
use crate::style::Style;

use density::{Bottlenecks, Density, Layout};
use shown::ShownArms;

/// How many lines each batch size should take at most, at `COLUMNS` columns or more, with `ARMS` arms.
const SCREEN: usize = 28;
const COLUMNS: usize = 80;
const ARMS: usize = 3;
/// How many more lines each further arm may take.
const FURTHER_ARM: usize = 8;

/// The summary of a run: the least dense that fits the screen, else the shortest.
pub(crate) fn lines(analysis: &Analysis, recording: &Recording, style: Style) -> Vec<String> {
    let sizes = analysis.batch_sizes.iter();
    let sizes = sizes.map(|&size| ShownArms::new(analysis, recording.plan.as_ref(), size));
    let mut summary = Summary { analysis, recording, sizes: sizes.collect(), style };
    let limit = summary.limit();
    let mut shortest = Vec::new();
    let shows_bottlenecks = summary.has_bottlenecks();
    let applies = |layout: &Layout| shows_bottlenecks || layout.bottlenecks == Bottlenecks::Hidden;
    for layout in Layout::all().into_iter().filter(applies) {
        let lines = summary.lines(layout, Histograms::Hidden, limit);
        if lines.len() <= limit {
            return summary.with_histograms(layout, lines, limit);
        }
        if shortest.is_empty() || lines.len() < shortest.len() {
            shortest = lines;
        }
    }
    shortest
}

struct Summary<'a> {
    analysis: &'a Analysis,
    recording: &'a Recording,
    sizes: Vec<ShownArms<'a>>,
    style: Style,
}

impl Summary<'_> {
    /// How many lines the summary should take at most.
    fn limit(&self) -> usize {
        let size = SCREEN + FURTHER_ARM * self.most_arms().saturating_sub(ARMS);
        size * self.sizes.len() * COLUMNS / self.style.columns().min(COLUMNS)
    }

    fn most_arms(&self) -> usize {
        self.sizes.iter().map(|shown| shown.arms.len()).max().unwrap_or(0)
    }

    fn has_bottlenecks(&self) -> bool {
        let mut arms = self.sizes.iter().flat_map(|shown| &shown.arms);
        arms.any(|arm| words::bottleneck::limit_alone(arm).is_some())
    }

    /// The summary with a histogram of each arm's trials, where that costs nothing else.
    fn with_histograms(&mut self, layout: Layout, lines: Vec<String>, limit: usize) -> Vec<String> {
        let with = self.lines(layout, Histograms::Shown, limit);
        // A table has one more row, unless names or caveats gave way to it.
        let is_added = (lines.len() + 1..=lines.len() + self.sizes.len()).contains(&with.len());
        // Its columns may be wider.
        let texts = |lines: &[String]| -> BTreeSet<String> {
            let words = |line: &String| line.split_whitespace().collect::<Vec<_>>().join(" ");
            lines.iter().map(words).collect()
        };
        let keeps_all = texts(&lines).is_subset(&texts(&with));
        if is_added && keeps_all && with.len() <= limit { with } else { lines }
    }

    fn lines(&mut self, layout: Layout, histograms: Histograms, limit: usize) -> Vec<String> {
        let Layout { density, bottlenecks } = layout;
        let names = self.names(density);
        let Self { analysis, recording, style, .. } = *self;
        let mut lines = headline::lines(analysis, recording, style);
        let gap = (!density.leaves_out_empty_lines()).then(String::new);
        if analysis.measured() {
            let references = recording.plan.as_ref().map_or(&[][..], |plan| &plan.references);
            lines.extend(names.legend(references, style));
            for shown in &mut self.sizes {
                shown.names = names.clone();
                lines.extend(ranking::lines(shown, style));
                lines.extend(why::lines(shown, density, style));
                lines.extend(kept_session::lines(shown, style));
                if bottlenecks == Bottlenecks::Shown {
                    lines.extend(bottlenecks::lines(shown, style));
                }
                lines.extend(gap.clone());
                lines.extend(describe::with_ratios(
                    analysis,
                    &shown.arms,
                    &names,
                    histograms,
                    style,
                ));
                lines.extend(gap.clone());
            }
        } else {
            lines.push(String::new());
        }
        let room = match bottlenecks {
            Bottlenecks::Shown => usize::MAX,
            Bottlenecks::Hidden => limit.saturating_sub(lines.len()),
        };
        lines.extend(notes::Notes { analysis, recording, names, density, style }.lines(room));
        lines
    }

    /// Names with which the tables of all sizes have a column for each arm.
    fn names(&self, density: Density) -> ShortNames {
        if !density.shortens_names() {
            return ShortNames::default();
        }
        let labels: Vec<&Label> =
            self.sizes.iter().flat_map(|shown| &shown.arms).map(|arm| &arm.label).collect();
        ShortNames::new(&labels, describe::heading_room(self.most_arms(), self.style))
    }
}

#[cfg(test)]
mod tests;
