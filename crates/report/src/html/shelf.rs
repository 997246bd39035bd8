//! The list of recordings that `batchmark serve` shows, and two of them side by side.

use explain::compare::{ArmComparison, Comparison};
use explain::{Analysis, FindingCode};
use maud::{Markup, html};
use model::arm::{Label, Role};
use model::recording::Recording;
use words::compare as sentences;

use super::figure::{self, figures, texts};
use super::{Frames, anchor, answer, document};
use crate::compare;

/// How many findings of a recording are linked in the list.
const MOST_FINDINGS: usize = 5;

/// What the list says of a recording.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    started_at: String,
    arms: Vec<String>,
    answers: Vec<String>,
    findings: Vec<FindingLink>,
}

/// A finding, and where its page shows it.
#[derive(Clone, Debug, PartialEq)]
struct FindingLink {
    anchor: String,
    title: String,
}

/// A recording of the list.
#[derive(Clone, Debug, PartialEq)]
pub struct Listed {
    /// Where its page is, after the address of the list: it needs no further encoding.
    pub path: String,
    /// The name of its file.
    pub name: String,
    /// What it says.
    pub state: State,
}

/// How far a recording was read.
#[derive(Clone, Debug, PartialEq)]
pub enum State {
    /// Not yet.
    Waiting,
    /// It was read.
    Read(Box<Summary>),
    /// It cannot be read: why.
    Unreadable(String),
}

impl Summary {
    /// What the list says of this recording.
    pub fn new(analysis: &Analysis, recording: &Recording) -> Self {
        let measured = || analysis.arms.iter().filter(|arm| arm.role == Role::Measured);
        let mut labels: Vec<&Label> = Vec::new();
        for arm in measured() {
            if !labels.contains(&&arm.label) {
                labels.push(&arm.label);
            }
        }
        let causes =
            analysis.findings.iter().filter(|finding| finding.code != FindingCode::Nothing);
        let link = |finding: &explain::Finding| FindingLink {
            anchor: anchor::finding(finding),
            title: format!("{}: {}", finding.arm, words::findings::title(finding.code)),
        };
        Self {
            started_at: recording.header.started_at.clone(),
            arms: labels.into_iter().map(ToString::to_string).collect(),
            answers: answer::sentences(analysis, recording),
            findings: causes.take(MOST_FINDINGS).map(link).collect(),
        }
    }
}

/// The list of recordings as a page.
pub fn list(recordings: &[Listed]) -> String {
    let title = words::list::counted(recordings.len(), "recording");
    let waiting = recordings.iter().filter(|one| one.state == State::Waiting).count();
    document(
        &format!("{title} · batchmark"),
        Frames::None,
        &html! {
            a.skip href="#main" { "Skip to the recordings" }
            header.top { div.wide { p.brand { "batchmark" } h1 { span { (title) } } } }
            main.wide id="main" tabindex="-1" {
                @if waiting > 0 { p.note { (words::list::counted(waiting, "recording")) " to read. Reload the page for more." } }
                (comparison_form(recordings))
                ul.shelf { @for recording in recordings { (entry(recording)) } }
            }
        },
    )
}

fn entry(recording: &Listed) -> Markup {
    html! {
        li {
            h2 { a href=(recording.path) { (recording.name) } }
            @match &recording.state {
                State::Waiting => { p.note { "not yet read" } },
                State::Unreadable(reason) => { p { (reason) } },
                State::Read(summary) => { (of_summary(summary, &recording.path)) },
            }
        }
    }
}

fn of_summary(summary: &Summary, path: &str) -> Markup {
    html! {
        @for answer in &summary.answers { p { (answer) } }
        p.note { (summary.started_at) @for arm in &summary.arms { " · " (arm) } }
        @if !summary.findings.is_empty() {
            p.links {
                @for finding in &summary.findings {
                    a href={ (path) "#" (finding.anchor) } { (finding.title) }
                }
            }
        }
    }
}

/// What asks for two recordings side by side; nothing where there is one.
fn comparison_form(recordings: &[Listed]) -> Markup {
    if recordings.len() < 2 {
        return html! {};
    }
    html! {
        form.compare action="side-by-side" method="get" {
            (choice("old", "Old", recordings, 0))
            (choice("new", "New", recordings, 1))
            button type="submit" { "Show side by side" }
        }
    }
}

fn choice(name: &str, label: &str, recordings: &[Listed], chosen: usize) -> Markup {
    html! {
        label {
            (label) " "
            select name=(name) {
                @for (place, recording) in recordings.iter().enumerate() {
                    option value=(place + 1) selected[place == chosen] { (recording.name) }
                }
            }
        }
    }
}

/// Two recordings beside each other: what differs, the arms of both, and their pages.
pub fn side_by_side(old: &Listed, new: &Listed, comparison: &Comparison) -> String {
    let title = format!("{} and {}", old.name, new.name);
    document(
        &format!("{title} · batchmark"),
        Frames::Own,
        &html! {
            a.skip href="#main" { "Skip to the comparison" }
            header.top {
                div.wide {
                    p.brand { a href="./" { "All recordings" } }
                    h1 { span { (title) } }
                }
            }
            main id="main" tabindex="-1" {
                div.wide { (compared(comparison)) }
                div.columns {
                    @for recording in [old, new] {
                        section aria-label=(recording.name) {
                            h2 { a href=(recording.path) { (recording.name) } }
                            iframe src=(recording.path) title={ "The page of " (recording.name) } {}
                        }
                    }
                }
            }
        },
    )
}

/// The comparison with the sentences of `batchmark compare`.
fn compared(comparison: &Comparison) -> Markup {
    let differences = sentences::differences(&comparison.setup);
    let causes = comparison.causes.iter().map(sentences::cause);
    html! {
        (titled(compare::DIFFERENCES, differences))
        p { strong { (sentences::answer(comparison)) } }
        @if !comparison.arms.is_empty() { (arms(&comparison.arms)) }
        @for remark in compare::remarks(comparison) { p { (remark) } }
        (titled(compare::CAUSES, causes.collect()))
        ul.caveats {
            @for &caveat in &comparison.caveats {
                li { span.tag.smaller { "caveat" } " " (sentences::caveat(caveat)) }
            }
        }
    }
}

fn titled(title: &str, lines: Vec<String>) -> Markup {
    html! {
        @if !lines.is_empty() {
            h2 { (title) }
            ul.answers { @for line in &lines { li { (line) } } }
        }
    }
}

/// A row for each arm of both.
fn arms(arms: &[ArmComparison]) -> Markup {
    let figure = |place: usize| arms.iter().map(move |arm| compare::figures(arm)[place].clone());
    let columns = [
        texts("arm", arms.iter().map(|arm| arm.arm.to_string())),
        figures("old, ms", figure(0)),
        figures("new, ms", figure(1)),
        figures("new/old", figure(2)),
        figures("95% interval", figure(3)),
        texts("verdict", arms.iter().map(|arm| arm.verdict.name().replace('_', " "))),
    ];
    figure::table("The arms of both recordings", &columns)
}
