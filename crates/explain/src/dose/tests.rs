use super::*;
use crate::analyse as analyse_all;
use model::recording::Recording;
use model::time::Span;
use test_support::noise::Noise;
use test_support::sample::experiment::doses;
use test_support::sample::timed;

fn only(recording: &Recording) -> DoseAnalysis {
    analyse_all(recording).doses.remove(0)
}

/// Twelve blocks whose requests wait this many times one after another, with 1% of noise and
/// perhaps a condition.
fn waiting(size: u32, times: u64, condition: Option<(&str, &str)>) -> DoseAnalysis {
    let mut noise = Noise::new(1);
    let mut recording = doses(size, 12, |_, think| {
        let time = (Span::from_millis(50) + think.times(times)).as_secs();
        Span::from_nanos((1e9 * time * (1.0 + 0.002 * noise.normal())) as u64)
    });
    let arms = &mut recording.plan.as_mut().expect("has a plan").arms;
    for arm in arms {
        let condition = condition.map(|(name, value)| (name.to_owned(), value.to_owned()));
        arm.conditions.extend(condition);
    }
    only(&recording)
}

fn effective(found: &DoseAnalysis) -> f64 {
    found.effective_concurrency.expect("has a slope").requests
}

#[test]
fn sequential_requests_have_concurrency_one_and_parallel_ones_all() {
    let sequential = waiting(8, 8, None);
    assert!((effective(&sequential) - 1.0).abs() < 0.05, "{sequential:?}");
    assert_eq!((sequential.configured_concurrency, sequential.blocks), (None, 12));
    assert_eq!(sequential.hidden_serialisation, None, "no condition gives the nominal concurrency");
    let fan_out = waiting(8, 1, Some(("concurrency", "100")));
    let found = fan_out.effective_concurrency.expect("has a slope");
    assert!(found.low.is_some_and(|low| low < 8.0) && found.high.is_some_and(|high| 8.0 < high));
    assert_eq!(fan_out.configured_concurrency, Some(8), "a batch has no more");
    assert_eq!(fan_out.hidden_serialisation, Some(false));
}

#[test]
fn distinguishes_a_hidden_serial_part_from_whole_waves() {
    // Sixteen requests on six workers wait three times.
    let waves = waiting(16, 3, Some(("workers", "6")));
    assert!((effective(&waves) - 16.0 / 3.0).abs() < 0.2);
    assert_eq!(waves.hidden_serialisation, Some(false));
    let funnelled = waiting(8, 8, Some(("workers", "8")));
    assert_eq!(funnelled.hidden_serialisation, Some(true));
}

#[test]
fn without_a_condition_the_most_in_flight_is_the_nominal_concurrency() {
    let mut recording =
        doses(2, 12, |block, think| Span::from_millis(50 + u64::from(block % 2)) + think.times(2));
    for trial in recording.trials.iter_mut().filter(|trial| !trial.arm.0.contains('#')) {
        let model::trial::Outcome::Ran(run) = &mut trial.outcome else { panic!("it ran") };
        run.columns = timed(&[(0, 40), (1, 50)]);
    }
    let found = only(&recording);
    assert_eq!((found.configured_concurrency, found.most_in_flight), (None, Some(2)));
    assert_eq!(found.hidden_serialisation, Some(true));
}

#[test]
fn a_flat_response_has_no_concurrency() {
    let flat = only(&doses(4, 3, |_, _| Span::from_millis(50)));
    assert_eq!(flat.slope.map(|slope| slope.mean), Some(0.0));
    assert_eq!((flat.effective_concurrency, flat.hidden_serialisation), (None, None));
    let none = only(&doses(4, 0, |_, _| Span::ZERO));
    assert_eq!((none.blocks, none.slope), (0, None));
    assert!(none.doses.iter().all(|dose| dose.time.is_none()));
}

#[test]
fn the_interval_of_the_slope_has_its_nominal_coverage() {
    let slow = std::env::var_os("BATCHMARK_SLOW_TESTS").is_some_and(|value| value == "1");
    let runs = if slow { 10_000 } else { 400 };
    let mut noise = Noise::new(3);
    let mut covered = 0;
    for _ in 0..runs {
        let recording = doses(4, 20, |_, think| {
            let time = (Span::from_millis(50) + think.times(2)).as_secs();
            Span::from_nanos((1e9 * (time + 0.002 * noise.normal())) as u64)
        });
        let evidence = Evidence::of_recording(&recording).expect("has a plan");
        let found = analyse(&evidence).remove(0);
        let Concurrency { low, high, .. } = found.effective_concurrency.expect("has a slope");
        let holds = low.is_some_and(|low| low <= 2.0) && high.is_none_or(|high| 2.0 <= high);
        covered += usize::from(holds);
    }
    let slack = if slow { 0.0 } else { 0.022 };
    let covered = covered as f64 / f64::from(runs);
    println!("{covered} of {runs}");
    assert!((0.935 - slack..=0.975 + slack).contains(&covered), "{covered} of {runs}");
}
