//! Recordings of one plan that were made in several places, merged: the ratios of each place, their mean over
//! places, and what a further place may show.
//!
//! Values only; `words::merge` puts them into sentences. Batch times of different places are never pooled: a
//! place is the unit, and its ratio comes from its own blocks.

mod differences;
mod lag;
mod latency;
mod question;
mod ratios;
mod when;

use std::collections::BTreeSet;

use evidence::Evidence;
use model::arm::ArmName;
use model::plan::Plan;
use model::recording::Recording;
use schemars::JsonSchema;
use serde::Serialize;
use stats::verdict::Verdict;

use crate::analysis::{Analysis, analyse};
use crate::compare::SetupKind;
use question::Question;

pub use differences::PlaceDifference;
pub use lag::{Lag, LostPhase};
pub use latency::MergedLatency;
pub use question::QuestionPart;
pub use ratios::{MergedRatio, RatioOfPlace};
pub use when::TimeOfRun;

/// A recording with the name of the place where it was made.
#[derive(Clone, Debug)]
pub struct NamedRecording {
    /// The name of the place.
    pub place: String,
    /// What was recorded there.
    pub recording: Recording,
}

/// Recordings of one plan, merged.
#[derive(Clone, Debug, PartialEq)]
pub struct Merge {
    /// The beginning of the SHA-256 of what the plan asks, in hexadecimal.
    pub plan: String,
    /// The places, in the given order.
    pub places: Vec<MergedPlace>,
    /// In what the places differ beside their times.
    pub differences: Vec<PlaceDifference>,
    /// Each measured arm against the baseline of its size, in the plan's order.
    pub ratios: Vec<MergedRatio>,
    /// How long single requests took, over all places, in the plan's order.
    pub latencies: Vec<MergedLatency>,
    /// The place whose batches take surely longer than those of every other place, for every arm.
    pub lag: Option<Lag>,
    /// The reasons to trust the merge less.
    pub caveats: Vec<MergeCaveat>,
}

/// One place.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct MergedPlace {
    /// Its name.
    pub place: String,
    /// When its run began, in RFC 3339 and UTC, on its own clock.
    pub started_at: String,
    /// The number of its whole blocks.
    pub blocks: usize,
    /// When it was measured, on the clock of the collector; null if the clocks were not compared.
    pub time: Option<TimeOfRun>,
    /// Its measured arms, in the plan's order.
    pub arms: Vec<ArmOfPlace>,
}

/// A measured arm in one place.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
pub struct ArmOfPlace {
    /// The arm.
    pub arm: ArmName,
    /// The mean batch time, in seconds; null without a successful trial.
    pub seconds: Option<f64>,
    /// The counted trials in which every request succeeded.
    pub trials: usize,
    /// The counted trials that failed or were lost.
    pub failed: usize,
}

model::closed_list! {
    /// A reason to trust a merge less.
    pub enum MergeCaveat {
        /// The versions of batchmark, the clients or the runtimes differ.
        OtherVersions = "other_versions",
        /// The conditions or the sizes of the responses differ.
        OtherConditions = "other_conditions",
        /// The places differ by more than their errors explain, so that the mean describes none of them.
        PlacesDiffer = "places_differ",
        /// Fewer than five places: how much places differ is hardly known.
        FewPlaces = "few_places",
        /// A place gives no ratio for an arm, and is left out of its mean.
        PlaceWithoutRatio = "place_without_ratio",
        /// A caveat of a place forbids a verdict on an arm.
        Vetoed = "vetoed",
        /// Two places were measured at the same time, so they may have shared the server's capacity.
        MeasuredAtOnce = "measured_at_once",
        /// The clocks of the places were not compared, so it is not known whether two were measured at once.
        ClocksUnknown = "clocks_unknown",
    }
}

/// Why recordings cannot be merged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MergeRefusal {
    /// There are fewer than two.
    OnePlace,
    /// A recording has no plan: its run ended in the pilot.
    NoPlan {
        /// Where it was made.
        place: String,
    },
    /// Two recordings are of the same run.
    SameRun {
        /// The first place.
        first: String,
        /// The second place.
        second: String,
    },
    /// Two recordings share no measured arm.
    NoSharedArm {
        /// The first place.
        first: String,
        /// The second place.
        second: String,
    },
    /// Two recordings ask different things.
    OtherPlan {
        /// The first place.
        first: String,
        /// The second place.
        second: String,
        /// In what they differ.
        parts: Vec<QuestionPart>,
    },
    /// The plan has only baselines, so that there is no ratio.
    NothingCompared,
    /// No arm has a ratio with an error in two places.
    NothingMeasured,
}

/// Fewer places than this are few.
const FEW: usize = 5;

/// A place with everything that is computed of it once.
#[derive(Debug)]
struct Examined<'a> {
    place: &'a str,
    recording: &'a Recording,
    analysis: Analysis,
    evidence: Evidence<'a>,
}

/// Merges recordings of one plan.
///
/// # Errors
/// If they are not recordings of one plan, or no ratio is known in two places.
pub fn merge(recordings: &[NamedRecording]) -> Result<Merge, MergeRefusal> {
    let plan = one_plan(recordings)?;
    let places: Vec<Examined<'_>> = recordings.iter().filter_map(examine).collect();
    let ratios = ratios::merge(&places);
    if ratios.is_empty() {
        return Err(MergeRefusal::NothingCompared);
    }
    if ratios.iter().all(|ratio| ratio.ratio.is_none()) {
        return Err(MergeRefusal::NothingMeasured);
    }
    let differences = differences::differences(&places);
    let times = when::times(recordings);
    let caveats = caveats(&differences, &ratios, &times);
    Ok(Merge {
        plan,
        places: places.iter().zip(&times).map(|(place, time)| merged(place, *time)).collect(),
        differences,
        latencies: latency::merge(&places),
        lag: lag::find(&places),
        ratios,
        caveats,
    })
}

/// The hash of the one plan of all recordings.
fn one_plan(recordings: &[NamedRecording]) -> Result<String, MergeRefusal> {
    let plans = recordings.iter().map(|named| plan_of(named).map(|plan| (named, plan)));
    let plans: Vec<(&NamedRecording, &Plan)> = plans.collect::<Result<_, _>>()?;
    let [(first, plan), others @ ..] = plans.as_slice() else { return Err(MergeRefusal::OnePlace) };
    if others.is_empty() {
        return Err(MergeRefusal::OnePlace);
    }
    refuse_same_run(recordings)?;
    let question = Question::new(plan);
    let names = |named: &NamedRecording| (first.place.clone(), named.place.clone());
    for (named, other) in others {
        let (first, second) = names(named);
        let other = Question::new(other);
        if !question.shares_arm(&other) {
            return Err(MergeRefusal::NoSharedArm { first, second });
        }
        let parts = question.differences(&other);
        if !parts.is_empty() {
            return Err(MergeRefusal::OtherPlan { first, second, parts });
        }
    }
    Ok(question.hash())
}

fn plan_of(named: &NamedRecording) -> Result<&Plan, MergeRefusal> {
    let place = || named.place.clone();
    named.recording.plan.as_ref().ok_or_else(|| MergeRefusal::NoPlan { place: place() })
}

/// Two recordings of one run have the same header, in which drivers say their clocks to the nanosecond. What
/// the collector added does not count.
fn refuse_same_run(recordings: &[NamedRecording]) -> Result<(), MergeRefusal> {
    let run = |named: &NamedRecording| {
        let header = &named.recording.header;
        let greetings: Vec<_> = header.drivers.iter().map(|driver| driver.now).collect();
        let first = named.recording.trials.iter().find_map(|trial| match &trial.outcome {
            model::trial::Outcome::Ran(run) => Some(run.started),
            model::trial::Outcome::Lost(_) => None,
        });
        (header.started_at.clone(), greetings, first)
    };
    for (place, first) in recordings.iter().enumerate() {
        if let Some(second) = recordings[..place].iter().find(|other| run(other) == run(first)) {
            return Err(MergeRefusal::SameRun {
                first: second.place.clone(),
                second: first.place.clone(),
            });
        }
    }
    Ok(())
}

fn examine(named: &NamedRecording) -> Option<Examined<'_>> {
    Some(Examined {
        place: &named.place,
        recording: &named.recording,
        analysis: analyse(&named.recording),
        evidence: Evidence::of_recording(&named.recording)?,
    })
}

fn merged(place: &Examined<'_>, time: Option<TimeOfRun>) -> MergedPlace {
    let arms = place.analysis.measured_arms().map(|arm| ArmOfPlace {
        arm: arm.arm.clone(),
        seconds: arm.mean(),
        trials: arm.describe.count,
        failed: arm.failed,
    });
    MergedPlace {
        place: place.place.to_owned(),
        started_at: place.recording.header.started_at.clone(),
        blocks: place.analysis.blocks,
        time,
        arms: arms.collect(),
    }
}

fn caveats(
    differences: &[PlaceDifference],
    ratios: &[MergedRatio],
    times: &[Option<TimeOfRun>],
) -> Vec<MergeCaveat> {
    let kinds: BTreeSet<SetupKind> = differences.iter().map(|difference| difference.kind).collect();
    let merged = || ratios.iter().filter(|ratio| ratio.ratio.is_some());
    let lacks_ratio = |ratio: &MergedRatio| ratio.places.iter().any(|place| !place.is_merged());
    let known: Option<Vec<TimeOfRun>> = times.iter().copied().collect();
    let holds = |caveat: &MergeCaveat| match caveat {
        MergeCaveat::OtherVersions => kinds.contains(&SetupKind::Versions),
        MergeCaveat::OtherConditions => {
            kinds.contains(&SetupKind::Conditions) || kinds.contains(&SetupKind::Target)
        }
        MergeCaveat::PlacesDiffer => merged().any(MergedRatio::places_differ),
        MergeCaveat::FewPlaces => merged().any(|ratio| ratio.merged_places() < FEW),
        MergeCaveat::PlaceWithoutRatio => ratios.iter().any(lacks_ratio),
        MergeCaveat::Vetoed => ratios.iter().any(|ratio| ratio.verdict == Verdict::Vetoed),
        MergeCaveat::MeasuredAtOnce => known.as_deref().is_some_and(when::any_overlap),
        MergeCaveat::ClocksUnknown => known.is_none(),
    };
    MergeCaveat::ALL.into_iter().filter(holds).collect()
}

#[cfg(test)]
mod tests;
