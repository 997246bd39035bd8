use super::*;
use model::arm::BatchSize;
use model::driver_protocol::ModuleVersion;
use model::recording::{ClockComparison, ClockExchange, StopReason};
use model::target::{Header, Trust};
use model::time::{Moment, Span};
use model::trial::Outcome;
use test_support::noise::{self, Noise, Turn};
use test_support::sample::Sample;

/// A place whose batches take `factor` times as long, and where `b/y` takes `ratio` times as long as `a/x`.
fn place(name: &str, seed: u64, factor: f64, ratio: f64) -> NamedRecording {
    let log_time = |Turn { arm, noise, .. }: Turn<'_>| {
        let of_arm: f64 = if arm == 1 { ratio } else { 1.0 };
        factor.ln() + of_arm.ln() + 0.01 * noise.normal()
    };
    let mut recording = noise::run(&mut Noise::new(seed), 12, 12, log_time);
    recording.header.started_at = format!("run {seed}");
    NamedRecording { place: name.to_owned(), recording }
}

fn three() -> Vec<NamedRecording> {
    vec![place("one", 1, 1.0, 0.5), place("two", 2, 3.0, 0.6), place("three", 3, 1.0, 0.4)]
}

fn near(found: Option<f64>, expected: f64, share: f64) -> bool {
    found.is_some_and(|found| (found / expected - 1.0).abs() < share)
}

#[test]
fn the_mean_is_that_of_the_places_and_not_of_their_batches() {
    let merged = merge(&three()).expect("is one plan");
    let [ratio, equal] = &merged.ratios[..] else { panic!("two arms beside the baseline") };
    assert_eq!((ratio.arm.0.as_str(), ratio.baseline.0.as_str()), ("b/y@4", "a/x@4"));
    assert_eq!(ratio.batch_size, BatchSize(4));
    let of_places: Vec<bool> = ratio
        .places
        .iter()
        .zip([0.5, 0.6, 0.4])
        .map(|(place, truth)| near(place.ratio, truth, 0.02) && place.blocks == 12)
        .collect();
    assert_eq!(of_places, [true; 3]);
    // A pool of all batch times would weigh the slow place threefold.
    assert!(near(ratio.ratio, 0.12_f64.cbrt(), 0.02), "{ratio:?}");
    assert!(ratio.spread.is_some_and(|spread| spread > 0.1) && ratio.chance < Some(0.001));
    assert!(near(equal.ratio, 1.0, 0.02) && equal.spread < Some(0.02), "{equal:?}");
    let [low, high] = [ratio.low, ratio.high].map(|end| end.expect("three places"));
    let [next_low, next_high] = [ratio.next_low, ratio.next_high].map(|end| end.expect("three"));
    assert!(next_low < low && low < 0.49 && 0.49 < high && high < next_high);
}

#[test]
fn places_that_differ_or_are_few_are_a_caveat() {
    let merged = merge(&three()).expect("is one plan");
    let expected = [MergeCaveat::PlacesDiffer, MergeCaveat::FewPlaces, MergeCaveat::ClocksUnknown];
    assert_eq!(merged.caveats, expected);
    let alike: Vec<NamedRecording> =
        (1..=5).map(|seed| place(&format!("{seed}"), seed, 1.0, 0.5)).collect();
    let merged = merge(&alike).expect("is one plan");
    assert_eq!(merged.caveats, [MergeCaveat::ClocksUnknown]);
    assert_eq!(merged.ratios[0].verdict, Verdict::Faster);
    assert_eq!(merged.lag, None);
}

#[test]
fn the_place_that_lags_is_named() {
    let merged = merge(&three()).expect("is one plan");
    let lag = merged.lag.expect("the second place is slower");
    assert_eq!(lag.place, "two");
    assert!(near(Some(lag.ratio), 3.0, 0.2), "{lag:?}");
    // A place that is slower for one arm alone does not lag.
    let mut places = three();
    places[1] = place("two", 2, 1.0, 2.0);
    assert_eq!(merge(&places).expect("is one plan").lag, None);
}

#[test]
fn what_is_not_one_plan_is_refused() {
    let refusal = |places: &[NamedRecording]| merge(places).expect_err("is refused");
    let places = three();
    assert_eq!(refusal(&[]), MergeRefusal::OnePlace);
    assert_eq!(refusal(&places[..1]), MergeRefusal::OnePlace);
    let names = || ("one".to_owned(), "again".to_owned());
    let again = NamedRecording { place: names().1, recording: places[0].recording.clone() };
    let (first, second) = names();
    assert_eq!(refusal(&[places[0].clone(), again]), MergeRefusal::SameRun { first, second });
    let mut without_plan = places;
    without_plan[1].recording.plan = None;
    assert_eq!(refusal(&without_plan), MergeRefusal::NoPlan { place: "two".to_owned() });
}

#[test]
fn the_part_of_the_plan_that_differs_is_named() {
    let parts = |change: &dyn Fn(&mut Plan)| {
        let mut places = three();
        change(places[2].recording.plan.as_mut().expect("has a plan"));
        match merge(&places) {
            Err(MergeRefusal::OtherPlan { parts, .. }) => parts,
            Err(other) => panic!("{other:?}"),
            Ok(_) => Vec::new(),
        }
    };
    let key = |value: &str| Header { name: "X-Key".to_owned(), value: value.to_owned() };
    assert_eq!(parts(&|plan| plan.arms.truncate(2)), [QuestionPart::Arms]);
    assert_eq!(
        parts(&|plan| plan.targets[0].link = None),
        [QuestionPart::Links, QuestionPart::Requests]
    );
    assert_eq!(
        parts(&|plan| plan.targets[0].target.headers.push(key("a"))),
        [QuestionPart::Headers]
    );
    assert_eq!(parts(&|plan| plan.targets[0].target.trust = Trust::Default), [QuestionPart::Trust]);
    assert_eq!(parts(&|plan| plan.targets[0].target.checks.min_bytes = 9), [QuestionPart::Checks]);
    // What each place decides for itself is no difference of plans.
    assert_eq!(parts(&|plan| plan.seed = 99), []);
    assert_eq!(parts(&|plan| plan.renew_every = 3), []);
    let mut renamed = three();
    for arm in &mut renamed[1].recording.plan.as_mut().expect("has a plan").arms {
        arm.name = ArmName(format!("other/{}", arm.name));
    }
    assert!(matches!(merge(&renamed), Err(MergeRefusal::NoSharedArm { .. })));
}

#[test]
fn a_place_without_an_interval_is_left_out() {
    let mut places = three();
    places[2].recording.trials.retain(|trial| trial.place().is_some_and(|place| place.block == 0));
    let merged = merge(&places).expect("two places have one");
    assert_eq!(merged.ratios[0].merged_places(), 2);
    assert_eq!(merged.ratios[0].next_low, None);
    assert!(merged.caveats.contains(&MergeCaveat::PlaceWithoutRatio));
    places[1].recording.trials.clear();
    assert_eq!(merge(&places), Err(MergeRefusal::NothingMeasured));
    let baseline = |seed: u8| {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.block(&[("a/x@1", 10)]);
        let mut recording = sample.end(StopReason::Blocks);
        recording.header.started_at = seed.to_string();
        NamedRecording { place: seed.to_string(), recording }
    };
    assert_eq!(merge(&[baseline(1), baseline(2)]), Err(MergeRefusal::NothingCompared));
}

#[test]
fn differences_of_machines_versions_and_conditions_are_listed_by_place() {
    let mut places = three();
    places[0].recording.header.environment.cpu = Some("Another".to_owned());
    let h11 = |version: &str| ModuleVersion {
        module: "h11".to_owned(),
        version: version.to_owned(),
        distribution: None,
    };
    for (place, version) in places.iter_mut().zip(["1", "1", "2"]) {
        place.recording.header.drivers[0].versions = vec![h11(version)];
    }
    let plan = places[1].recording.plan.as_mut().expect("has a plan");
    plan.arms[1].conditions.insert("workers".to_owned(), "8".to_owned());
    let merged = merge(&places).expect("is one plan");
    let found: Vec<(&str, Vec<Option<&str>>)> = merged
        .differences
        .iter()
        .map(|it| (it.fact.as_str(), it.values.iter().map(Option::as_deref).collect()))
        .collect();
    let cpu = "A Processor of 2 GHz";
    assert_eq!(found[0], ("cpu", vec![Some("Another"), Some(cpu), Some(cpu)]));
    assert_eq!(found[1], ("h11", vec![Some("1"), Some("1"), Some("2")]));
    assert!(merged.caveats.contains(&MergeCaveat::OtherVersions));
}

/// A place with a clock that is `ahead` of the collector's, measured this long after its start.
fn clocked(name: &str, seed: u64, after: Span, ahead: Span) -> NamedRecording {
    let mut named = place(name, seed, 1.0, 0.5);
    for trial in &mut named.recording.trials {
        let Outcome::Ran(run) = &mut trial.outcome else { continue };
        run.started = run.started + after + ahead;
        run.finished = run.finished + after + ahead;
    }
    let sent = Moment::from_nanos(1_000);
    let exchange = ClockExchange {
        sent,
        received: sent + ahead + Span::from_millis(1),
        replied: sent + ahead + Span::from_millis(1),
        arrived: sent + Span::from_millis(2),
    };
    let clock = ClockComparison { collector: "here".to_owned(), exchanges: vec![exchange] };
    named.recording.header.clock = Some(clock);
    named
}

#[test]
fn runs_are_placed_on_the_clock_of_the_collector() {
    let at = |name: &str, seed, after| {
        clocked(name, seed, Span::from_secs(after), Span::from_secs(1_000_000 * seed))
    };
    let apart = merge(&[at("one", 1, 0), at("two", 2, 60)]).expect("is one plan");
    let times: Vec<TimeOfRun> = apart.places.iter().filter_map(|place| place.time).collect();
    assert!(times[0].began.abs() < 1e-9 && (times[1].began - 60.0).abs() < 1e-6, "{times:?}");
    assert!((times[1].bound - 0.001).abs() < 1e-6, "{times:?}");
    assert_eq!(apart.caveats, [MergeCaveat::FewPlaces]);
    let together = merge(&[at("one", 1, 0), at("two", 2, 0)]).expect("is one plan");
    assert!(together.caveats.contains(&MergeCaveat::MeasuredAtOnce));
    let mut other = [at("one", 1, 0), at("two", 2, 0)];
    other[1].recording.header.clock.as_mut().expect("has a clock").collector = "there".to_owned();
    let unknown = merge(&other).expect("is one plan");
    assert!(unknown.caveats.contains(&MergeCaveat::ClocksUnknown));
    assert_eq!(unknown.places[1].time, None);
}

#[test]
fn the_latencies_of_all_places_are_added() {
    let recording = |seed: u8| {
        let mut recording = Sample::three_strategies(4);
        recording.header.started_at = seed.to_string();
        NamedRecording { place: seed.to_string(), recording }
    };
    let merged = merge(&[recording(1), recording(2), recording(3)]).expect("is one plan");
    let latency = &merged.latencies[0];
    // Three places of four blocks with four requests each.
    assert_eq!((latency.arm.0.as_str(), latency.requests), ("ureq/sequential@4", 48));
    let of_one = analyse(&recording(1).recording).arms[0].latency.expect("was observed");
    assert!(near(latency.p50, of_one.p50.expect("16 requests"), 0.01), "{latency:?} {of_one:?}");
    assert!(latency.p90.is_some() && latency.p99.is_none());
}
