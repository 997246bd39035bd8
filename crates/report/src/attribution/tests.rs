use super::*;
use explain::analyse;
use insta::assert_snapshot;
use model::experiment::{FactorReason, PredictedGain};
use model::recording::Recording;
use model::time::Span;
use model::trial::Outcome;
use test_support::sample::experiment::{Asked, experiment};

const WARM: (FactorKind, &str, &str) = (FactorKind::WarmSession, "session=warm", "session=cold");
const WORKERS: (FactorKind, &str, &str) = (FactorKind::Workers, "workers=4", "workers=2");
const SHARED: (FactorKind, &str, &str) =
    (FactorKind::SharedContext, "context=shared", "context=default");
const PLAIN: (FactorKind, &str, &str) = (FactorKind::PlainText, "tls=off", "tls=on");

/// The text where the arm takes 100 ms less what is removed, and the other one 45 ms.
fn shown(
    factors: &[(FactorKind, &str, &str)],
    blocks: u32,
    taken: impl Fn(&Asked<'_>) -> i64,
) -> String {
    let mut turn = 0;
    let recording = experiment(factors, blocks, |asked| {
        turn = (turn * 5 + 3) % 17;
        let millis = if asked.on.is_none() { 45 } else { 100 - taken(&asked) };
        Span::from_nanos(u64::try_from(millis * 1_000_000 + turn * 50_000).expect("is above 0"))
    });
    shown_of(&recording)
}

fn shown_of(recording: &Recording) -> String {
    lines(&analyse(recording), BatchSize(4), Style::default()).join("\n")
}

fn where_on(asked: &Asked<'_>, kind: FactorKind, taken: i64) -> i64 {
    if asked.has(kind) { taken } else { 0 }
}

#[test]
fn shows_the_share_of_each_cause_and_how_causes_overlap() {
    let overlapping = |asked: &Asked<'_>| {
        let both = asked.has(FactorKind::WarmSession) && asked.has(FactorKind::Workers);
        let alone =
            where_on(asked, FactorKind::WarmSession, 40) + where_on(asked, FactorKind::Workers, 20);
        alone - if both { 10 } else { 0 }
    };
    assert_snapshot!(shown(&[WARM, WORKERS], 10, overlapping), @"
    a/x@4 takes 55.1 ms [54.8, 55.3] longer than b/y@4
      confirmed: session=warm instead of session=cold saves 35.0 ms [34.8, 35.2]
        (alone 40.0 ms [39.8, 40.3])
      confirmed: workers=4 instead of workers=2 saves 15.0 ms [14.8, 15.2] (alone
        20.1 ms [19.8, 20.3])
      session=warm saves 10.1 ms [9.7, 10.4] less together with workers=4
      unexplained: 5.01 ms [4.77, 5.25]
    ");
}

#[test]
fn shows_what_is_no_cause_and_what_is_unexplained() {
    let useless = |asked: &Asked<'_>| where_on(asked, FactorKind::Workers, -8);
    assert_snapshot!(shown(&[WARM, WORKERS], 10, useless), @"
    a/x@4 takes 55.1 ms [54.8, 55.3] longer than b/y@4
      no effect: session=warm instead of session=cold saves 0.010 ms [-0.158,
        0.178], within noise
      not a cause: workers=4 instead of workers=2 costs 7.96 ms [7.77, 8.15]
      unexplained: 63.0 ms [62.8, 63.2]
    ");
    assert_snapshot!(shown(&[], 10, |_| 0), @"
    a/x@4 takes 54.8 ms [54.6, 55.0] longer than b/y@4
      no cause can be removed here: 54.8 ms [54.6, 55.0] are unexplained
    ");
    assert_snapshot!(shown(&[WARM], 10, |_| 55), @"
    a/x@4 differs from b/y@4 by 0.040 ms [-0.159, 0.239], within noise
      no effect: session=warm instead of session=cold saves -0.030 ms [-0.287,
        0.227], within noise
      unexplained: 0.070 ms [-0.200, 0.340], within noise
    ");
}

#[test]
fn shows_a_nested_cause_with_its_range() {
    let nested = |asked: &Asked<'_>| {
        let of_context = where_on(asked, FactorKind::SharedContext, 60);
        if asked.has(FactorKind::PlainText) { 80 } else { of_context }
    };
    assert_snapshot!(shown(&[SHARED, PLAIN], 10, nested), @"
    a/x@4 takes 54.8 ms [54.6, 54.9] longer than b/y@4
      context=shared and tls=off together save 79.8 ms [79.6, 79.9]
      confirmed: context=shared instead of context=default saves 59.6 ms [59.5,
        59.7] alone; 0.0 to 59.6 ms with the other causes removed
      confirmed: tls=off instead of tls=on saves 79.8 ms [79.6, 79.9] alone; 20.2
        to 79.8 ms with the other causes removed
      with all of these it would be 25.0 ms [24.7, 25.3] faster than b/y@4
    ");
}

#[test]
fn one_block_has_no_interval_and_none_has_no_verdict() {
    let warm = |asked: &Asked<'_>| where_on(asked, FactorKind::WarmSession, 40);
    assert_snapshot!(shown(&[WARM], 1, warm), @"
    a/x@4 takes 54.9 ms longer than b/y@4
      one block: session=warm saves 39.6 ms (alone 39.6 ms)
      one block: 15.2 ms are unexplained
    ");
    assert_snapshot!(shown(&[WARM], 0, warm), @"
    a/x@4 takes longer than b/y@4
      no verdict: in no block did every cell succeed
    ");
}

#[test]
fn shows_what_was_tried_on_own_code_and_what_could_not_be_imposed() {
    const TRUST_ENV: (FactorKind, &str, &str) =
        (FactorKind::TrustEnvironment, "trust_env=off", "trust_env=native");
    let mut turn = 0;
    let mut recording = experiment(&[SHARED, TRUST_ENV], 6, |asked| {
        turn = (turn * 5 + 3) % 17;
        let millis = if asked.on.is_none() { 45 } else { 100 - where_on(&asked, SHARED.0, 40) };
        Span::from_nanos(u64::try_from(millis * 1_000_000 + turn * 50_000).expect("is above 0"))
    });
    for trial in &mut recording.trials {
        let Outcome::Ran(run) = &mut trial.outcome else { panic!("it ran") };
        for (condition, effects) in [("context", 3), ("trust_env", 0)] {
            if trial.arm.0.contains(condition) {
                run.imposed.insert(condition.to_owned(), effects);
            }
        }
    }
    assert_snapshot!(shown_of(&recording), @"
    a/x@4 takes 55.1 ms [54.7, 55.4] longer than b/y@4
      Tried for you: one TLS context saves 40.0 ms of 100 (confirmed)
      Tried for you: turning trust_env off could not be imposed, because it had no
        effect in 6 of 6 trials
      confirmed: context=shared instead of context=default saves 40.0 ms [39.8,
        40.2] (alone 40.0 ms [39.7, 40.3])
      unexplained: 15.0 ms [14.6, 15.5]
    ");
}

#[test]
fn shows_what_was_predicted_before_the_first_block_beside_what_was_measured() {
    let mut recording = experiment(&[WORKERS], 4, |asked| {
        Span::from_millis(if asked.on.is_none() { 45 } else { 100 })
    });
    let factor = &mut recording.plan.as_mut().expect("has a plan").experiments[0].factors[0];
    let predicted =
        PredictedGain { seconds: 0.021, low: Some(0.02), high: Some(0.022), extrapolated: false };
    factor.reason = Some(FactorReason::Prediction(predicted));
    let found = analyse(&recording).attributions[0].factors[0].predicted_before;
    assert_eq!(found.map(|gain| gain.seconds), Some(0.021));
    let factor = FactorAttribution {
        alone: found,
        predicted: Some(Estimate { seconds: 0.5, low: None, high: None }),
        predicted_before: found,
        ..analyse(&recording).attributions[0].factors[0].clone()
    };
    let expected = "21.0 ms [20.0, 22.0], predicted 21.0 ms [20.0, 22.0]";
    assert_eq!(alone(&factor).as_deref(), Some(expected));
}

#[test]
fn a_run_without_experiments_has_no_attribution() {
    let analysis = analyse(&test_support::sample::Sample::three_strategies(3));
    assert_eq!(lines(&analysis, BatchSize(4), Style::default()), [""; 0]);
}
