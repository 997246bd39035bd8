//! The answer in full and the causes: what each costs, what its removal gains, and what to change.

use explain::{Analysis, ArmAnalysis, Finding, FindingCode};
use maud::{Markup, html};
use model::recording::Recording;
use words::findings;

use super::figure::{self, details, figures, texts};
use super::size::{self, SizeArms};
use super::{anchor, gains};
use crate::{attribution, beside};
use words::number::Decimals;

/// How many findings of a batch size are shown without a click.
const SHOWN: usize = 6;

/// The ranking, the findings and their gains of each batch size.
pub(crate) fn section(analysis: &Analysis, _: &Recording) -> Markup {
    size::each(analysis, of_size)
}

fn of_size(arms: &SizeArms<'_>) -> Markup {
    let of_size = |finding: &&Finding| finding.batch_size == arms.size;
    let all: Vec<&Finding> = arms.analysis.findings.iter().filter(of_size).collect();
    let (shown, more) = all.split_at(all.len().min(SHOWN));
    if arms.arms.is_empty() && all.is_empty() {
        return html! {};
    }
    html! {
        h3.size { "batch " (arms.size) }
        (sentences(arms))
        (ranking(arms))
        @for finding in shown { (article(arms, finding)) }
        @if !more.is_empty() {
            @let further = html! { @for finding in more { (article(arms, finding)) } };
            (details(&words::list::counted(more.len(), "smaller cause"), &further))
        }
        (gains::picture(arms, &all))
        (experiments(arms))
    }
}

/// The sentences of the answer behind the first, which is the heading of the page.
fn sentences(arms: &SizeArms<'_>) -> Markup {
    let answer = arms.analysis.answers.iter().find(|answer| answer.batch_size == arms.size);
    let sentences = answer.map(|answer| words::answer::sentences(answer, arms.analysis));
    let sentences = sentences.unwrap_or_default();
    html! {
        @if sentences.len() > 1 {
            ul.answers { @for sentence in &sentences[1..] { li { (sentence) } } }
        }
    }
}

/// The arms from the fastest on, with what limits each.
fn ranking(arms: &SizeArms<'_>) -> Markup {
    let ranked = arms.ranked();
    if ranked.is_empty() {
        return html! {};
    }
    let answer = arms.analysis.answers.iter().find(|answer| answer.batch_size == arms.size);
    let against = |arm: &&ArmAnalysis| {
        let place =
            |answer: &explain::Answer| answer.ranking.iter().position(|one| one.arm == arm.arm);
        let answer = answer?;
        let place = place(answer)?;
        let ranked = &answer.ranking[place];
        let Some(ratio) = ranked.ratio else {
            return (place == 0).then(|| "fastest".to_owned());
        };
        let decimals = Decimals::for_ratio(ratio);
        let interval = ranked.low.zip(ranked.high);
        let interval = interval.map(|(low, high)| decimals.write_interval(low, high));
        let figure = if ranked.is_tied { "tie".to_owned() } else { decimals.write(ratio) };
        Some(format!("{figure} {}", interval.unwrap_or_default()).trim_end().to_owned())
    };
    let mut columns = vec![
        texts("strategy", ranked.iter().map(|arm| arm.label.0.clone())),
        beside::millis("mean ms", ranked.iter().map(|arm| arm.mean())),
    ];
    if ranked.len() > 1 {
        columns
            .push(figures("vs fastest", ranked.iter().map(|arm| against(arm).unwrap_or_default())));
    }
    if ranked.iter().any(|arm| words::bottleneck::clause(arm).is_some()) {
        let clause = |arm: &&ArmAnalysis| words::bottleneck::clause(arm).unwrap_or_default();
        columns.push(texts("bottleneck", ranked.iter().map(clause)));
    }
    figure::table(&format!("Strategies at batch {}, the fastest first", arms.size), &columns)
}

fn article(arms: &SizeArms<'_>, finding: &Finding) -> Markup {
    if finding.code == FindingCode::Nothing {
        return html! { p.nothing { (findings::sentence(finding)) } };
    }
    let certainty = findings::certainty(finding);
    let size = findings::size(finding);
    html! {
        article.finding id=(anchor::finding(finding)) {
            h4 { (findings::title(finding.code)) " " span.arm { (finding.label) } }
            p.tags {
                span class={ "tag " (tag(certainty)) } { (certainty) }
                code { (finding.code) }
                @if !size.is_empty() { strong.size { (size) } }
            }
            p { (findings::sentence(finding)) }
            (advice(finding))
            @let code = findings::code_lines(finding);
            @if !code.is_empty() {
                ul.code { @for line in &code { li { code { (line) } } } }
            }
            div.more {
                (evidence(finding))
                (links(arms, finding))
            }
        }
    }
}

/// The class of a certainty, which has its own sign besides its colour.
fn tag(certainty: &str) -> &'static str {
    match certainty {
        "confirmed" => "confirmed",
        "refuted" => "refuted",
        "likely" | "cause unknown" => "likely",
        _ => "smaller",
    }
}

fn advice(finding: &Finding) -> Markup {
    let entries = [
        ("Fix", findings::remedy(finding)),
        ("Fix together", findings::pair(finding)),
        ("No fix", findings::no_gain(finding)),
    ];
    html! {
        @for (name, text) in entries.iter().filter(|(_, text)| !text.is_empty()) {
            p.fix { b { (name) } " " (text) }
        }
    }
}

fn evidence(finding: &Finding) -> Markup {
    let proof = Some(findings::proof(finding)).filter(|proof| !proof.is_empty());
    let lines: Vec<String> = proof.into_iter().chain(findings::evidence(finding)).collect();
    if lines.is_empty() {
        return html! {};
    }
    details("Evidence", &html! { ul { @for line in &lines { li { (line) } } } })
}

/// The pictures that show the finding.
fn links(arms: &SizeArms<'_>, finding: &Finding) -> Markup {
    let arm = arms.arms.iter().find(|arm| arm.arm == finding.arm);
    let is_timed = arm.is_some_and(|arm| arm.mean().is_some());
    let has_path = arm.is_some_and(|arm| arm.charges.is_some());
    if !is_timed {
        return html! {};
    }
    html! {
        p.links {
            @if has_path {
                a href={ "#" (anchor::arm("path", &finding.arm)) } { "Where its time goes" }
                a href={ "#" (anchor::arm("waterfall", &finding.arm)) } { "Its requests over time" }
            }
            a href={ "#" (anchor::arm("times", &finding.arm)) } { "Its trials" }
        }
    }
}

/// What removing each cause was worth, in sentences.
fn experiments(arms: &SizeArms<'_>) -> Markup {
    let of_size = arms.analysis.attributions.iter().filter(|one| one.batch_size == arms.size);
    html! {
        @for attribution in of_size {
            @let sentences = attribution::sentences(attribution);
            (details(&format!("Experiment: {}", attribution::heading(attribution)), &html! {
                ul.answers { @for sentence in &sentences { li { (sentence) } } }
            }))
        }
    }
}
