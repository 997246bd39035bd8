//! The answer of a batch size as a paragraph: the fastest arm, how much slower the others are, what
//! costs each arm most, and what to change.

use explain::{Analysis, Answer, ArmAnalysis, Finding, FindingCode, RankedArm};
use model::arm::ArmName;

use crate::failures::{self, FailedArms};
use crate::findings;
use crate::list::{listed, sentence};
use crate::number::{Decimals, bare_millis, factor, millis};

/// The answer as a paragraph.
pub fn paragraph(answer: &Answer, analysis: &Analysis) -> String {
    sentences(answer, analysis).join(" ")
}

/// The sentences of the answer: first which arm is fastest, then how each of the others compares.
pub fn sentences(answer: &Answer, analysis: &Analysis) -> Vec<String> {
    let size = answer.batch_size;
    if answer.ranking.is_empty() {
        return without_answer(answer, analysis);
    }
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
        sentences.extend(best.iter().filter_map(|ranked| {
            let cause = certain_cause(ranked, analysis)?;
            Some(format!("{}: {cause}", label(analysis, &ranked.arm)))
        }));
    }
    sentences.extend(without_time(answer, analysis));
    sentences
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
    match certain_cause(ranked, analysis) {
        Some(cause) => format!("{slower}: {cause}"),
        None => format!("{slower}."),
    }
}

/// `1.43× slower [1.40, 1.46]`.
fn times_slower(ratio: f64, ranked: &RankedArm) -> String {
    let slower = format!("{} slower", factor(ratio, None));
    match ranked.low.zip(ranked.high) {
        Some((low, high)) => {
            format!("{slower} {}", Decimals::for_ratio(ratio).write_interval(low, high))
        }
        None => slower,
    }
}

/// What the summary says where no arm has a cause: of these arms that are slower than the fastest.
pub fn no_cause(slower: &[&ArmAnalysis]) -> String {
    let unobserved = slower.iter().filter(|arm| arm.path_requests.is_none());
    let names: Vec<&str> = unobserved.map(|arm| arm.label.0.as_str()).collect();
    if !names.is_empty() {
        return format!("no cause found, because requests were not observed: {}", names.join(", "));
    }
    match slower {
        [] => "no cause accounts for 2% or more of the batch".to_owned(),
        _ => "no cause found".to_owned(),
    }
}

/// The largest cause of an arm's time; nothing where none was found.
pub fn largest_cause<'a>(analysis: &'a Analysis, arm: &ArmName) -> Option<&'a Finding> {
    let of_arm = |finding: &&Finding| finding.arm == *arm && finding.code != FindingCode::Nothing;
    analysis.findings.iter().find(of_arm)
}

/// A cause with its size and what to change: `22.1 of 60.5 ms: 6 workers for 16 requests. Raise workers
/// from 6 to 16.`
pub fn cause(finding: &Finding, mean: Option<f64>) -> String {
    let cause = cause_alone(finding, mean);
    let pair = findings::pair(finding);
    let no_gain = if pair.is_empty() { findings::no_gain(finding) } else { String::new() };
    let parts = [cause, findings::remedy(finding), no_gain, pair];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join(" ")
}

/// A cause with its size, without what to change.
pub fn cause_alone(finding: &Finding, mean: Option<f64>) -> String {
    // What the cause takes, where nothing can be saved.
    let size = if finding.gains_nothing() { finding.charged } else { finding.size };
    let size = size.map(|size| size.seconds);
    let share = match (size, mean) {
        (Some(size), Some(mean)) => format!("{} of {}: ", bare_millis(size), millis(mean)),
        (Some(size), None) => format!("{}: ", millis(size)),
        (None, _) => String::new(),
    };
    let cause = findings::cause(finding);
    let cause = if share.is_empty() { sentence(&cause) } else { format!("{cause}.") };
    format!("{share}{cause}")
}

/// The largest cause of a ranked arm with its certainty.
fn certain_cause(ranked: &RankedArm, analysis: &Analysis) -> Option<String> {
    let largest = largest_cause(analysis, &ranked.arm)?;
    let cause = cause(largest, Some(ranked.seconds));
    Some(format!("{cause} ({}: {})", findings::certainty(largest), largest.code))
}

/// The answer of a size at which every batch failed: what failed in which arms.
fn without_answer(answer: &Answer, analysis: &Analysis) -> Vec<String> {
    let start = format!("batch {}: no strategy has a time.", answer.batch_size);
    std::iter::once(start).chain(without_time(answer, analysis)).collect()
}

/// The arms of which no batch succeeded, with what failed: a sentence for those that failed in the
/// same way.
fn without_time(answer: &Answer, analysis: &Analysis) -> Vec<String> {
    let is_without = |arm: &&ArmAnalysis| answer.without_time.contains(&arm.arm);
    let groups = failures::grouped(analysis.arms.iter().filter(is_without));
    groups.iter().map(FailedArms::without_time).collect()
}

#[cfg(test)]
mod tests;
