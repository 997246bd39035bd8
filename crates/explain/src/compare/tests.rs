use super::*;
use model::failure::FailureKind;
use model::plan::OwnFile;
use model::recording::{ArmFacts, StopReason};
use test_support::noise::{self, Noise, Turn, repetitions};
use test_support::sample::{self, Sample};

/// A recording of `a/x@1` with a trial of each time, in milliseconds.
fn of_times(times: &[u64]) -> Recording {
    let mut sample = Sample::new(&[("a/x", 1)]);
    for &time in times {
        sample.block(&[("a/x@1", time)]);
    }
    sample.end(StopReason::Blocks)
}

/// A run of three arms with this noise, all of them slower by `slowdown` (a logarithm).
fn noisy(noise: &mut Noise, slowdown: f64, deviation: f64) -> Recording {
    noise::run(noise, 20, 10, |Turn { noise, .. }| slowdown + deviation * noise.normal())
}

fn limit(share: f64) -> SlowdownLimit {
    SlowdownLimit::new(share).expect("is not negative")
}

/// How often the limit of 5% is exceeded for sure, where all arms truly differ by `slowdown`.
fn alarms(seed: u64, slowdown: f64, deviation: f64) -> f64 {
    let mut noise = Noise::new(seed);
    let repetitions = repetitions(60);
    let alarms = (0..repetitions).filter(|_| {
        let old = noisy(&mut noise, 0.0, deviation);
        let new = noisy(&mut noise, slowdown, deviation);
        compare(&old, &new).slower_than(limit(0.05)).next().is_some()
    });
    alarms.count() as f64 / repetitions as f64
}

#[test]
fn a_run_of_the_same_code_rarely_exceeds_the_limit() {
    for (seed, deviation) in [(1, 0.02), (2, 0.08)] {
        let share = alarms(seed, 0.0, deviation);
        assert!(share <= 0.05, "{share} of runs with noise of {deviation}");
    }
}

#[test]
fn a_slowdown_of_10_percent_mostly_exceeds_a_limit_of_5() {
    let share = alarms(3, 1.1_f64.ln(), 0.02);
    assert!(share >= 0.8, "found in {share} of the runs");
}

#[test]
fn the_ratio_is_the_new_time_over_the_old_one() {
    let old = of_times(&[100, 101, 99, 100, 102, 98]);
    let new = of_times(&[120, 121, 119, 120, 122, 118]);
    let found = compare(&old, &new);
    let arm = &found.arms[0];
    assert!(arm.ratio.is_some_and(|ratio| (ratio - 1.2).abs() < 1e-3), "{arm:?}");
    assert!(arm.low.is_some_and(|low| low > 1.15) && arm.high.is_some_and(|high| high < 1.25));
    assert_eq!(arm.verdict, Verdict::Slower);
    assert_eq!(found.slower_than(limit(0.05)).count(), 1);
    assert_eq!(found.slower_than(limit(0.25)).count(), 0);
    assert_eq!(found.caveats, [ComparisonCaveat::OneRunEach]);
    assert_eq!(compare(&new, &old).arms[0].verdict, Verdict::Faster);
}

#[test]
fn one_trial_has_a_ratio_and_decides_nothing() {
    let found = compare(&of_times(&[100]), &of_times(&[200, 201, 199]));
    let arm = &found.arms[0];
    assert!(arm.ratio.is_some_and(|ratio| (ratio - 2.0).abs() < 1e-2));
    assert_eq!((arm.low, arm.sure_low, arm.verdict), (None, None, Verdict::Inconclusive));
    assert_eq!(found.slower_than(limit(0.05)).count(), 0);
    assert_eq!(found.caveats, [ComparisonCaveat::SingleTrial]);
}

#[test]
fn failed_trials_have_no_ratio() {
    let mut sample = Sample::new(&[("a/x", 1)]);
    sample.failed("a/x@1", &[Some(sample::failure(FailureKind::Reset, "cut off"))]);
    let found = compare(&of_times(&[100, 100]), &sample.end(StopReason::Blocks));
    assert!(!found.has_ratio());
    assert_eq!((found.arms[0].new.trials, found.arms[0].new.failed), (0, 1));
}

#[test]
fn an_arm_of_only_one_recording_is_listed() {
    let of = |labels: &[&str]| {
        let arms: Vec<(&str, u32)> = labels.iter().map(|label| (*label, 1)).collect();
        let mut sample = Sample::new(&arms);
        let names: Vec<String> = labels.iter().map(|label| format!("{label}@1")).collect();
        for _ in 0..2 {
            sample.block(&names.iter().map(|name| (name.as_str(), 10)).collect::<Vec<_>>());
        }
        sample.end(StopReason::Blocks)
    };
    let found = compare(&of(&["a/x", "b/y"]), &of(&["b/y", "c/z"]));
    let names: Vec<&str> = found.arms.iter().map(|arm| arm.arm.0.as_str()).collect();
    assert_eq!(names, ["b/y@1"]);
    assert_eq!(found.only_old, [ArmName("a/x@1".to_owned())]);
    assert_eq!(found.only_new, [ArmName("c/z@1".to_owned())]);
}

#[test]
fn a_difference_of_own_code_and_what_it_imports_is_named() {
    let of_code = |own: &str, helper: &str| {
        let mut recording = of_times(&[100, 101]);
        let plan = recording.plan.as_mut().expect("has a plan");
        plan.own = vec![OwnFile { typed: "my.py:f".to_owned(), sha256: own.repeat(8) }];
        let imports = ("imports".to_owned(), format!("helper.py {helper}, same.py 1"));
        let arm = ArmName("a/x@1".to_owned());
        recording.facts.push(ArmFacts { arm, facts: [imports].into() });
        recording
    };
    let found = compare(&of_code("0123456789", "aa"), &of_code("0123456789", "bb"));
    let named = |found: &Comparison| -> Vec<String> {
        found.setup.iter().map(|difference| difference.fact.clone()).collect()
    };
    assert_eq!(named(&found), ["helper.py"]);
    let found = compare(&of_code("0123456789", "aa"), &of_code("abcdefghij", "aa"));
    assert_eq!(named(&found), ["my.py:f"]);
    assert_eq!(found.setup[0].new.as_deref(), Some("abcdefgh"));
    assert_eq!(found.caveats, [ComparisonCaveat::OneRunEach]);
}

#[test]
fn a_difference_of_machines_and_conditions_is_named() {
    let (old, mut new) = (of_times(&[100, 101]), of_times(&[100, 101]));
    new.header.environment.cpu = Some("Another".to_owned());
    let plan = new.plan.as_mut().expect("has a plan");
    plan.arms[0].conditions.insert("session".to_owned(), "warm".to_owned());
    plan.targets[0].link = None;
    let found = compare(&old, &new);
    let facts: Vec<(SetupKind, &str)> =
        found.setup.iter().map(|it| (it.kind, it.fact.as_str())).collect();
    let expected = [
        (SetupKind::Machine, "cpu"),
        (SetupKind::Target, "link"),
        (SetupKind::Target, "server"),
        (SetupKind::Target, "request 1"),
        (SetupKind::Conditions, "session"),
    ];
    assert_eq!(facts, expected);
    assert!(found.caveats.contains(&ComparisonCaveat::OtherMachine));
    assert!(found.caveats.contains(&ComparisonCaveat::OtherQuestion));
    assert_eq!(compare(&old, &old).setup, []);
}

#[test]
fn arms_that_all_changed_alike_point_to_the_machine() {
    let recording = |factor: u64| {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        for step in [0, 1, 2, 1, 0, 2] {
            let times = [("a/x@1", (500 + step) * factor), ("b/y@1", (700 + step) * factor)];
            sample.block(&times);
        }
        sample.end(StopReason::Blocks)
    };
    assert!(compare(&recording(10), &recording(13)).caveats.contains(&ComparisonCaveat::AllAlike));
    assert!(!compare(&recording(10), &recording(10)).caveats.contains(&ComparisonCaveat::AllAlike));
}

#[test]
fn a_cause_of_one_recording_appeared_or_went_away() {
    let (before, after) = (Sample::three_sizes(4), Sample::three_strategies(4));
    let there = compare(&after, &after);
    assert_eq!(there.causes, []);
    let mut fixed = before.clone();
    // The arm with too few workers has enough of them now.
    for trial in &mut fixed.trials {
        if trial.arm.0 == "ureq/sequential@4" {
            let other = before.trials.iter().find(|other| other.arm.0 == "hyper/async@4");
            trial.outcome = other.expect("was run").outcome.clone();
            trial.witness = other.expect("was run").witness.clone();
        }
    }
    let found = compare(&before, &fixed);
    let of_arm = found.causes.iter().filter(|cause| cause.arm.0 == "ureq/sequential@4");
    let gone: Vec<CauseChange> = of_arm.map(|cause| cause.change).collect();
    assert!(gone.contains(&CauseChange::Gone), "{gone:?}");
}
