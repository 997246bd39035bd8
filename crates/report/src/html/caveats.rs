//! The caveats, the most serious first.

use explain::{Analysis, Caveat};
use maud::{Markup, html};
use model::recording::Recording;

use crate::caveats::WITHOUT_CONTROLS;

/// Each caveat but those on the setup, and how the run ended.
pub(crate) fn section(analysis: &Analysis, recording: &Recording) -> Markup {
    let all = explain::caveats::by_severity(&analysis.caveats).into_iter();
    let shown: Vec<&Caveat> = all.filter(|caveat| !caveat.concerns_setup()).collect();
    html! {
        @if !shown.is_empty() { ul.caveats { @for caveat in shown { (entry(caveat)) } } }
        @if analysis.measured() && analysis.controls.is_empty() {
            p { (words::list::sentence(WITHOUT_CONTROLS)) }
        }
        @for sentence in words::ending::sentences(analysis, recording.plan.as_ref()) { p { (sentence) } }
    }
}

/// A caveat with its code; one that takes verdicts away says so.
pub(crate) fn entry(caveat: &Caveat) -> Markup {
    html! {
        li {
            span class={ "tag " @if caveat.vetoes() { "refuted" } @else { "smaller" } } {
                @if caveat.vetoes() { "veto" } @else { "caveat" }
            }
            " " code { (caveat.code()) } " "
            (words::caveats::sentence(caveat))
        }
    }
}
