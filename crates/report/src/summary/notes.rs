//! The last lines: failures, the most serious caveats, how the run ended where it matters, and how to
//! see more.

use std::collections::BTreeSet;

use explain::caveats::by_severity;
use explain::{Analysis, Caveat, FindingCode};
use model::recording::Recording;

use super::density::Density;
use crate::short_names::ShortNames;
use crate::style::{Ink, Style};
use crate::{failures, text};

/// The maximum number of caveats.
const MOST: usize = 3;
const INDENT: usize = 2;

/// What the last lines are made from.
pub(super) struct Notes<'a> {
    pub(super) analysis: &'a Analysis,
    pub(super) recording: &'a Recording,
    pub(super) names: ShortNames,
    pub(super) density: Density,
    pub(super) style: Style,
}

impl Notes<'_> {
    /// `room` is how many lines should be left on the screen. It limits the caveats, but for the first.
    pub(super) fn lines(&self, room: usize) -> Vec<String> {
        let Self { analysis, recording, names, density, style } = self;
        let mut lines = if analysis.measured() {
            failures::short(analysis, names, density.failed_arms(), *style)
        } else {
            failures::lines(analysis, *style)
        };
        let ending = words::ending::matters(analysis, recording.plan.as_ref());
        let ending = ending.map_or_else(Vec::new, |text| text::wrap(&text, style.columns(), 0));
        let taken = lines.len() + ending.len() + 1;
        let shown = self.caveats(room.saturating_sub(taken));
        let hidden = analysis.caveats.len() - shown.len();
        lines.extend(shown.into_iter().flatten());
        lines.extend(ending);
        lines.extend(text::wrap(&more(analysis, hidden), style.columns(), 0));
        lines
    }

    /// The most serious caveats, as many as fit, one line each where that is enough. What would read the
    /// same for several arms is shown once.
    fn caveats(&self, room: usize) -> Vec<Vec<String>> {
        let mut taken = 0;
        let mut texts = BTreeSet::new();
        let all = by_severity(&self.analysis.caveats).into_iter().map(|caveat| self.caveat(caveat));
        let all = all.filter(|lines| texts.insert(lines.clone())).take(MOST);
        let fits = |lines: &Vec<String>| {
            let is_first = taken == 0;
            taken += lines.len();
            is_first || taken <= room
        };
        all.take_while(fits).collect()
    }

    fn caveat(&self, caveat: &Caveat) -> Vec<String> {
        let Self { names, style, .. } = self;
        let ink = if caveat.vetoes() { Ink::Bad } else { Ink::Unsure };
        let text = format!("caveat: {}", names.shorten(&words::caveats::short(caveat)));
        let mut wrapped = text::hang(&text, style.columns(), INDENT);
        if let Some(first) = wrapped.first_mut() {
            *first = first.replacen("caveat:", &style.paint("caveat:", ink), 1);
        }
        wrapped
    }
}

/// How to see more: the hidden caveats, all sections, and the page of a cause.
fn more(analysis: &Analysis, hidden: usize) -> String {
    let more = match hidden {
        0 => "More".to_owned(),
        hidden => format!("More ({})", words::list::counted(hidden, "caveat")),
    };
    let finding = analysis.findings.iter().find(|finding| finding.code != FindingCode::Nothing);
    let example = match (finding, analysis.caveats.first()) {
        (Some(finding), _) => finding.code.to_string(),
        (None, Some(caveat)) => caveat.code().to_string(),
        (None, None) => return format!("{more}: batchmark report --full"),
    };
    format!("{more}: batchmark report --full, batchmark explain {example}")
}
