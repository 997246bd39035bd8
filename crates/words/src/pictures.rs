//! The notes of pictures, and what they say to people who cannot see them.

use evidence::account::Charge;
use explain::{ArmAnalysis, MARGIN, RatioAnalysis};

use crate::charge;
use crate::list::counted;
use crate::number::{Decimals, factor, millis, millis_with_interval, percent};

/// How an axis of times is to be read.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum TimeAxis {
    /// From zero.
    FromZero,
    /// From this many seconds.
    From(f64),
    /// Logarithmic.
    Logarithmic,
}

/// What the picture of the trials shows.
pub fn times(axis: TimeAxis) -> String {
    let marks = "A dot is a trial. The line is the median, the bar its 95% interval.";
    match axis {
        TimeAxis::FromZero => marks.to_owned(),
        TimeAxis::From(start) => format!(
            "{marks} The axis starts at {}, not at zero, because all times are close together.",
            millis(start)
        ),
        TimeAxis::Logarithmic => format!(
            "{marks} The axis is logarithmic, because the times differ by a large factor: equal distances \
             are equal factors."
        ),
    }
}

/// Which trials a picture leaves out.
pub fn sampled(shown: usize, trials: usize) -> String {
    format!("The picture shows {shown} of {trials} trials, evenly chosen. The table counts all.")
}

/// The median of an arm with its interval: `43.7 ms [43.1, 44.0]`.
pub fn median(arm: &ArmAnalysis) -> Option<String> {
    let interval = arm.median_low.zip(arm.median_high);
    Some(millis_with_interval(arm.describe.median?, interval))
}

/// Why a median has no interval.
pub fn no_interval(arm: &ArmAnalysis) -> Option<String> {
    let trials = arm.describe.count;
    (trials > 0 && arm.median_low.is_none()).then(|| {
        format!("{} has {}: too few for an interval.", arm.label, counted(trials, "trial"))
    })
}

/// The row of an arm in the picture of the trials.
pub fn times_row(arm: &ArmAnalysis) -> String {
    let Some(median) = median(arm) else { return format!("{}: no time", arm.label) };
    format!("{}: {}, median {median}", arm.label, counted(arm.describe.count, "trial"))
}

/// What the picture of the ratios shows.
pub fn ratios(baseline: &str) -> String {
    format!(
        "Time divided by that of {baseline}, with its 95% interval. Left of 1 is faster. The band is the \
         margin of ±{}: differences within it do not matter. The axis is logarithmic.",
        percent(MARGIN)
    )
}

/// The row of an arm in the picture of the ratios.
pub fn ratio_row(name: &str, ratio: Option<f64>, interval: Option<(f64, f64)>) -> String {
    match ratio {
        Some(ratio) => format!("{name}: {}", factor(ratio, interval)),
        None => format!("{name}: no ratio"),
    }
}

/// What the picture of a ratio in several places shows.
pub fn merged_ratios() -> String {
    format!(
        "Each place: the ratio of its own blocks with its 95% interval. The diamond is the mean over places, as \
         wide as its interval. The dashed line holds the ratio of a further place with a probability of 95%. \
         Left of 1 is faster. The band is the margin of ±{}. The axis is logarithmic.",
        percent(MARGIN)
    )
}

/// The row of a place, of the mean or of a further place.
pub fn place_row(name: &str, ratio: Option<f64>, interval: Option<(f64, f64)>) -> String {
    match (ratio, interval) {
        (None, Some((low, high))) => {
            format!("{name}: {}", Decimals::for_ratio(low).write_interval(low, high))
        }
        _ => ratio_row(name, ratio, interval),
    }
}

/// What the picture of the places over time shows.
pub const WHEN: &str = "Bars that overlap were measured at the same time. Clocks count from the start of their \
                        machine, and were compared by exchanges of messages: the offset is off by at most half \
                        of the shortest round trip.";

/// Why a ratio has no interval; nothing where it has one.
pub fn ratio_without_interval(ratio: &RatioAnalysis) -> Option<String> {
    let arm = &ratio.arm;
    match (ratio.blocks, ratio.blocks_needed) {
        (0, _) => Some(format!("{arm}: no block in which it and the baseline both succeeded")),
        (_, Some(blocks)) => {
            Some(format!("{arm}: about {blocks} blocks would decide: -n {blocks}"))
        }
        (1, None) => Some(format!("{arm}: one block has no interval")),
        (_, None) => None,
    }
}

/// What the picture of the charges shows.
pub const CHARGES: &str = "The mean batch, each part of its critical path charged to one cause. The parts sum to the mean.";

/// A part of a bar: `22.1 ms, 37%`.
pub fn charged(seconds: f64, mean: f64) -> String {
    if mean > 0.0 {
        format!("{}, {}", millis(seconds), percent(seconds / mean))
    } else {
        millis(seconds)
    }
}

/// The bar of an arm in the picture of the charges, with its largest parts.
pub fn charges_row(arm: &ArmAnalysis, largest: &[(Charge, f64)]) -> String {
    let mean = arm.mean().unwrap_or_default();
    let part = |(charge, seconds): &(Charge, f64)| {
        format!("{} {}", charge::name(*charge), self::charged(*seconds, mean))
    };
    let parts: Vec<String> = largest.iter().map(part).collect();
    format!("{}: {} in all; {}", arm.label, millis(mean), parts.join("; "))
}

/// What the panels of the drift show.
pub const DRIFT: &str = "Each trial in the order of the blocks, as its distance from the arm's median. All \
                         panels have the same scale. A trend, a step or a change of spread would show here.";

/// How many trials lie beyond the edge of a panel.
pub fn beyond_panel(beyond: usize) -> String {
    format!("{} beyond the edge", counted(beyond, "trial"))
}

/// The panel of an arm.
pub fn drift_row(arm: &ArmAnalysis, reaches: f64) -> String {
    format!(
        "{}: {} over the blocks, within {} of the median",
        arm.label,
        counted(arm.describe.count, "trial"),
        percent(reaches)
    )
}

/// What the picture of gains shows.
pub const GAINS: &str = "How much shorter the batch becomes without the cause, every other limit unchanged: \
                         predicted by the replay, and measured by an experiment where there was one.";

/// What the picture of the cost model shows.
pub const COST_MODEL: &str = "Mean times at the measured batch sizes, the fitted lines, and what is predicted beyond them (hollow).";

/// Why the cost model is missing.
pub const ONE_SIZE: &str =
    "A cost model needs at least two batch sizes: measure several with -b 4,16.";

/// What the lines of code are.
pub const LINES: &str =
    "The part of each finding's size that passes on these lines, from trials that were profiled.";

/// Where the trials are if the page does not list them.
pub fn too_many_trials(trials: usize) -> String {
    format!(
        "{trials} trials are too many for a table here: `batchmark report --csv` writes them all."
    )
}
