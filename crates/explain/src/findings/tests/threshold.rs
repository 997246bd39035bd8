//! How large a cause must be: well above the least it is told, well below it is not.
//!
//! Each pair lies on both sides of a threshold, at about 0.7 and 1.4 of it.

use super::*;

/// Whether a code fires for anything in a run.
fn fires(code: FindingCode, sample: Sample) -> bool {
    findings(sample).iter().any(|finding| finding.code == code)
}

#[track_caller]
fn assert_between(code: FindingCode, below: Sample, above: Sample) {
    assert!(!fires(code, below), "{code} is told though it is too small");
    assert!(fires(code, above), "{code} is not told though it is large enough");
}

fn steps(lookup: u64, preparation: u64) -> Batch {
    single(Steps { lookup: 20 + lookup, preparation: 100 + preparation, ..Steps::default() })
}

/// An arm that looks names up and prepares TLS for so long, beside one that hardly does.
fn gap(lookup: u64, preparation: u64) -> Sample {
    run(&[("a/x", &|it| steps(lookup, it.about(preparation))), ("b/y", &|_| steps(0, 0))])
}

#[test]
fn of_a_batch_a_share() {
    assert_between(FindingCode::TlsPreparation, gap(1500, 500), gap(1500, 1060));
}

#[test]
fn of_a_gap_a_share() {
    assert_between(FindingCode::TlsPreparation, gap(100_000, 3600), gap(100_000, 7500));
}

#[test]
fn of_the_quickest_a_share() {
    assert_between(FindingCode::Dns, gap(500, 0), gap(1060, 0));
}

#[test]
fn of_an_arm_by_itself_a_larger_share() {
    let alone = |lookup| run(&[("a/x", &move |it| steps(it.about(lookup), 0))]);
    assert_between(FindingCode::Dns, alone(1250), alone(2700));
}

#[test]
fn of_what_every_client_does_a_large_share() {
    let begun = |begin| {
        run(&[("a/x", &move |it: Block| {
            let told = Told::over(1, Opened::Once, it.about(begin), &[Steps::default()]);
            Batch { told, after: 0, computed: None }
        })])
    };
    assert_between(FindingCode::ColdStart, begun(24_000), begun(52_000));
}

#[test]
fn of_a_very_short_batch_some_time() {
    let short = |queue| {
        let batch = |queue| {
            let steps = Steps { wait: 100, queue, ..Steps::default() };
            let told = Told::over(1, Opened::Never, 0, &[steps]);
            Batch { told, after: 0, computed: None }
        };
        run(&[("a/x", &move |it| batch(it.about(queue))), ("b/y", &move |_| batch(0))])
    };
    assert_between(FindingCode::ServerCapacity, short(140), short(280));
}

#[test]
fn of_a_gap_a_larger_share_is_told_as_unexplained() {
    let idle = |after| {
        run(&[
            ("a/x", &move |it| steps(20_000, 0).then(it.about(after))),
            ("b/y", &|_| steps(0, 0)),
        ])
    };
    assert_between(FindingCode::Unexplained, idle(4200), idle(11_000));
}

#[test]
fn of_a_client_s_time_processor_time() {
    let computing = |micros| {
        run(&[
            ("a/x", &move |it| at_once(1).then(it.about(20_000)).computing(micros)),
            ("b/y", &|_| at_once(1).computing(0)),
        ])
    };
    assert_between(FindingCode::ClientCpu, computing(7000), computing(14_000));
    let alone =
        |micros| run(&[("a/x", &move |it| at_once(1).then(it.about(micros)).computing(90_000))]);
    assert_between(FindingCode::ClientCpu, alone(24_000), alone(52_000));
}

/// Threads of which so many took part, in a batch of 75.7 ms of which they computed so much.
fn threads(workers: u64, micros: u64) -> Sample {
    let by_workers = at_once(4).with(|told| *told = told.clone().by_workers(workers));
    run(&[
        ("a/x", &move |it| by_workers.clone().then(it.about(40_000)).computing(micros)),
        ("b/y", &|_| at_once(4).computing(0)),
    ])
}

#[test]
fn of_one_core_about_all() {
    assert_between(FindingCode::ClientSerialised, threads(4, 37_000), threads(4, 73_000));
    assert_between(FindingCode::ClientSerialised, threads(4, 132_000), threads(4, 73_000));
}

#[test]
fn of_threads_two() {
    assert_between(FindingCode::ClientSerialised, threads(1, 73_000), threads(2, 73_000));
}

#[test]
fn of_a_usual_wait_half_as_much_again() {
    let straggles = |micros| {
        run(&[("a/x", &move |it| {
            let mut steps = [Steps::default(); 5];
            steps[2].wait += it.about(micros);
            batch(5, &steps)
        })])
    };
    assert_between(FindingCode::Straggler, straggles(3900), straggles(7900));
}

#[test]
fn of_a_wait_s_deviation_six_times_as_much() {
    // The median deviation is 2 ms.
    let straggles = |micros| {
        run(&[("a/x", &move |it| {
            let waits = [9200, 9200, 13_200, 11_200, 11_200 + it.about(micros)];
            batch(5, &waits.map(|wait| Steps { wait, ..Steps::default() }))
        })])
    };
    assert_between(FindingCode::Straggler, straggles(9000), straggles(17_000));
}

#[test]
fn of_a_body_more_than_a_segment() {
    let bodies = |bytes| {
        run(&[("a/x", &move |it: Block| {
            let large = single(Steps { body: it.about(20_000), ..Steps::default() });
            large.with(|told| told.witness.requests[0].body_bytes = bytes)
        })])
    };
    assert_between(FindingCode::Bandwidth, bodies(1448), bodies(1449));
}

#[test]
fn of_exchanges_on_another_s_server_half_as_much_again_of_an_idle_client() {
    let exchanges = |wait: u64, share: f64| {
        let sample = run(&[
            ("a/x", &move |it: Block| {
                let batch = batch(4, &[Steps { wait: it.about(wait), ..Steps::default() }; 4]);
                let computed = share * 1e6 * batch.told.end().as_secs();
                batch.computing(computed as u64)
            }),
            ("b/y", &|_| batch(1, &[Steps { wait: 100_000, ..Steps::default() }; 4]).computing(0)),
        ]);
        sample.without_witness()
    };
    assert_between(FindingCode::ServerCapacity, exchanges(110_000, 0.1), exchanges(210_000, 0.1));
    assert_between(FindingCode::ServerCapacity, exchanges(210_000, 0.84), exchanges(210_000, 0.42));
}
