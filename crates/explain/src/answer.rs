//! The answer: what a person takes away of a batch size, in plain words.
//!
//! Which way to use there, how sure that is, what holds the others back, and what to change in one's
//! code to gain it. It says nothing that the rest of the analysis does not say with its figures.

use model::arm::{ArmName, BatchSize, Role};
use schemars::JsonSchema;
use serde::Serialize;
use stats::quantity::{Confidence, Interval};
use stats::ratio::PairedRatio;

use crate::arms::ArmAnalysis;
use crate::caveats::Caveat;
use crate::figures::{listed, millis, millis_alone};
use crate::findings::{Finding, FindingCode};
use crate::margin::MARGIN;
use crate::ratios;
use evidence::Evidence;

/// What a person takes away of a batch size.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct Answer {
    /// The batch size.
    pub batch_size: BatchSize,
    /// The arms to use: the quickest, and those that are as quick as far as was measured.
    pub best: Vec<ArmName>,
    /// Whether all other arms are surely slower: with an interval that allows for all comparisons.
    pub sure: bool,
    /// The answer, for people.
    pub sentence: String,
}

/// What all answers are made of.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Known<'a> {
    pub(crate) evidence: &'a Evidence<'a>,
    pub(crate) arms: &'a [ArmAnalysis],
    pub(crate) findings: &'a [Finding],
    pub(crate) caveats: &'a [Caveat],
}

/// The answers for all batch sizes; none for one at which nothing succeeded.
pub(crate) fn answers(known: Known<'_>) -> Vec<Answer> {
    let sizes = known.evidence.batch_sizes().into_iter();
    sizes.filter_map(|size| answer(known, size)).collect()
}

/// An arm that has a time, against the quickest.
#[derive(Clone, Copy, Debug)]
struct Contender<'a> {
    arm: &'a ArmAnalysis,
    mean: f64,
    /// Its time over that of the quickest; nothing for the quickest itself.
    ratio: Option<f64>,
    interval: Option<Interval>,
    /// The interval that allows for all comparisons.
    wide: Option<Interval>,
}

impl Contender<'_> {
    /// Whether it is as quick as the quickest, as far as was measured: never where blocks are too few
    /// to tell.
    fn is_as_quick(&self) -> bool {
        let within = self.ratio.is_some_and(|ratio| ratio < 1.0 + MARGIN);
        self.interval.is_some_and(|interval| within || interval.low.ln() <= 0.0)
    }

    fn is_surely_slower(&self) -> bool {
        self.wide.is_some_and(|interval| interval.low.ln() > 0.0)
    }
}

fn answer(known: Known<'_>, size: BatchSize) -> Option<Answer> {
    let contenders = contenders(known, size);
    let (quickest, slower) = contenders.split_first()?;
    let (equal, others): (Vec<&Contender<'_>>, Vec<_>) =
        slower.iter().partition(|contender| contender.is_as_quick());
    let best: Vec<&Contender<'_>> = std::iter::once(quickest).chain(equal).collect();
    let vetoed = slower.iter().any(|other| {
        known.caveats.iter().any(|caveat| caveat.forbids(&other.arm.arm, &quickest.arm.arm))
    });
    let mut sentences = vec![if vetoed {
        format!("At batch size {size} nothing can be said: a caveat below forbids a verdict.")
    } else {
        advice(size, &best, &others)
    }];
    if !vetoed {
        sentences.extend(others.iter().filter_map(|other| held_back(known, other)));
    }
    sentences.extend(best.iter().filter_map(|best| held_back(known, best)));
    sentences.extend(without_time(known, size));
    Some(Answer {
        batch_size: size,
        best: best.iter().map(|best| best.arm.arm.clone()).collect(),
        sure: !vetoed && others.iter().all(|other| other.is_surely_slower()),
        sentence: sentences.join(" "),
    })
}

fn measured<'a>(known: Known<'a>, size: BatchSize) -> impl Iterator<Item = &'a ArmAnalysis> {
    let arms = known.arms.iter().filter(|arm| arm.role == Role::Measured);
    arms.filter(move |arm| arm.batch_size == size)
}

/// The arms of a size that have a time, the quickest first.
fn contenders(known: Known<'_>, size: BatchSize) -> Vec<Contender<'_>> {
    let mean = |arm: &ArmAnalysis| arm.mean();
    let mut timed: Vec<&ArmAnalysis> =
        measured(known, size).filter(|arm| mean(arm).is_some()).collect();
    timed.sort_by(|one, other| mean(one).unwrap_or(0.0).total_cmp(&mean(other).unwrap_or(0.0)));
    let Some(&quickest) = timed.first() else { return Vec::new() };
    let against = Against { quickest, comparisons: timed.len() - 1, evidence: known.evidence };
    timed.into_iter().filter_map(|arm| against.contender(arm)).collect()
}

/// What all contenders are held against.
#[derive(Clone, Copy, Debug)]
struct Against<'a> {
    quickest: &'a ArmAnalysis,
    comparisons: usize,
    evidence: &'a Evidence<'a>,
}

impl<'a> Against<'a> {
    fn contender(self, arm: &'a ArmAnalysis) -> Option<Contender<'a>> {
        let mean = arm.mean()?;
        let other = Some(self.quickest).filter(|quickest| quickest.arm != arm.arm);
        let paired = other.and_then(|quickest| {
            let (arm, quickest) =
                self.evidence.arm(&arm.arm).zip(self.evidence.arm(&quickest.arm))?;
            PairedRatio::new(&ratios::log_ratios(arm, quickest))
        });
        let at = |confidence| paired.and_then(|paired| paired.interval(confidence));
        Some(Contender {
            arm,
            mean,
            ratio: paired.map(|paired| paired.mean().ratio().value()),
            interval: at(Confidence::NINETY_FIVE),
            wide: at(Confidence::NINETY_FIVE.shared_by(self.comparisons)),
        })
    }
}

/// Which way to use.
fn advice(size: BatchSize, best: &[&Contender<'_>], others: &[&Contender<'_>]) -> String {
    let names: Vec<String> = best.iter().map(|best| best.arm.label.0.clone()).collect();
    let time = best.first().map_or(String::new(), |quickest| millis(quickest.mean));
    match (best.len(), others) {
        (1, []) => format!("At batch size {size}, {} takes {time}.", names[0]),
        (_, []) => format!(
            "At batch size {size} it makes no difference that could be measured which you use of {}: \
             {time}.",
            listed(&names)
        ),
        (_, others) => {
            let also = if best.len() > 1 {
                ", which are equally quick as far as was measured"
            } else {
                ""
            };
            let others: Vec<String> = others.iter().map(|other| compared(other)).collect();
            let names = listed(&names);
            format!("At batch size {size} use {names}{also}: {time}, where {}.", listed(&others))
        }
    }
}

/// `ureq/sequential takes 1.96 [1.94, 1.98] times as long`.
fn compared(other: &Contender<'_>) -> String {
    let label = &other.arm.label;
    let doubt = if other.is_surely_slower() { "" } else { " (perhaps by chance)" };
    match (other.ratio, other.interval) {
        (Some(ratio), Some(interval)) => format!(
            "{label} takes {ratio:.2} [{:.2}, {:.2}] times as long{doubt}",
            interval.low.ratio().value(),
            interval.high.ratio().value()
        ),
        _ => format!("{label} takes {}{doubt}", millis(other.mean)),
    }
}

/// What costs an arm most, and what to change.
fn held_back(known: Known<'_>, contender: &Contender<'_>) -> Option<String> {
    let arm = contender.arm;
    let of_arm = known.findings.iter().filter(|finding| finding.arm == arm.arm);
    let largest = of_arm
        .filter(|finding| finding.code != FindingCode::Nothing)
        .find(|finding| finding.seconds.is_some())?;
    let size = millis_alone(largest.seconds?);
    if largest.code == FindingCode::Unexplained {
        let mean = millis(contender.mean);
        return Some(format!(
            "Of the {mean} of {}, {size} have no cause that was found.",
            arm.label
        ));
    }
    let verb = if largest.because { "are because of" } else { "go with" };
    let change = if largest.remedy.is_empty() {
        String::new()
    } else {
        format!("; to change it, {}", largest.remedy)
    };
    Some(format!(
        "Of the {} of {}, {size} {verb} {}{change}.",
        millis(contender.mean),
        arm.label,
        largest.code.phrase()
    ))
}

/// The arms of which no batch succeeded.
fn without_time(known: Known<'_>, size: BatchSize) -> Option<String> {
    let failed = measured(known, size).filter(|arm| arm.mean().is_none() && arm.failed > 0);
    let names: Vec<String> = failed.map(|arm| arm.label.0.clone()).collect();
    match names.as_slice() {
        [] => None,
        [one] => Some(format!("{one} has no time: none of its batches succeeded.")),
        several => {
            Some(format!("{} have no time: none of their batches succeeded.", listed(several)))
        }
    }
}

#[cfg(test)]
mod tests;
