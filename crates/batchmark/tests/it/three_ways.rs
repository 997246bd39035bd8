//! The default run: three strategies side by side on the embedded endpoint.

use model::recording::StopReason;
use model::trial::{Outcome, Stage, Trial};

use crate::support::{BARE, Program, read_recording};

const QUICK: [&str; 4] = ["--link", "rtt=1ms,tls=on", "-n", "3"];

#[test]
fn compares_three_strategies_without_arguments() {
    let program = Program::new();
    let ended = program.run(&QUICK);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    for word in
        ["batch 4", "batch 16", "ureq/sequential", "ureq/threads", "hyper/async", "count", "75%"]
    {
        assert!(ended.stdout.contains(word), "{word} is missing in {}", ended.stdout);
    }
    assert!(ended.stderr.contains("10 arms, 3 blocks, 300 requests"), "{}", ended.stderr);
    assert!(!ended.stdout.contains('\x1b') && !ended.stderr.contains('\x1b'), "colours in a pipe");
    assert!(ended.stdout.lines().all(|line| line.chars().count() <= 80), "{}", ended.stdout);
}

#[test]
fn report_prints_what_run_printed() {
    let program = Program::new();
    let ran = program.run(&QUICK);
    let reported = program.run(&["report"]);
    assert_eq!(reported.code, Some(0), "{}", reported.stderr);
    assert_eq!(reported.stdout, ran.stdout);
    let file = program.last_recording();
    let named = program.run(&["report", file.to_str().expect("a plain path")]);
    assert_eq!(named.stdout, ran.stdout);
}

#[test]
fn each_strategy_opens_its_own_number_of_connections_and_fetches_the_same() {
    let program = Program::new();
    let strategies = "sequential,threads:workers=3,async:concurrency=5";
    let words = [&QUICK[..], &BARE, &["-s", strategies, "-b", "8", "--json", "-"]].concat();
    let ended = program.run(&words);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let analysis: serde_json::Value = serde_json::from_str(&ended.stdout).expect("is JSON");
    let arms = analysis["arms"].as_array().expect("has arms");
    assert_eq!(arms.len(), 3);
    let of = |name: &str| -> Vec<f64> {
        arms.iter().map(|arm| arm[name].as_f64().unwrap_or(f64::NAN)).collect()
    };
    let (opened, used) = (of("connections"), of("connections_used"));
    assert_eq!(opened[..2], [1.0, 3.0]);
    assert_eq!(used[..2], [1.0, 3.0]);
    // hyper-util opens a connection for a waiting request even if another one becomes free first.
    // The new connection may then stay unused.
    assert!(used[2] > 1.0 && used[2] <= 5.0 && opened[2] >= used[2], "{opened:?} {used:?}");
    assert_eq!(of("failed"), [0.0, 0.0, 0.0]);
    let bytes = of("bytes");
    assert!(bytes[0] > 100.0 && bytes.iter().all(|&other| other == bytes[0]), "{bytes:?}");
    for (arm, most) in arms.iter().zip([1.0, 3.0, 5.0]) {
        let full = arm["handshakes"]["full"].as_f64().expect("handshakes were counted");
        assert!((1.0..=most).contains(&full), "{}: {full}", arm["arm"]);
    }
    assert!(of("cpu_seconds").iter().all(|&seconds| seconds > 0.0));
}

#[test]
fn a_warm_session_opens_no_connection_after_its_first_trial() {
    let program = Program::new();
    let strategies = "sequential:session=warm,threads:session=warm,workers=4,async:session=warm";
    let (ended, recording) = program.record(&[&QUICK[..], &["-s", strategies, "-b", "4"]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let is_counted = |trial: &&Trial| matches!(trial.stage, Stage::Counted(_));
    assert!(recording.trials.iter().filter(is_counted).count() >= 9);
    for trial in recording.trials.iter().filter(is_counted) {
        let witness = trial.witness.as_ref().expect("the endpoint is embedded");
        assert_eq!(witness.connections.len(), 0, "{} opened a connection", trial.arm);
        assert_eq!(witness.requests.len(), 4);
    }
}

#[test]
fn records_traces_and_witnesses() {
    let program = Program::new();
    let words = [&QUICK[..], &["-b", "4"]].concat();
    let ended = program.run(&words);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let recording = read_recording(&program.last_recording());
    assert_eq!(recording.closing.as_ref().map(|closing| closing.reason), Some(StopReason::Blocks));
    let plan = recording.plan.as_ref().expect("there is a plan");
    assert!(recording.trials.len() >= 3 * plan.arms.len());
    for trial in &recording.trials {
        let Outcome::Ran(run) = &trial.outcome else { panic!("{} was lost", trial.arm) };
        let witness = trial.witness.as_ref().expect("the endpoint is embedded");
        let arm = plan.arms.iter().find(|arm| arm.name == trial.arm).expect("is planned");
        assert_eq!(witness.requests.len(), arm.batch_size.requests());
        assert!(witness.drained);
        assert!(witness.used_connections().all(|connection| connection.tls.is_some()));
        for request in 0..arm.batch_size.requests() {
            use model::trace::Milestone::{Done, FirstByte, Sent, Started, Submitted, Writing};
            let passed: Vec<_> = [Submitted, Started, Writing, Sent, FirstByte, Done]
                .into_iter()
                .map(|milestone| run.columns.at(milestone, request).expect("was observed"))
                .collect();
            assert!(passed.is_sorted(), "{}: {passed:?}", trial.arm);
        }
        let secured = run
            .columns
            .milestone(model::trace::Milestone::Secured)
            .into_iter()
            .flatten()
            .flatten()
            .count();
        assert_eq!(secured, witness.used_connections().count(), "{}", trial.arm);
    }
}

#[test]
fn quiet_prints_only_the_result() {
    let program = Program::new();
    let ended = program.run(&[&QUICK[..], &["--quiet", "-b", "1"]].concat());
    assert_eq!(ended.code, Some(0));
    assert_eq!(ended.stderr, "");
    assert!(ended.stdout.contains("batch 1"));
}

#[test]
fn orders_blocks_by_the_seed() {
    let program = Program::new();
    let order = |seed: &str| -> Vec<String> {
        let words = [&QUICK[..], &BARE, &["-b", "1", "--seed", seed]].concat();
        let (_, recording) = program.record(&words);
        let counted = recording.trials.into_iter().filter(|trial| trial.place().is_some());
        counted.map(|trial| trial.arm.0).collect()
    };
    let first = order("7");
    assert_eq!(first, order("7"));
    assert_ne!(first, order("8"));
}

#[test]
fn measures_a_link_condition_beside_the_link_of_the_run() {
    let program = Program::new();
    let words = ["--link", "rtt=0", "-n", "1", "-b", "2", "-s", "async,async:tls=off,body=5000"];
    let (ended, recording) = program.record(&words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let is_plain = |trial: &&Trial| trial.arm.0.contains("tls=off");
    let plain = recording.trials.iter().filter(is_plain).count();
    assert!(plain > 0 && plain < recording.trials.len(), "both arms were measured");
    for trial in &recording.trials {
        let witness = trial.witness.as_ref().expect("the endpoint is embedded");
        let plain = trial.arm.0.contains("tls=off");
        assert_eq!(witness.requests.len(), 2);
        assert!(witness.used_connections().all(|connection| connection.tls.is_none() == plain));
        assert!(witness.requests.iter().all(|request| (request.body_bytes == 5000) == plain));
    }
}

#[test]
fn adds_controls_unless_told_not_to() {
    let program = Program::new();
    let (ended, recording) = program.record(&[&QUICK[..], &["-b", "4", "--full"]].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let plan = recording.plan.expect("there is a plan");
    let marked = |mark| plan.arms.iter().find(|arm| arm.name.0.ends_with(mark)).expect("is there");
    let (same, delayed) = (marked("@4#aa"), marked("@4#delay"));
    assert_eq!(same.label, delayed.label);
    let think =
        |arm: &model::arm::Arm| plan.targets[arm.target.0].link.as_ref().map(|link| link.think);
    assert_eq!(think(same), Some(model::time::Span::ZERO));
    assert!(think(delayed) >= Some(model::time::Span::from_nanos(500_000)));
    let is_delayed = |trial: &&Trial| trial.arm == delayed.name;
    assert!(recording.trials.iter().any(|trial| is_delayed(&trial)));
    for trial in recording.trials.iter().filter(is_delayed) {
        let witness = trial.witness.as_ref().expect("the endpoint is embedded");
        // A late delay shortens the next one, so single delays can be short.
        assert!(witness.requests.iter().any(|request| !request.think.is_zero()));
    }
    assert!(ended.stdout.contains("noise floor"), "{}", ended.stdout);

    let ended = program.run(&[&QUICK[..], &["-b", "4", "--full", "--no-controls"]].concat());
    assert!(!ended.stdout.contains("noise floor"), "{}", ended.stdout);
    assert!(ended.stdout.contains("no controls:"), "{}", ended.stdout);
}
