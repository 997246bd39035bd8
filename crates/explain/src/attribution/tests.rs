use super::*;
use crate::analyse as analyse_all;
use crate::replays::Replays;
use evidence::Evidence;
use model::experiment::FactorKind::{PlainText, SharedContext, Sleep, WarmSession, Workers};
use model::time::Span;
use proptest::prelude::*;
use test_support::noise::Noise;
use test_support::sample::experiment::{Asked, experiment};

const WARM: (FactorKind, &str, &str) = (WarmSession, "session=warm", "session=cold");
const SHARED: (FactorKind, &str, &str) = (SharedContext, "context=shared", "context=default");
const WORKERS: (FactorKind, &str, &str) = (Workers, "workers=4", "workers=2");
const PLAIN: (FactorKind, &str, &str) = (PlainText, "tls=off", "tls=on");
const SLEEP: (FactorKind, &str, &str) = (Sleep, "work=sleep:11ms", "work=network");

fn only(recording: &model::recording::Recording) -> Attribution {
    analyse_all(recording).attributions.remove(0)
}

fn near(found: Option<Estimate>, millis: f64) -> bool {
    found.is_some_and(|found| (1000.0 * found.seconds - millis).abs() < 1e-9)
}

/// Of 100 ms, a warm session saves 40 and more workers 20, both together 10 less than the sum. The
/// other arm takes 45.
fn overlapping(asked: &Asked<'_>) -> u64 {
    if asked.on.is_none() {
        return 45;
    }
    let taken = |kind, millis| if asked.has(kind) { millis } else { 0 };
    let both = asked.has(WarmSession) && asked.has(Workers);
    100 - taken(WarmSession, 40) - taken(Workers, 20) + if both { 10 } else { 0 }
}

#[test]
fn overlapping_causes_share_what_both_would_save() {
    let recording = experiment(&[WARM, WORKERS], 12, |asked| {
        Span::from_millis(overlapping(&asked) + u64::from(asked.block % 3))
    });
    let found = only(&recording);
    assert_eq!((found.blocks, found.strategy.as_str()), (12, "a/x"));
    assert!(near(found.gap, 55.0) && near(found.explained, 50.0) && near(found.remainder, 5.0));
    let [warm, workers] = &found.factors[..] else { panic!("there are two") };
    assert!(near(warm.alone, 40.0) && near(workers.alone, 20.0));
    let share = |factor: &FactorAttribution| factor.share.map(|share| share.seconds);
    assert!(near(share(warm), 35.0) && near(share(workers), 15.0), "{:?}", found.factors);
    assert_eq!((warm.range, workers.range), (None, None));
    let [together] = &found.interactions[..] else { panic!("there is one pair") };
    assert_eq!(together.factors, [WarmSession, Workers]);
    assert!(near(Some(together.seconds), -10.0));
    // What a block adds to all arms cancels.
    assert!(found.explained.is_some_and(|it| it.low.is_some_and(|low| (low - 0.05).abs() < 1e-9)));
    assert!(found.groups.is_empty());
    let times: Vec<&str> = found.cells.iter().map(|cell| cell.arm.0.as_str()).collect();
    let both = "a/x@4#session=warm,workers=4";
    assert_eq!(times, ["a/x@4", "a/x@4#session=warm", "a/x@4#workers=4", both]);
    assert!(near(found.cells[0].time, 101.0) && near(found.cells[3].time, 51.0));
}

#[test]
fn the_ratios_of_the_shares_multiply_to_that_of_the_times() {
    let recording = experiment(&[WARM, WORKERS], 3, |asked| Span::from_millis(overlapping(&asked)));
    let found = only(&recording);
    let shares = found.factors.iter().filter_map(|factor| factor.share);
    let product: f64 = shares.map(|share| share.ratio).product();
    assert!((product - 0.5).abs() < 1e-9, "{product}");
}

#[test]
fn a_nested_cause_has_a_range_and_only_a_joint_share() {
    // A shared context saves 60 of 100 ms, plain HTTP 80, and a warm session 5 in any case.
    let recording = experiment(&[WARM, SHARED, PLAIN], 4, |asked| {
        let tls = match (asked.has(PlainText), asked.has(SharedContext)) {
            (true, _) => 80,
            (false, true) => 60,
            (false, false) => 0,
        };
        let warm = if asked.has(WarmSession) { 5 } else { 0 };
        Span::from_millis(if asked.on.is_none() { 15 } else { 100 - tls - warm })
    });
    let found = only(&recording);
    assert_eq!(found.cells.len(), 6, "a shared context without TLS is no cell");
    let [warm, shared, plain] = &found.factors[..] else { panic!("there are three") };
    assert!(near(warm.share.map(|share| share.seconds), 5.0) && warm.range.is_none());
    let ends = |factor: &FactorAttribution| {
        assert_eq!(factor.share, None);
        factor.range.map(|range| [range.least, range.most].map(|end| end.seconds))
    };
    let is = |found: Option<[f64; 2]>, least: f64, most: f64| {
        found.is_some_and(|[low, high]| (low - least).abs() + (high - most).abs() < 1e-9)
    };
    assert!(is(ends(shared), 0.0, 0.06) && near(shared.alone, 60.0));
    assert!(is(ends(plain), 0.02, 0.08) && near(plain.alone, 80.0));
    let [group] = &found.groups[..] else { panic!("there is one group") };
    assert_eq!(group.factors, [SharedContext, PlainText]);
    assert!(near(group.share.map(|share| share.seconds), 80.0));
    assert!(found.interactions.is_empty(), "a group takes part in none");
    assert!(near(found.remainder, 0.0));
}

#[test]
fn the_remainder_is_what_no_factor_saves() {
    let found = only(&experiment(&[], 3, |asked| {
        Span::from_millis(if asked.on.is_none() { 60 } else { 100 })
    }));
    assert!(near(found.gap, 40.0) && near(found.explained, 0.0) && near(found.remainder, 40.0));
    assert!(found.factors.is_empty() && found.cells.len() == 1);
}

#[test]
fn only_blocks_in_which_every_cell_succeeded_count() {
    let mut recording = experiment(&[WARM], 5, |asked| Span::from_millis(overlapping(&asked)));
    let toggled = |trial: &model::trial::Trial| trial.arm.0.contains('#');
    let place = recording.trials.iter().position(toggled).expect("there is one");
    recording.trials.remove(place);
    let found = only(&recording);
    assert_eq!(found.blocks, 4);
    recording.trials.retain(|trial| !toggled(trial));
    let found = only(&recording);
    assert_eq!((found.blocks, found.gap, found.explained), (0, None, None));
    assert_eq!((found.factors[0].share, found.factors[0].alone), (None, None));
    // A plan that lacks a cell gives nothing either.
    recording.plan.as_mut().expect("has a plan").experiments[0].cells.pop();
    assert_eq!(only(&recording).blocks, 0);
}

#[test]
fn toggles_are_in_no_ratio_and_raise_no_caveat() {
    let recording = experiment(&[WARM, WORKERS], 12, |asked| {
        Span::from_millis(overlapping(&asked) + u64::from(asked.block * 7 % 5))
    });
    let with = analyse_all(&recording);
    let mut without = recording;
    without.trials.retain(|trial| !trial.arm.0.contains('#'));
    without.plan.as_mut().expect("has a plan").arms.truncate(2);
    without.plan.as_mut().expect("has a plan").experiments.clear();
    let without = analyse_all(&without);
    assert_eq!(with.ratios, without.ratios);
    assert_eq!(with.gaps, without.gaps);
    assert_eq!(with.caveats, without.caveats);
    assert!(without.attributions.is_empty());
}

fn factors() -> impl Strategy<Value = Vec<(FactorKind, &'static str, &'static str)>> {
    prop::sample::subsequence(vec![WARM, SHARED, WORKERS, PLAIN, SLEEP], 0..=4)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(60))]

    #[test]
    fn shares_sum_to_the_explained_time_and_with_the_remainder_to_the_gap(
        factors in factors(), seed in any::<u64>(),
    ) {
        let mut noise = Noise::new(seed);
        let recording = experiment(&factors, 3, |_| {
            Span::from_nanos(1_000_000 + (1e8 * noise.uniform()) as u64)
        });
        let found = only(&recording);
        let own = found.factors.iter().filter_map(|factor| factor.share);
        let joint = found.groups.iter().filter_map(|group| group.share);
        let sum: f64 = own.chain(joint).map(|share| share.seconds.seconds).sum();
        let [gap, explained, remainder] = [found.gap, found.explained, found.remainder]
            .map(|it| it.expect("there are blocks").seconds);
        prop_assert!((sum - explained).abs() < 1e-12);
        prop_assert!((explained + remainder - gap).abs() < 1e-12);
        for factor in &found.factors {
            prop_assert!(factor.share.is_some() != factor.range.is_some());
            let alone = factor.alone.expect("there are blocks").seconds;
            if let Some(range) = factor.range {
                prop_assert!(range.least.seconds <= alone && alone <= range.most.seconds);
            }
        }
    }
}

/// How often the intervals of the shares cover the truth, in runs of 20 blocks.
#[test]
fn the_intervals_of_the_shares_have_their_nominal_coverage() {
    let slow = std::env::var_os("BATCHMARK_SLOW_TESTS").is_some_and(|value| value == "1");
    let runs = if slow { 10_000 } else { 400 };
    // The mean of the noise's exponential: 8% around 0, and a stall of mean 0.25 in 6%.
    let inflated = (0.08_f64.powi(2) / 2.0).exp() * (0.94 + 0.06 / (1.0 - 0.25));
    let exact = only(&experiment(&[WARM, WORKERS], 1, |it| Span::from_millis(overlapping(&it))));
    let mut noise = Noise::new(7);
    let (mut seconds, mut ratios) = (0, 0);
    for _ in 0..runs {
        let recording = experiment(&[WARM, WORKERS], 20, |asked| {
            let time = overlapping(&asked) as f64 * noise.trial().exp();
            Span::from_nanos((1e6 * time) as u64)
        });
        let evidence = Evidence::of_recording(&recording).expect("has a plan");
        let replays = Replays::new(&evidence, &recording);
        let predictor = Predictor { recording: &recording, evidence: &evidence, replays: &replays };
        let found = analyse(predictor).remove(0);
        let share = found.factors[0].share.expect("there are blocks");
        let truth = exact.factors[0].share.expect("there is a block");
        let holds = |low: Option<f64>, high: Option<f64>, truth: f64| {
            low.is_some_and(|low| low <= truth) && high.is_some_and(|high| truth <= high)
        };
        let in_seconds = inflated * truth.seconds.seconds;
        seconds += usize::from(holds(share.seconds.low, share.seconds.high, in_seconds));
        ratios += usize::from(holds(share.ratio_low, share.ratio_high, truth.ratio));
    }
    // Two binomial standard errors of 400 are 2.4%.
    let slack = if slow { 0.0 } else { 0.024 };
    for covered in [seconds, ratios] {
        let covered = covered as f64 / f64::from(runs);
        println!("{covered} of {runs}");
        assert!((0.935 - slack..=0.975 + slack).contains(&covered), "{covered} of {runs}");
    }
}
