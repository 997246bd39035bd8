//! Recordings of several places, merged, in words, and their JSON. `docs/merge.schema.json` is its schema.

use explain::MARGIN;
use explain::merge::{
    Lag, Merge, MergeCaveat, MergeRefusal, MergedLatency, MergedPlace, MergedRatio,
    PlaceDifference, TimeOfRun,
};
use schemars::JsonSchema;
use serde::Serialize;
use stats::verdict::Verdict;

use crate::list::{counted, listed};
use crate::number::{Decimals, factor, millis, percent};

/// The name and version that a document carries.
pub const SCHEMA: &str = "batchmark-merge/1";

/// A probability below this is not written as a number.
const LEAST_CHANCE: f64 = 0.001;

/// What was merged: `3 places, plan 3f9a1c2b: paris, tokyo and local`.
pub fn title(merge: &Merge) -> String {
    let names: Vec<&str> = merge.places.iter().map(|place| place.place.as_str()).collect();
    format!("{}, plan {}: {}", counted(names.len(), "place"), merge.plan, listed(&names))
}

/// How an arm compares with its baseline over places, in a sentence.
pub fn answer(ratio: &MergedRatio) -> String {
    let MergedRatio { arm, baseline, .. } = ratio;
    let margin = percent(MARGIN);
    let Some(mean) = mean(ratio) else {
        return format!(
            "{arm}: fewer than two places have two blocks in which it and {baseline} succeeded."
        );
    };
    let found = match ratio.verdict {
        Verdict::Faster => format!("{arm} is faster than {baseline}"),
        Verdict::Slower => format!("{arm} is slower than {baseline}"),
        Verdict::FasterBelowMargin => {
            format!("{arm} is faster than {baseline} by less than {margin}")
        }
        Verdict::SlowerBelowMargin => {
            format!("{arm} is slower than {baseline} by less than {margin}")
        }
        Verdict::PracticallyEqual => format!("{arm} takes as long as {baseline}, within {margin}"),
        Verdict::Inconclusive => format!("Undecided whether {arm} is faster than {baseline}"),
        Verdict::Vetoed => {
            format!("No verdict on {arm}, because the controls of a place failed")
        }
    };
    let places = counted(ratio.merged_places(), "place");
    format!("{found}: {mean} on average over {places}.")
}

/// The mean over places with its interval; none without one.
pub fn mean(ratio: &MergedRatio) -> Option<String> {
    ratio.ratio.map(|mean| factor(mean, ratio.low.zip(ratio.high)))
}

/// How much the places differ; empty without a mean.
pub fn heterogeneity(ratio: &MergedRatio) -> String {
    let (Some(spread), Some(unexplained), Some(chance)) =
        (ratio.spread, ratio.unexplained, ratio.chance)
    else {
        return String::new();
    };
    if spread == 0.0 {
        return "The places agree within their errors.".to_owned();
    }
    let (spread, chance) = (percent(spread), probability(chance));
    if !ratio.places_differ() {
        return format!(
            "The places may be alike: differences like theirs occur by chance with a probability of {chance}."
        );
    }
    format!(
        "The places differ: a typical place is off by {spread}. Their errors leave {} of that unexplained (I²); \
         its probability by chance is {chance}.",
        percent(unexplained)
    )
}

fn probability(chance: f64) -> String {
    if chance < LEAST_CHANCE {
        format!("less than {}", percent(LEAST_CHANCE))
    } else {
        percent(chance)
    }
}

/// What differs, a line for each fact: `machine: cpu A (paris, local), B (tokyo)`.
pub fn difference(difference: &PlaceDifference, places: &[MergedPlace]) -> String {
    let of = difference.arm.as_ref().map(|arm| format!(" of {arm}")).unwrap_or_default();
    let mut groups: Vec<(&Option<String>, Vec<&str>)> = Vec::new();
    for (value, place) in difference.values.iter().zip(places) {
        match groups.iter_mut().find(|(known, _)| *known == value) {
            Some((_, names)) => names.push(&place.place),
            None => groups.push((value, vec![&place.place])),
        }
    }
    let group = |(value, names): &(&Option<String>, Vec<&str>)| {
        format!("{} ({})", value.as_deref().unwrap_or("none"), names.join(", "))
    };
    let groups: Vec<String> = groups.iter().map(group).collect();
    format!("{}{of}: {} {}", difference.kind, difference.fact, groups.join(", "))
}

/// The place that lags.
pub fn lag(lag: &Lag) -> String {
    let phase = lag.phase.map(|lost| {
        format!(" Most of it is {}: {} more in each batch.", lost.phase, millis(lost.seconds))
    });
    format!(
        "{} lags: its batches take {} as long as those of {}, the fastest place.{}",
        lag.place,
        factor(lag.ratio, None),
        lag.fastest,
        phase.unwrap_or_default()
    )
}

/// When a place was measured: `paris: from 0 s to 42.1 s (clock 12.0004 s ahead ±0.400 ms)`.
pub fn time(place: &str, time: TimeOfRun) -> String {
    format!("{place}: {} ({})", stretch(time), clock(time))
}

/// When a run began and ended: `from 0 s to 42.1 s`.
pub fn stretch(time: TimeOfRun) -> String {
    let decimals = Decimals::for_column(&[time.began, time.ended]);
    format!("from {} s to {} s", decimals.write(time.began), decimals.write(time.ended))
}

/// How far the clock of a place is from the collector's: `clock 12.0004 s ahead ±0.400 ms`.
pub fn clock(time: TimeOfRun) -> String {
    let offset = Decimals::for_error(time.bound).write(time.offset.abs());
    let direction = if time.offset < 0.0 { "behind" } else { "ahead" };
    format!("clock {offset} s {direction} ±{}", millis(time.bound))
}

/// Why to trust the merge less.
pub const fn caveat(caveat: MergeCaveat) -> &'static str {
    match caveat {
        MergeCaveat::OtherVersions => {
            "the versions of batchmark, of a client or of a runtime differ. A difference between such places \
             may be one of versions."
        }
        MergeCaveat::OtherConditions => {
            "the conditions or the sizes of the responses differ, so the places do not measure exactly the \
             same."
        }
        MergeCaveat::PlacesDiffer => {
            "the places differ by more than their errors explain. The mean describes none of them: read the \
             ratio of your own place."
        }
        MergeCaveat::FewPlaces => {
            "with fewer than five places it is hardly known how much places differ, so the intervals of the \
             mean and of a further place are wide. Measure in more places to narrow them."
        }
        MergeCaveat::PlaceWithoutRatio => {
            "a place has no interval for an arm, because fewer than two blocks succeeded there. It is left \
             out of that mean."
        }
        MergeCaveat::Vetoed => {
            "the controls of a place failed at a batch size, so the mean has no verdict there. Repeat that \
             place, or leave it out."
        }
        MergeCaveat::MeasuredAtOnce => {
            "two places were measured at the same time. They may have shared the capacity of the server and of \
             the network."
        }
        MergeCaveat::ClocksUnknown => {
            "no recording says how the clocks of the places compare, so it is not known whether two were \
             measured at the same time. python -m batchmark.dask compares clocks."
        }
    }
}

/// Why recordings cannot be merged, and what to do.
pub fn refusal(refusal: &MergeRefusal) -> String {
    match refusal {
        MergeRefusal::OnePlace => {
            "merge joins recordings of several places: name two or more".to_owned()
        }
        MergeRefusal::NoPlan { place } => {
            format!("{place} has no plan, because its run ended in the pilot: record it again")
        }
        MergeRefusal::SameRun { first, second } => {
            format!("{first} and {second} are the same run: leave one of them out")
        }
        MergeRefusal::NoSharedArm { first, second } => format!(
            "{first} and {second} share no arm: record the same plan in both places, such as batchmark \
             plan.toml"
        ),
        MergeRefusal::OtherPlan { first, second, parts } => {
            let parts: Vec<&str> = parts.iter().map(|part| part.name()).collect();
            format!(
                "{first} and {second} are of different plans: they differ in {}\nrecord the same plan in both \
                 places, such as batchmark plan.toml",
                listed(&parts)
            )
        }
        MergeRefusal::NothingCompared => {
            "the recordings have no strategy beside the baseline, so there is no ratio to merge: record two \
             strategies or more"
                .to_owned()
        }
        MergeRefusal::NothingMeasured => {
            "no ratio has an interval in two places: record two blocks or more in each: -n 10".to_owned()
        }
    }
}

/// Recordings of several places, merged.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "batchmark merge, version 1")]
pub struct Document<'a> {
    /// Always `batchmark-merge/1`.
    schema: &'static str,
    /// The beginning of the SHA-256 of what the plan asks, in hexadecimal.
    plan: &'a str,
    /// The places, in the given order.
    places: &'a [MergedPlace],
    /// In what the places differ beside their times.
    differences: &'a [PlaceDifference],
    /// Each measured arm against the baseline of its size.
    ratios: Vec<RatioDocument<'a>>,
    /// How long single requests took, over all places.
    latencies: &'a [MergedLatency],
    /// The place that lags; null where no place is surely slower than all others for every arm.
    lag: Option<&'a Lag>,
    /// The reasons to trust the merge less.
    caveats: Vec<CaveatDocument>,
}

/// A ratio over places, with its sentence.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "MergedRatioSentence")]
struct RatioDocument<'a> {
    /// The ratio.
    #[serde(flatten)]
    ratio: &'a MergedRatio,
    /// The same, for people.
    sentence: String,
}

/// A reason to trust the merge less.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "MergeCaveatSentence")]
struct CaveatDocument {
    /// Its code.
    code: MergeCaveat,
    /// The same, for people.
    sentence: &'static str,
}

/// Writes a merge as JSON, ending in a line break.
pub fn json(merge: &Merge) -> String {
    let ratio = |ratio| RatioDocument { ratio, sentence: answer(ratio) };
    let caveats = merge.caveats.iter();
    let document = Document {
        schema: SCHEMA,
        plan: &merge.plan,
        places: &merge.places,
        differences: &merge.differences,
        ratios: merge.ratios.iter().map(ratio).collect(),
        latencies: &merge.latencies,
        lag: merge.lag.as_ref(),
        caveats: caveats.map(|&code| CaveatDocument { code, sentence: caveat(code) }).collect(),
    };
    crate::json::pretty(&document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use explain::compare::SetupKind;

    #[test]
    fn the_places_with_one_value_share_it() {
        let place = |name: &str| MergedPlace {
            place: name.to_owned(),
            started_at: String::new(),
            blocks: 0,
            time: None,
            arms: Vec::new(),
        };
        let places = ["paris", "tokyo", "local"].map(place);
        let value = |text: &str| Some(text.to_owned());
        let cpu = PlaceDifference {
            kind: SetupKind::Machine,
            fact: "cpu".to_owned(),
            arm: None,
            values: vec![value("A"), None, value("A")],
        };
        assert_eq!(difference(&cpu, &places), "machine: cpu A (paris, local), none (tokyo)");
    }

    #[test]
    fn a_small_probability_is_not_zero() {
        assert_eq!(probability(0.0), "less than 0.1%");
        assert_eq!(probability(0.034), "3.4%");
    }

    #[test]
    fn the_committed_schema_of_merges_is_that_of_the_types() {
        test_support::assert_committed::<Document<'_>>("merge.schema.json");
    }
}
