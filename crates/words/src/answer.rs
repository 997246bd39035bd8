//! The answer of a batch size as a paragraph: the fastest arm, how much slower the others are, what
//! costs each arm most, and what to change.

use explain::{Analysis, Answer, FindingCode, RankedArm};
use model::arm::ArmName;

use crate::findings;
use crate::list::listed;
use crate::number::{Decimals, bare_millis, factor, millis};

/// The answer as a paragraph.
pub fn paragraph(answer: &Answer, analysis: &Analysis) -> String {
    let size = answer.batch_size;
    let (best, slower): (Vec<&RankedArm>, Vec<_>) =
        answer.ranking.iter().partition(|ranked| answer.best.contains(&ranked.arm));
    let mut sentences = Vec::new();
    if answer.vetoed {
        sentences.push(format!("batch {size}: no verdict, because a caveat forbids it."));
    } else {
        sentences.push(format!("batch {size}: {}", fastest(&best, &slower, analysis)));
        sentences.extend(slower.iter().map(|ranked| compared(ranked, analysis)));
    }
    if !answer.vetoed {
        sentences.extend(best.iter().filter_map(|ranked| largest_cause(ranked, analysis)));
    }
    sentences.extend(without_time(answer, analysis));
    sentences.join(" ")
}

/// The strategy of an arm with the conditions that were asked for.
pub fn label<'a>(analysis: &'a Analysis, arm: &'a ArmName) -> &'a str {
    let found = analysis.arms.iter().find(|found| found.arm == *arm);
    found.map_or(arm.0.as_str(), |found| found.label.0.as_str())
}

fn fastest(best: &[&RankedArm], slower: &[&RankedArm], analysis: &Analysis) -> String {
    let names: Vec<&str> = best.iter().map(|ranked| label(analysis, &ranked.arm)).collect();
    let time = best.first().map_or(String::new(), |fastest| millis(fastest.seconds));
    match (names.as_slice(), slower) {
        ([only], []) => format!("{only} takes {time}."),
        ([only], _) => format!("{only} is fastest ({time})."),
        (several, []) => format!("no measurable difference between {} ({time}).", listed(several)),
        (several, _) => format!(
            "{} are fastest, with no measurable difference between them ({time}).",
            listed(several)
        ),
    }
}

/// How much slower an arm is, and because of what.
fn compared(ranked: &RankedArm, analysis: &Analysis) -> String {
    let label = label(analysis, &ranked.arm);
    let doubt = if ranked.is_surely_slower { "" } else { ", perhaps by chance" };
    let slower = match ranked.ratio {
        Some(ratio) => format!("{label} is {}{doubt}", times_slower(ratio, ranked)),
        None => format!("{label} takes {}{doubt}", millis(ranked.seconds)),
    };
    match cause(ranked, analysis) {
        Some(cause) => format!("{slower}: {cause}"),
        None => format!("{slower}."),
    }
}

/// `1.43× slower [1.40, 1.46]`.
fn times_slower(ratio: f64, ranked: &RankedArm) -> String {
    let slower = format!("{} slower", factor(ratio, None));
    match ranked.low.zip(ranked.high) {
        Some((low, high)) => {
            format!("{slower} {}", Decimals::for_value(ratio).write_interval(low, high))
        }
        None => slower,
    }
}

fn largest_cause(ranked: &RankedArm, analysis: &Analysis) -> Option<String> {
    Some(format!("{}: {}", label(analysis, &ranked.arm), cause(ranked, analysis)?))
}

/// What costs an arm most, and what to change.
fn cause(ranked: &RankedArm, analysis: &Analysis) -> Option<String> {
    let largest = analysis
        .findings
        .iter()
        .filter(|finding| finding.arm == ranked.arm && finding.code != FindingCode::Nothing)
        .find(|finding| finding.size.is_some())?;
    let size = largest.size?;
    let share = format!("{} of {}", bare_millis(size.seconds), millis(ranked.seconds));
    if largest.code == FindingCode::Unexplained {
        return Some(format!("{share} are unexplained."));
    }
    let remedy = match findings::remedy(largest) {
        empty if empty.is_empty() => empty,
        remedy => format!(" {remedy}"),
    };
    let (cause, certainty) = (findings::cause(largest), findings::certainty(largest));
    Some(format!("{share}: {cause} ({certainty}).{remedy}"))
}

/// The arms of which no batch succeeded.
fn without_time(answer: &Answer, analysis: &Analysis) -> Option<String> {
    let names: Vec<&str> = answer.without_time.iter().map(|arm| label(analysis, arm)).collect();
    match names.as_slice() {
        [] => None,
        [only] => Some(format!("{only} has no time: all of its batches failed.")),
        several => Some(format!("{} have no time: all of their batches failed.", listed(several))),
    }
}

#[cfg(test)]
mod tests;
