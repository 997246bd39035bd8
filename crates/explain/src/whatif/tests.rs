use std::collections::BTreeSet;

use model::recording::{Recording, StopReason};
use replay::Limit;
use test_support::sample::Sample;
use test_support::sample::synthetic::{Opening, Steps, SyntheticTrial};

use super::*;

fn setting(text: &str) -> Setting {
    let (name, value) = text.split_once('=').expect("has a value");
    Setting { name: name.to_owned(), value: value.to_owned() }
}

fn asked(settings: &[&str]) -> WhatIf {
    WhatIf { settings: settings.iter().map(|text| setting(text)).collect(), batch_size: None }
}

/// An arm of six requests of 30 ms, whose strategy has these conditions.
fn recorded(trial: &SyntheticTrial, threads: u64, conditions: &[(&str, &str)]) -> Recording {
    let mut sample = Sample::new(&[("a/x", 6)]);
    for (name, value) in conditions {
        sample.plan().arms[0].conditions.insert((*name).to_owned(), (*value).to_owned());
    }
    for _ in 0..3 {
        sample.block_in_order(&[("a/x@6", trial.end())]);
        sample.last_run().columns = trial.columns.clone();
        sample.last_trial().witness = Some(trial.witness.clone());
        sample.last_trial().socket = Some(Box::new(trial.sockets(threads)));
    }
    sample.end(StopReason::Blocks)
}

fn steps() -> Vec<Steps> {
    vec![Steps { wait: 30_000, ..Steps::default() }; 6]
}

/// Two workers with warm connections.
fn warm() -> Recording {
    let trial = SyntheticTrial::over(2, Opening::Never, 500, &steps());
    recorded(&trial, 2, &[("session", "warm"), ("workers", "2"), ("pool", "10")])
}

/// One worker that opens a connection.
fn sequential() -> Recording {
    let trial = SyntheticTrial::over(1, Opening::Once, 500, &steps());
    recorded(&trial, 1, &[("session", "cold")])
}

fn answer(recording: &Recording, question: &WhatIf) -> Result<PredictedBatch, Refusal> {
    let mut predictions = predict_arms(recording, question).expect("has a plan");
    predictions.remove(0).outcome
}

/// The predicted time, in milliseconds.
fn millis(recording: &Recording, question: &WhatIf) -> f64 {
    1e3 * answer(recording, question).expect("is predicted").time.seconds
}

#[track_caller]
fn assert_near(value: f64, expected: f64) {
    assert!((value - expected).abs() < 2.0, "{value}, not {expected}");
}

#[test]
fn more_workers_make_fewer_waves() {
    // Three waves of 30.2 ms.
    assert_near(millis(&warm(), &asked(&[])), 91.0);
    assert_near(millis(&warm(), &asked(&["workers=3"])), 61.0);
    assert_near(millis(&warm(), &asked(&["workers=1"])), 181.0);
    let six = answer(&warm(), &asked(&["workers=6"])).expect("is predicted");
    assert_near(1e3 * six.saved.expect("has the same size").seconds, 60.0);
    assert_ne!(six.bottleneck.limit, Limit::Concurrency);
}

#[test]
fn a_strategy_without_a_limit_can_be_asked_about_one() {
    // 23 ms open a connection; then all are made at once.
    assert_near(millis(&sequential(), &asked(&[])), 205.0);
    assert_near(millis(&sequential(), &asked(&["workers=6"])), 55.0);
    assert_near(millis(&sequential(), &asked(&["concurrency=2"])), 115.0);
}

#[test]
fn a_longer_round_trip_passes_in_every_exchange_and_opening() {
    // Six exchanges and two round trips of the opening, each by 9 ms longer than 11.
    assert_near(millis(&sequential(), &asked(&["rtt=20ms"])), 205.0 + 8.0 * 9.0);
    assert_near(millis(&sequential(), &asked(&["session=warm", "rtt=20ms"])), 182.0 + 6.0 * 9.0);
}

#[test]
fn a_larger_batch_keeps_the_limit_of_its_conditions() {
    let twelve = WhatIf { settings: Vec::new(), batch_size: Some(BatchSize(12)) };
    assert_near(millis(&warm(), &twelve), 182.0);
    assert_eq!(answer(&warm(), &twelve).expect("is predicted").saved, None);
}

#[test]
fn a_batch_without_a_limit_has_all_of_its_requests_at_once_when_it_is_larger() {
    let trial = SyntheticTrial::over(6, Opening::Never, 500, &steps());
    let all = recorded(&trial, 1, &[("session", "warm")]);
    let twelve = WhatIf { settings: Vec::new(), batch_size: Some(BatchSize(12)) };
    assert!(millis(&all, &twelve) < 40.0);
    let two = WhatIf { settings: vec![setting("concurrency=2")], ..twelve };
    assert_near(millis(&all, &two), 182.0);
}

#[test]
fn a_pool_that_is_too_small_opens_the_other_connections_in_every_batch() {
    // One of two workers opens its connection: 22 ms of round trips, and the work of the handshake.
    let one = millis(&warm(), &asked(&["pool=1"]));
    assert!((112.0..118.0).contains(&one), "{one}");
    let cold = answer(&warm(), &asked(&["session=cold"])).expect("is predicted");
    assert!(cold.extrapolated && cold.time.high.is_some_and(|high| high > 0.13), "{cold:?}");
}

#[test]
fn half_of_the_client_work_is_half_as_long() {
    let slow = vec![Steps { wait: 11_000, ..Steps::default() }; 6];
    let trial = SyntheticTrial::over(1, Opening::Never, 500, &slow);
    let recording = recorded(&trial, 1, &[("session", "warm")]);
    let now = millis(&recording, &asked(&[]));
    assert!(millis(&recording, &asked(&["work=×0.5"])) <= now);
    assert!(millis(&recording, &asked(&["work=x100"])) > now);
}

#[test]
fn what_the_model_does_not_know_is_refused_with_its_reason() {
    let refused = |recording: &Recording, text: &str| {
        answer(recording, &asked(&[text])).expect_err("is refused")
    };
    let not_modelled = |condition: &str, value: &str| Refusal::NotModelled {
        condition: condition.to_owned(),
        value: value.to_owned(),
    };
    assert_eq!(refused(&warm(), "http=2"), not_modelled("http", "2"));
    assert_eq!(refused(&warm(), "jitter=1ms"), not_modelled("jitter", "1ms"));
    assert_eq!(refused(&warm(), "loss=1%"), not_modelled("loss", "1%"));
    assert_eq!(refused(&warm(), "fault=redirect"), not_modelled("fault", "redirect"));
    let condition = "colour".to_owned();
    assert_eq!(refused(&warm(), "colour=red"), Refusal::NoCondition { condition });
    let (condition, value) = ("rtt".to_owned(), "far".to_owned());
    assert_eq!(refused(&warm(), "rtt=far"), Refusal::BadValue { condition, value });
}

#[test]
fn another_server_has_a_round_trip_where_connections_were_opened() {
    let foreign = |mut recording: Recording| {
        recording.plan.as_mut().expect("has a plan").targets[0].link = None;
        for trial in &mut recording.trials {
            trial.witness = None;
        }
        recording
    };
    let rtt = asked(&["rtt=20ms"]);
    assert_eq!(answer(&foreign(warm()), &rtt), Err(Refusal::RoundTripUnknown));
    assert!(answer(&foreign(sequential()), &rtt).is_ok());
    let setting = "think".to_owned();
    let think = answer(&foreign(sequential()), &asked(&["think=5ms"]));
    assert_eq!(think, Err(Refusal::NotEmbedded { setting }));
    let cold = answer(&foreign(warm()), &asked(&["session=cold"]));
    assert_eq!(cold, Err(Refusal::OpeningUnseen));
}

#[test]
fn an_arm_that_was_not_observed_is_refused() {
    let mut unobserved = warm();
    for trial in &mut unobserved.trials {
        trial.witness = None;
        trial.socket = None;
        if let model::trial::Outcome::Ran(run) = &mut trial.outcome {
            run.columns = model::trace::Columns::default();
        }
    }
    assert_eq!(answer(&unobserved, &asked(&[])), Err(Refusal::Unobserved));
    let mut recording = warm();
    recording.plan = None;
    assert_eq!(predict_arms(&recording, &asked(&[])), None);
}

#[test]
fn the_recorded_batch_that_is_nearest_in_size_answers() {
    let recording = Sample::three_sizes(3);
    let question = WhatIf { settings: Vec::new(), batch_size: Some(BatchSize(10)) };
    let predictions = predict_arms(&recording, &question).expect("has a plan");
    let sizes: Vec<u32> = predictions.iter().map(|it| it.measured_size.0).collect();
    assert_eq!(sizes, [16, 16, 16]);
    assert!(predictions.iter().all(|it| it.batch_size == BatchSize(10)));
    let all = predict_arms(&recording, &asked(&[])).expect("has a plan");
    assert_eq!(all.len(), 9);
}

/// A question about an arm that was measured with two workers, and what has to be measured for it.
fn changed(settings: &[&str]) -> Result<ChangedArm, Setting> {
    let recording = warm();
    let arm = &recording.plan.as_ref().expect("has a plan").arms[0];
    let question = asked(settings);
    let prediction = predict_arms(&recording, &question).expect("has a plan").remove(0);
    ChangedArm::new(arm, &prediction, &question.settings)
}

#[test]
fn the_arm_that_checks_a_prediction_has_its_settings_under_their_own_names() {
    let labelled = |settings: &[&str]| changed(settings).map(|arm| arm.changed.0);
    assert_eq!(labelled(&["rtt=20ms", "workers=3"]), Ok("a/x:rtt=20ms,workers=3".to_owned()));
    assert_eq!(labelled(&["concurrency=3"]), Ok("a/x:workers=3".to_owned()));
    assert_eq!(labelled(&["work=x2"]), Err(setting("work=x2")));
}

#[test]
fn a_check_compares_the_prediction_with_the_changed_arm_and_shows_the_unchanged_one() {
    let arm = changed(&["workers=3"]).expect("can be measured");
    let predictions = predict_arms(&warm(), &asked(&["workers=3"])).expect("has a plan");
    let mut measured = Sample::new(&[("a/x", 6), ("a/x:workers=3", 6)]);
    for _ in 0..2 {
        measured.block(&[("a/x@6", 90), ("a/x:workers=3@6", 80)]);
    }
    let measured = measured.end(StopReason::Blocks);
    let checks = check(&predictions, std::slice::from_ref(&arm), &measured);
    let [only] = checks.as_slice() else { panic!("is checked once: {checks:?}") };
    assert_near(1e3 * only.predicted.seconds, 61.0);
    assert!((only.measured.seconds - 0.08).abs() < 1e-9, "{only:?}");
    assert!((only.error - (only.predicted.seconds / 0.08 - 1.0)).abs() < 1e-9, "{only:?}");
    assert_eq!(only.unchanged.map(|time| time.seconds), Some(0.09));
    let missing = Sample::new(&[("a/x", 6)]).end(StopReason::Interrupted);
    assert!(check(&predictions, &[arm], &missing).is_empty());
}

/// Two strategies of six requests of 30 ms: one makes two at once, the other one at a time without a
/// condition for it.
fn two_strategies() -> Recording {
    let mut sample = Sample::new(&[("a/threads", 6), ("b/sequential", 6)]);
    let threads = [("session", "warm"), ("workers", "2"), ("pool", "2")];
    let arms = &mut sample.plan().arms;
    arms[0].conditions = threads.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let trials = [(2, "a/threads@6"), (1, "b/sequential@6")].map(|(workers, arm)| {
        (SyntheticTrial::over(workers, Opening::Never, 500, &steps()), workers, arm)
    });
    for _ in 0..3 {
        for (trial, threads, arm) in &trials {
            sample.block_in_order(&[(arm, trial.end())]);
            sample.last_run().columns = trial.columns.clone();
            sample.last_trial().witness = Some(trial.witness.clone());
            sample.last_trial().socket = Some(Box::new(trial.sockets(*threads)));
        }
    }
    sample.end(StopReason::Blocks)
}

#[test]
fn a_search_varies_what_a_strategy_can_set_and_races_what_may_be_the_fastest() {
    let search = search(&two_strategies()).expect("has times");
    let labels: Vec<&str> = search.candidates.iter().map(|it| it.label.0.as_str()).collect();
    let expected = [
        "a/threads:pool=6,workers=6",
        "a/threads:pool=4,workers=4",
        "a/threads",
        "a/threads:workers=1",
        "b/sequential",
    ];
    assert_eq!(labels[..3], expected[..3]);
    assert_eq!(labels.iter().collect::<BTreeSet<_>>(), expected.iter().collect());
    assert_eq!(search.raced[0].0, expected[0]);
    assert!((2..=4).contains(&search.raced.len()), "{:?}", search.raced);
    let measured = search.candidates.iter().filter(|it| it.basis == Basis::Measured);
    assert_eq!(measured.count(), 2);
    assert!(search.unpredicted.is_empty());
}

#[test]
fn a_search_explores_a_strategy_with_all_and_with_a_quarter_of_its_requests_at_once() {
    let limited = |limits: &[(&str, u32, &str)]| -> Vec<String> {
        let arms: Vec<_> = limits.iter().map(|&(strategy, size, _)| (strategy, size)).collect();
        let mut sample = Sample::new(&arms);
        for (arm, (_, _, limit)) in sample.plan().arms.iter_mut().zip(limits) {
            arm.conditions.insert("workers".to_owned(), (*limit).to_owned());
        }
        explored(sample.plan()).into_iter().map(|label| label.0).collect()
    };
    assert_eq!(limited(&[("a/x", 50, "100")]), ["a/x", "a/x:workers=12"]);
    assert_eq!(limited(&[("a/x", 50, "8")]), ["a/x", "a/x:workers=2"]);
    assert_eq!(limited(&[("a/x", 16, "native")]), ["a/x", "a/x:workers=4"]);
    assert_eq!(limited(&[("a/x", 4, "8"), ("own/y", 50, "native")]), ["a/x", "own/y"]);
}

#[test]
fn a_search_names_the_arms_that_it_cannot_predict() {
    let mut recording = two_strategies();
    for trial in &mut recording.trials {
        trial.witness = None;
        trial.socket = None;
        if let model::trial::Outcome::Ran(run) = &mut trial.outcome {
            run.columns = model::trace::Columns::default();
        }
    }
    let found = search(&recording).expect("has times");
    let label = Label("a/threads".to_owned());
    assert_eq!(found.unpredicted, [UnpredictedArm { label, refusal: Refusal::Unobserved }]);
    assert_eq!(found.raced.len(), 2);
    recording.trials.clear();
    assert_eq!(search(&recording), None);
}

#[test]
fn the_winner_of_a_race_is_named_with_those_that_are_not_certainly_slower() {
    let mut sample = Sample::new(&[("a/x", 6), ("b/y", 6), ("c/z", 6)]);
    for block in 0..4 {
        let noise = if block % 2 == 0 { 3 } else { 0 };
        sample.block(&[("a/x@6", 50 + noise), ("b/y@6", 54 - noise), ("c/z@6", 90)]);
    }
    let recording = sample.end(StopReason::Blocks);
    let winner = winner(&recording).expect("has times");
    assert_eq!(winner.label.0, "a/x");
    assert_near(1e3 * winner.time.seconds, 51.5);
    assert_eq!(winner.ties, [Label("b/y".to_owned())]);
}
