//! How large a cause must be: found well above its threshold, not found well below it.
//!
//! Each pair is on both sides of a threshold, at about 0.7 and 1.4 of it. A single request on its own
//! connection takes about 35 ms here, so 2% of it are 0.7 ms.

use super::*;

/// Whether a code is found in a run.
fn finds(code: FindingCode, sample: Sample) -> bool {
    findings(sample).iter().any(|finding| finding.code == code)
}

#[track_caller]
fn assert_between(code: FindingCode, below: Sample, above: Sample) {
    assert!(!finds(code, below), "{code} is found although it is too small");
    assert!(finds(code, above), "{code} is not found although it is large enough");
}

fn steps(lookup: u64, preparation: u64) -> Batch {
    single(Steps { lookup: 20 + lookup, preparation: 100 + preparation, ..Steps::default() })
}

/// An arm that looks names up and prepares TLS for this many microseconds, against one that hardly
/// does.
fn gap(lookup: u64, preparation: u64) -> Sample {
    run(&[("a/x", &|it| steps(lookup, it.about(preparation))), ("b/y", &|_| steps(0, 0))])
}

#[test]
fn tls_preparation_needs_2_percent_of_the_batch() {
    assert_between(FindingCode::TlsPreparation, gap(1500, 500), gap(1500, 1060));
}

#[test]
fn tls_preparation_needs_5_percent_of_the_gap() {
    assert_between(FindingCode::TlsPreparation, gap(100_000, 3600), gap(100_000, 7500));
}

#[test]
fn a_gap_needs_2_percent_of_the_fastest_arm() {
    assert_between(FindingCode::Dns, gap(500, 0), gap(1060, 0));
}

#[test]
fn a_waste_in_one_arm_needs_5_percent_of_its_batch() {
    let alone = |lookup| run(&[("a/x", &move |it| steps(it.about(lookup), 0))]);
    assert_between(FindingCode::Dns, alone(1250), alone(2700));
}

#[test]
fn a_cold_start_alone_needs_half_of_the_batch() {
    let begun = |begin| {
        run(&[("a/x", &move |it: Block| {
            let observed =
                SyntheticTrial::over(1, Opening::Once, it.about(begin), &[Steps::default()]);
            Batch { observed, after: 0, computed: None }
        })])
    };
    assert_between(FindingCode::ColdStart, begun(24_000), begun(52_000));
}

#[test]
fn a_cause_in_a_short_batch_needs_200_microseconds() {
    let short = |queue| {
        let batch = |queue| {
            let steps = Steps { wait: 100, queue, ..Steps::default() };
            let observed = SyntheticTrial::over(1, Opening::Never, 0, &[steps]);
            Batch { observed, after: 0, computed: None }
        };
        run(&[("a/x", &move |it| batch(it.about(queue))), ("b/y", &move |_| batch(0))])
    };
    assert_between(FindingCode::ServerCapacity, short(140), short(280));
}

#[test]
fn an_unexplained_part_needs_25_percent_of_the_gap() {
    let idle = |after| {
        run(&[
            ("a/x", &move |it| steps(20_000, 0).then(it.about(after))),
            ("b/y", &|_| steps(0, 0)),
        ])
    };
    assert_between(FindingCode::Unexplained, idle(4200), idle(11_000));
}

#[test]
fn client_cpu_needs_cpu_time_for_half_of_the_time_and_a_quarter_of_the_batch_alone() {
    let computing = |micros| {
        run(&[
            ("a/x", &move |it| concurrent(1).then(it.about(20_000)).computing(micros)),
            ("b/y", &|_| concurrent(1).computing(0)),
        ])
    };
    assert_between(FindingCode::ClientCpu, computing(7000), computing(14_000));
    let alone =
        |micros| run(&[("a/x", &move |it| concurrent(1).then(it.about(micros)).computing(90_000))]);
    assert_between(FindingCode::ClientCpu, alone(8_000), alone(24_000));
}

/// Threads that compute for this many microseconds in a batch of 75.7 ms.
fn threads(workers: u64, micros: u64) -> Sample {
    let by_workers =
        concurrent(4).with(|observed| *observed = observed.clone().by_workers(workers));
    run(&[
        ("a/x", &move |it| by_workers.clone().then(it.about(40_000)).computing(micros)),
        ("b/y", &|_| concurrent(4).computing(0)),
    ])
}

#[test]
fn serialised_threads_use_70_to_125_percent_of_a_core() {
    assert_between(FindingCode::ClientSerialised, threads(4, 37_000), threads(4, 73_000));
    assert_between(FindingCode::ClientSerialised, threads(4, 132_000), threads(4, 73_000));
}

#[test]
fn serialised_threads_are_at_least_two() {
    assert_between(FindingCode::ClientSerialised, threads(1, 73_000), threads(2, 73_000));
}

#[test]
fn a_straggler_waits_half_as_long_again_as_usual() {
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
fn a_straggler_waits_six_deviations_longer_than_usual() {
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
fn a_body_on_a_narrow_link_is_larger_than_a_segment() {
    let bodies = |bytes| {
        run(&[("a/x", &move |it: Block| {
            let large = single(Steps { body: it.about(20_000), ..Steps::default() });
            large.with(|observed| observed.witness.requests[0].body_bytes = bytes)
        })])
        .over(narrow_link())
    };
    assert_between(FindingCode::Bandwidth, bodies(1448), bodies(1449));
}

#[test]
fn exchanges_at_a_full_server_are_half_as_long_again_and_the_client_is_idle() {
    let exchanges = |wait: u64, share: f64| {
        let sample = run(&[
            ("a/x", &move |it: Block| {
                let batch = batch(4, &[Steps { wait: it.about(wait), ..Steps::default() }; 4]);
                let computed = share * 1e6 * batch.observed.end().as_secs();
                batch.computing(computed as u64)
            }),
            ("b/y", &|_| batch(1, &[Steps { wait: 100_000, ..Steps::default() }; 4]).computing(0)),
        ]);
        sample.without_witness()
    };
    assert_between(FindingCode::ServerCapacity, exchanges(110_000, 0.1), exchanges(210_000, 0.1));
    assert_between(FindingCode::ServerCapacity, exchanges(210_000, 0.84), exchanges(210_000, 0.42));
}
