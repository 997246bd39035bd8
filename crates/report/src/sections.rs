//! The sections of the full output, and the order in which they are shown.
//!
//! A section is one entry of [`Section`] and one file that lays it out. Some sections are shown once,
//! the others once for each batch size.

use explain::{Analysis, ArmAnalysis};
use model::arm::{BatchSize, Role};
use model::recording::Recording;

use crate::style::{Ink, Style};
use crate::{
    answer, attribution, bottleneck, caveats, closing, controls, describe, dose, failures,
    fairness, findings, gaps, header, latency, law, path, ratios, starts, summary, threads,
};

model::closed_list! {
    /// A section of the output, in the order in which they are shown.
    pub enum Section {
        /// The summary, which is no part of the full output.
        Summary = "summary",
        /// Which strategy to use at each batch size.
        Answer = "answer",
        /// The target and the machine.
        Header = "header",
        /// The uncontrolled differences between the strategies.
        Differences = "differences",
        /// The describe tables.
        Describe = "describe",
        /// The ratios to the baseline, with verdicts.
        Ratios = "ratios",
        /// What the controls say about the precision of the run.
        Controls = "controls",
        /// The gaps between arms, split by phase.
        Gaps = "gaps",
        /// The critical paths.
        Path = "path",
        /// Connections, handshakes and CPU time.
        Counters = "counters",
        /// What the client's threads did.
        Threads = "threads",
        /// What limits each arm, and what would be next.
        Bottleneck = "bottleneck",
        /// How long single requests took.
        Latency = "latency",
        /// The causes, with their evidence.
        Findings = "findings",
        /// What each cause that `--why` removed is worth.
        Experiments = "experiments",
        /// How many requests really wait at the same time.
        Concurrency = "concurrency",
        /// The cost model: setup, latency, and the cost per extra request.
        Law = "law",
        /// What failed.
        Failures = "failures",
        /// Reasons to trust the result less.
        Caveats = "caveats",
        /// How the run ended.
        Closing = "closing",
    }
}

/// How much of a recording is shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The summary: one screen a batch size.
    #[default]
    Summary,
    /// Everything but the summary.
    Full,
    /// Some sections.
    Sections(Vec<Section>),
}

/// A view of a recording as text, ending in a line break.
pub fn view(view: &View, analysis: &Analysis, recording: &Recording, style: Style) -> String {
    match view {
        View::Summary => sections(&[Section::Summary], analysis, recording, style),
        View::Full => full(analysis, recording, style),
        View::Sections(chosen) => sections(chosen, analysis, recording, style),
    }
}

/// What a section is laid out from.
#[derive(Clone, Copy, Debug)]
struct Page<'a> {
    analysis: &'a Analysis,
    recording: &'a Recording,
    style: Style,
}

/// Everything that is known, ending in a line break.
pub(crate) fn full(analysis: &Analysis, recording: &Recording, style: Style) -> String {
    let page = Page { analysis, recording, style };
    let mut blocks = Vec::new();
    for sections in Section::ALL.chunk_by(|one, next| one.is_sized() == next.is_sized()) {
        if sections.iter().all(|section| section.is_sized()) {
            blocks.extend(page.by_size(sections));
        } else {
            let shown = sections.iter().filter(|&&section| section != Section::Summary);
            blocks.extend(shown.flat_map(|&section| page.once(section)));
        }
    }
    joined(blocks)
}

/// Some sections, in the order of the full output, ending in a line break. A section that the
/// recording says nothing about is named in a sentence of its own.
pub(crate) fn sections(
    chosen: &[Section],
    analysis: &Analysis,
    recording: &Recording,
    style: Style,
) -> String {
    let page = Page { analysis, recording, style };
    let chosen = Section::ALL.into_iter().filter(|section| chosen.contains(section));
    let blocks = chosen.flat_map(|section| {
        let blocks = if section.is_sized() { page.titled(section) } else { page.once(section) };
        if blocks.iter().all(Vec::is_empty) { vec![empty(section)] } else { blocks }
    });
    joined(blocks.collect())
}

impl Section {
    /// Whether it is shown once for each batch size.
    const fn is_sized(self) -> bool {
        matches!(
            self,
            Self::Describe
                | Self::Ratios
                | Self::Controls
                | Self::Gaps
                | Self::Path
                | Self::Counters
                | Self::Threads
                | Self::Bottleneck
                | Self::Latency
                | Self::Findings
                | Self::Experiments
                | Self::Concurrency
        )
    }
}

impl Page<'_> {
    /// The sized sections of every batch size, the sizes one after another.
    fn by_size(self, sections: &[Section]) -> Vec<Vec<String>> {
        let sizes = self.analysis.batch_sizes.iter();
        let blocks = sizes.flat_map(|&size| {
            // The ratios have the controls below them.
            let shown = sections.iter().filter(|&&section| section != Section::Controls);
            shown.map(move |&section| self.at_size(section, size))
        });
        blocks.collect()
    }

    /// One sized section of every batch size, each under the size's title where there are several.
    fn titled(self, section: Section) -> Vec<Vec<String>> {
        let sizes = &self.analysis.batch_sizes;
        let block = |&size: &BatchSize| {
            let mut lines = self.at_size(section, size);
            // The describe table has the title already.
            if sizes.len() > 1 && section != Section::Describe && !lines.is_empty() {
                lines.insert(0, self.title(size));
            }
            lines
        };
        sizes.iter().map(block).collect()
    }

    fn title(self, size: BatchSize) -> String {
        self.style.paint(&format!("batch {size}"), Ink::Heading)
    }

    /// A section that is shown once.
    fn once(self, section: Section) -> Vec<Vec<String>> {
        let Self { analysis, recording, style } = self;
        let measured = analysis.measured();
        match section {
            Section::Summary => vec![summary::lines(analysis, recording, style)],
            Section::Answer => vec![answer::lines(analysis, style)],
            Section::Header => vec![header::lines(recording, style)],
            Section::Differences if measured => {
                vec![fairness::lines(analysis, style), fairness::caveats(analysis, style)]
            }
            Section::Law if measured => vec![law::lines(analysis, style)],
            Section::Failures => vec![failures::lines(analysis, style)],
            Section::Caveats => vec![caveats::lines(analysis, style)],
            Section::Closing => vec![closing::lines(analysis, recording, style)],
            _ => Vec::new(),
        }
    }

    /// A section of one batch size. Controls, toggles and commands without work are in none.
    fn at_size(self, section: Section, size: BatchSize) -> Vec<String> {
        let Self { analysis, style, .. } = self;
        if !analysis.measured() && section != Section::Findings {
            return Vec::new();
        }
        let arms: Vec<&ArmAnalysis> = analysis
            .arms
            .iter()
            .filter(|arm| arm.role == Role::Measured && arm.batch_size == size)
            .collect();
        match section {
            Section::Describe => {
                let mut lines = vec![self.title(size)];
                lines.extend(describe::lines(&arms, style));
                lines.extend(starts::lines(&arms, style));
                lines
            }
            Section::Ratios => {
                let mut lines = ratios::lines(analysis, &arms, style);
                lines.extend(controls::lines(analysis, size, style));
                lines
            }
            Section::Controls => controls::lines(analysis, size, style),
            Section::Gaps => gaps::lines(analysis, size, style),
            Section::Path => path::lines(&arms, style),
            Section::Counters => path::counters(&arms, style),
            Section::Threads => threads::lines(&arms, style),
            Section::Bottleneck => bottleneck::lines(&arms, style),
            Section::Latency => latency::lines(&arms, style),
            Section::Findings => findings::lines(analysis, size, style),
            Section::Experiments => attribution::lines(analysis, size, style),
            Section::Concurrency => dose::lines(analysis, size, style),
            _ => Vec::new(),
        }
    }
}

fn empty(section: Section) -> Vec<String> {
    vec![format!("This recording has nothing to show under {section}.")]
}

fn joined(blocks: Vec<Vec<String>>) -> String {
    let blocks = blocks.into_iter().filter(|lines| !lines.is_empty());
    let mut text = blocks.map(|lines| lines.join("\n")).collect::<Vec<_>>().join("\n\n");
    text.push('\n');
    text
}

#[cfg(test)]
mod tests;
