//! What failed: how often in each arm, the first message of each kind, and what to try.

use std::collections::BTreeMap;

use explain::{Analysis, FailureCount, LostTrials};
use maud::{Markup, html};
use model::failure::FailureKind;
use model::recording::Recording;

use super::figure::details;

/// How many lines of a log are shown: its last.
const LINES: usize = 40;

/// Nothing where nothing failed.
pub(crate) fn section(analysis: &Analysis, _: &Recording) -> Markup {
    let groups = words::failures::of_run(analysis);
    let pilot = words::failures::pilot_clauses(analysis);
    let kinds = kinds(analysis);
    let lost = lost(analysis);
    if groups.is_empty() && pilot.is_empty() && analysis.left_out.is_empty() && lost.is_empty() {
        return html! {};
    }
    html! {
        ul.failures {
            @for left_out in &analysis.left_out {
                li { "left out: " (words::failures::left_out(left_out)) }
            }
            @for group in &groups { li { (group.sentence()) } }
            @for clause in &pilot { li { "pilot: " (clause) } }
        }
        @for count in kinds.values() {
            div.failure {
                p { strong { (count.kind) } " " (words::failures::remedy(count.kind)) }
                (message(&count.message))
            }
        }
        @for lost in lost {
            div.failure {
                p { strong { "lost" } " " (words::list::counted(lost.trials, "trial")) }
                (message(&lost.message))
                @if !lost.stderr.trim().is_empty() {
                    (details("The end of the driver's log", &message(&lost.stderr)))
                }
            }
        }
    }
}

/// The first failure of each kind.
fn kinds(analysis: &Analysis) -> BTreeMap<FailureKind, &FailureCount> {
    let of_arms = analysis.arms.iter().flat_map(|arm| &arm.failures);
    let mut kinds = BTreeMap::new();
    for count in of_arms.chain(&analysis.pilot_failures) {
        kinds.entry(count.kind).or_insert(count);
    }
    kinds
}

/// The lost trials with different messages.
fn lost(analysis: &Analysis) -> Vec<&LostTrials> {
    let mut shown: Vec<&LostTrials> = Vec::new();
    let of_arms = analysis.arms.iter().filter_map(|arm| arm.lost.as_ref());
    for lost in of_arms.chain(&analysis.pilot_lost) {
        if shown.iter().all(|one| one.message != lost.message) {
            shown.push(lost);
        }
    }
    shown
}

/// The last lines of a message as they are.
fn message(text: &str) -> Markup {
    let lines: Vec<&str> = text.trim_end().lines().collect();
    let last = &lines[lines.len().saturating_sub(LINES)..];
    html! {
        pre tabindex="0" { (last.join("\n")) }
    }
}
