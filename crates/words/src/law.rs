//! The cost model in sentences: what limits it, how much faster a strategy could be, where two cross,
//! and why a prediction may not hold.

use explain::{
    CostModel, Doubt, Estimate, Law, LawCrossing, LawPart, LeftOut, RatioEstimate, Residual, Shape,
    SizePrediction, SpeedUp,
};
use model::arm::BatchSize;

use crate::list::listed;
use crate::number::{factor, millis, millis_with_interval, percent, percent_with_interval, whole};

/// What limits the cost model of a strategy; nothing where only the measured sizes do.
pub fn remark(law: &Law) -> Option<String> {
    let beyond: Vec<String> = law.left_out.iter().map(left_out).collect();
    let beyond = Some(beyond.join(", ")).filter(|beyond| !beyond.is_empty());
    match (law.shape, beyond) {
        (None, Some(beyond)) => Some(format!("no cost model: {beyond}, and too few sizes remain")),
        (None, None) => Some("no cost model: in no block did all of its sizes succeed".to_owned()),
        (Some(shape), beyond) => {
            let parts: Vec<String> = negative_parts(&law.negative)
                .into_iter()
                .chain(describe_shape(shape, &law.residuals))
                .chain(beyond)
                .collect();
            Some(parts.join("; ")).filter(|parts| !parts.is_empty())
        }
    }
}

/// Why a line with negative parts does not fit.
fn negative_parts(parts: &[LawPart]) -> Option<String> {
    let names = parts.iter().filter_map(|part| match part {
        LawPart::Setup => Some("setup"),
        LawPart::Serial => Some("cost per extra request"),
        // Part of the setup, where that is known.
        LawPart::Intercept => (!parts.contains(&LawPart::Setup)).then_some("time of one request"),
    });
    let names: Vec<&str> = names.collect();
    (!names.is_empty())
        .then(|| format!("the line does not fit: its {} would be negative", listed(&names)))
}

fn left_out(left_out: &LeftOut) -> String {
    format!("batch {} exceeds {} and is left out", left_out.batch_size, limit(left_out))
}

/// `workers=6`.
fn limit(left_out: &LeftOut) -> String {
    format!("{}={}", left_out.condition, left_out.limit)
}

fn describe_shape(shape: Shape, residuals: &[Residual]) -> Option<String> {
    match shape {
        Shape::Straight => None,
        Shape::TwoPoints => {
            Some("from two sizes, which do not show whether the cost is linear".to_owned())
        }
        Shape::Bent => Some(format!("not linear: {}", bends(residuals))),
    }
}

/// `at batch 8 the time is 3.10 ms above the line`.
fn bends(residuals: &[Residual]) -> String {
    let bend = |residual: &Residual| {
        let side = if residual.estimate.seconds > 0.0 { "above" } else { "below" };
        let distance = millis(residual.estimate.seconds.abs());
        format!("at batch {} the time is {distance} {side} the line", residual.batch_size)
    };
    let bends = residuals.iter().filter(|residual| residual.bends);
    bends.map(bend).collect::<Vec<_>>().join(", ")
}

/// How much faster a sequential strategy would be with all its requests concurrent, and how much of
/// that others reach.
pub fn speed_up(law: &Law, speed_up: &SpeedUp) -> String {
    let most = factor(speed_up.most.ratio, ends(&speed_up.most));
    let reached = speed_up.reached.iter().map(|reached| {
        let share = percent_with_interval(reached.share.ratio, ends(&reached.share));
        format!("{} reaches {share}", reached.strategy)
    });
    let reached: Vec<String> = reached.collect();
    let reached = if reached.is_empty() {
        String::new()
    } else {
        format!("; {} of that", reached.join(", "))
    };
    format!(
        "batch {}: {} would be {most} faster with all requests concurrent{reached}.",
        speed_up.batch_size, law.label
    )
}

fn ends(factor: &RatioEstimate) -> Option<(f64, f64)> {
    factor.low.zip(factor.high)
}

/// From which batch size one strategy is faster than another.
pub fn crossing(crossing: &LawCrossing) -> String {
    let LawCrossing { strategy, versus, least_measured, most_measured, .. } = crossing;
    if !crossing.within {
        return format!(
            "By extrapolation, {strategy} becomes faster than {versus} only outside the measured sizes \
             ({least_measured} to {most_measured})."
        );
    }
    // The first whole batch size at or beyond the crossing.
    let first = |size: f64| size.ceil().max(1.0);
    let (from, low, high) = (first(crossing.batch_size), first(crossing.low), first(crossing.high));
    let interval =
        if low < high { format!(" [{}, {}]", whole(low), whole(high)) } else { String::new() };
    format!("From batch size {}{interval}, {strategy} is faster than {versus}.", whole(from))
}

/// What larger batches would take, and by which model; nothing where nothing predicts that.
pub fn predictions(law: &Law) -> Option<String> {
    let parts: Vec<String> =
        CostModel::ALL.into_iter().filter_map(|by| predicted(law, by)).collect();
    (!parts.is_empty()).then(|| format!("predicted {}", parts.join("; ")))
}

/// `by the line: batch 32 49.0 ms [48.1, 49.9], batch 64 72.9 ms [71.0, 74.8]`.
fn predicted(law: &Law, by: CostModel) -> Option<String> {
    let name = match by {
        CostModel::Line => "by the line",
        CostModel::Replay => "by the replay",
    };
    let batch = |predicted: &SizePrediction| {
        let Estimate { seconds, low, high } = predicted.time;
        let time = millis_with_interval(seconds, low.zip(high));
        let extrapolated = if predicted.extrapolated { " (extrapolated)" } else { "" };
        format!("batch {} {time}{extrapolated}", predicted.batch_size)
    };
    let batches = law.predictions.iter().filter(|predicted| predicted.model == by).map(batch);
    let batches: Vec<String> = batches.collect();
    (!batches.is_empty()).then(|| format!("{name}: {}", batches.join(", ")))
}

/// Why the prediction for a batch of `size` may not hold, as a clause.
pub fn doubt(doubt: &Doubt, size: BatchSize) -> String {
    match doubt {
        Doubt::TwoSizes => "two sizes do not show whether the cost is linear".to_owned(),
        Doubt::Bent(residuals) => format!("the cost is not linear: {}", bends(residuals)),
        Doubt::TooFewSizes => "fewer than two sizes can be fitted".to_owned(),
        Doubt::BeyondLimit(left_out) => format!("batch {size} exceeds {}", limit(left_out)),
        Doubt::CpuShows { measured, predicted } => format!(
            "the client would need {} of a core instead of {}, and waiting would no longer hide its \
             CPU time",
            percent(*predicted),
            percent(*measured)
        ),
        Doubt::Negative(parts) => {
            negative_parts(parts).unwrap_or_else(|| "the line does not fit".to_owned())
        }
        Doubt::Extrapolated => "it rests on more requests at once than were seen".to_owned(),
        Doubt::Wide(share) => format!("it is known only to within {}", percent(*share)),
    }
}

#[cfg(test)]
mod tests;
