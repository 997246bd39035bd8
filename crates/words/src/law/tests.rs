use super::*;
use explain::{Estimate, Reached, analyse};
use model::arm::{ArmName, Label};
use test_support::sample::Sample;

fn bent() -> Residual {
    let estimate = Estimate { seconds: 0.0031, low: Some(0.003), high: Some(0.0032) };
    Residual { batch_size: BatchSize(8), estimate, bends: true }
}

/// A cost model of this shape with these sizes left out.
fn law(shape: Option<Shape>, limits: &[u32]) -> Law {
    let law = analyse(&Sample::three_sizes(3)).law[0].clone();
    let left_out = limits.iter().map(|&limit| LeftOut {
        batch_size: BatchSize(16),
        condition: "workers".to_owned(),
        limit,
    });
    Law { shape, left_out: left_out.collect(), residuals: vec![bent()], ..law }
}

#[test]
fn says_what_limits_a_cost_model() {
    let remark = |shape, limits: &[u32]| remark(&law(shape, limits)).unwrap_or_default();
    assert_eq!(remark(Some(Shape::Straight), &[]), "");
    assert_eq!(
        remark(Some(Shape::TwoPoints), &[6]),
        "from two sizes, which do not show whether the cost is linear; batch 16 exceeds workers=6 \
         and is left out"
    );
    assert_eq!(
        remark(Some(Shape::Bent), &[]),
        "not linear: at batch 8 the time is 3.10 ms above the line"
    );
    assert_eq!(
        remark(None, &[6]),
        "no cost model: batch 16 exceeds workers=6 and is left out, and too few sizes remain"
    );
    assert_eq!(remark(None, &[]), "no cost model: in no block did all of its sizes succeed");
}

#[test]
fn says_that_a_line_with_negative_parts_does_not_fit() {
    let remark = |negative: &[LawPart]| {
        let law = law(Some(Shape::Straight), &[]);
        remark(&Law { negative: negative.to_vec(), ..law }).unwrap_or_default()
    };
    let setup = "the line does not fit: its setup would be negative";
    assert_eq!(remark(&[LawPart::Setup, LawPart::Intercept]), setup);
    assert_eq!(
        remark(&[LawPart::Serial, LawPart::Intercept]),
        "the line does not fit: its cost per extra request and time of one request would be negative"
    );
}

#[test]
fn says_what_larger_batches_take_and_by_which_model() {
    let predicted = |batch_size, seconds: f64, model, extrapolated| SizePrediction {
        batch_size: BatchSize(batch_size),
        time: Estimate { seconds, low: Some(0.9 * seconds), high: Some(1.1 * seconds) },
        model,
        extrapolated,
    };
    let predictions = |found: &[SizePrediction]| {
        predictions(&Law { predictions: found.to_vec(), ..law(Some(Shape::Straight), &[]) })
    };
    assert_eq!(predictions(&[]), None);
    let line = predicted(32, 0.05, CostModel::Line, false);
    let replay = predicted(64, 0.2, CostModel::Replay, true);
    assert_eq!(
        predictions(&[line, replay]).as_deref(),
        Some(
            "predicted by the line: batch 32 50.0 ms [45.0, 55.0]; by the replay: batch 64 200 ms \
             [180, 220] (extrapolated)"
        )
    );
}

#[test]
fn says_how_much_faster_concurrent_requests_would_be() {
    let factor =
        |ratio: f64| RatioEstimate { ratio, low: Some(0.9 * ratio), high: Some(1.1 * ratio) };
    let reached = Reached {
        arm: ArmName("b/y@16".to_owned()),
        strategy: Label("b/y".to_owned()),
        speed_up: factor(4.0),
        share: factor(0.7),
    };
    let mut found =
        SpeedUp { batch_size: BatchSize(16), most: factor(5.71), reached: vec![reached] };
    let law = Law { label: Label("a/x".to_owned()), ..law(None, &[]) };
    assert_eq!(
        speed_up(&law, &found),
        "batch 16: a/x would be 5.71× [5.14, 6.28] faster with all requests concurrent; b/y reaches \
         70% [63%, 77%] of that."
    );
    found.reached.clear();
    assert!(speed_up(&law, &found).ends_with(" with all requests concurrent."));
}

#[test]
fn a_crossing_outside_the_measured_sizes_is_an_extrapolation() {
    let mut found = LawCrossing {
        strategy: Label("b/y".to_owned()),
        versus: Label("a/x".to_owned()),
        batch_size: 1.55,
        low: 1.2,
        high: 2.3,
        least_measured: BatchSize(1),
        most_measured: BatchSize(16),
        within: true,
    };
    assert_eq!(crossing(&found), "From batch size 2 [2, 3], b/y is faster than a/x.");
    found.within = false;
    assert_eq!(
        crossing(&found),
        "By extrapolation, b/y becomes faster than a/x only outside the measured sizes (1 to 16)."
    );
}

#[test]
fn says_why_a_prediction_may_not_hold() {
    let doubt = |found: &Doubt| doubt(found, BatchSize(32));
    assert_eq!(
        doubt(&Doubt::CpuShows { measured: 0.2, predicted: 0.55 }),
        "the client would need 55% of a core instead of 20%, and waiting would no longer hide its \
         CPU time"
    );
    assert_eq!(doubt(&Doubt::Wide(0.07)), "it is known only to within 7%");
    let beyond = law(None, &[6]).left_out.remove(0);
    assert_eq!(doubt(&Doubt::BeyondLimit(beyond)), "batch 32 exceeds workers=6");
}
