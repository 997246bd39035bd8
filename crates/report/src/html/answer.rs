//! The top of the page: the answer in a sentence for each batch size, and what was measured.

use explain::Analysis;
use maud::{Markup, html};
use model::recording::Recording;

use crate::header;

/// How many answers are in the heading of the page.
const MOST_SENTENCES: usize = 4;

/// The title of the page.
pub(crate) fn title(analysis: &Analysis, recording: &Recording) -> String {
    let sentence = sentences(analysis, recording).into_iter().next().unwrap_or_default();
    format!("{} · batchmark", sentence.trim_end_matches('.'))
}

/// The heading of the page.
pub(crate) fn headline(analysis: &Analysis, recording: &Recording) -> Markup {
    let sentences = sentences(analysis, recording);
    let facts = facts(analysis, recording);
    let ending = words::ending::matters(analysis, recording.plan.as_ref());
    html! {
        p.brand { "batchmark" span { (recording.header.started_at) } }
        (heading(&sentences))
        ul.facts { @for fact in &facts { li { (fact) } } }
        @if let Some(sentence) = ending.filter(|_| analysis.measured()) { p.ending { (sentence) } }
    }
}

/// The answers: the first few as the heading, the others below it.
pub(crate) fn heading(sentences: &[String]) -> Markup {
    let (heading, others) = sentences.split_at(sentences.len().min(MOST_SENTENCES));
    html! {
        h1.answer { @for sentence in heading { span { (sentence) " " } } }
        @if !others.is_empty() { ul.answers { @for sentence in others { li { (sentence) } } } }
    }
}

/// The first sentence of the answer at each size; without one, how the run ended.
pub(crate) fn sentences(analysis: &Analysis, recording: &Recording) -> Vec<String> {
    let answers = analysis.answers.iter();
    let first =
        answers.filter_map(|answer| words::answer::sentences(answer, analysis).into_iter().next());
    let sentences: Vec<String> = first.collect();
    if sentences.is_empty() {
        return words::ending::sentences(analysis, recording.plan.as_ref());
    }
    sentences
}

/// Target, machine, blocks and precision.
fn facts(analysis: &Analysis, recording: &Recording) -> Vec<String> {
    let targets = recording.plan.iter().flat_map(header::targets);
    let cores = recording.header.environment.cores;
    let cores = cores.map(|cores| words::list::counted(cores as usize, "core"));
    let precision =
        (analysis.blocks > 0).then(|| words::ending::precision(analysis, recording.plan.as_ref()));
    targets.chain(cores).chain(precision).collect()
}
