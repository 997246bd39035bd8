//! The control: with sleeps instead of fetches, the trace shows how many run one after another.

use model::trace::Milestone as M;

use crate::harness::{Driver, TrialResult, get, preparation, target};

/// The length of the longest chain of requests in which each starts after the one before it is done.
fn waves(result: &TrialResult, requests: usize) -> usize {
    let mut spans: Vec<_> = (0..requests)
        .map(|n| (result.at(M::Started, n).expect("started"), result.at(M::Done, n).expect("done")))
        .collect();
    spans.sort();
    let mut depths: Vec<usize> = Vec::new();
    for (place, (started, _)) in spans.iter().enumerate() {
        let before = (0..place).filter(|&earlier| spans[earlier].1 <= *started);
        depths.push(1 + before.map(|earlier| depths[earlier]).max().unwrap_or(0));
    }
    depths.into_iter().max().unwrap_or(0)
}

fn waves_of(strategy: &str, conditions: &str, requests: usize) -> usize {
    let urls = (0..requests).map(|n| get(format!("http://unused.invalid/{n}"))).collect();
    let mut driver = Driver::start();
    driver.prepare(preparation(strategy, conditions, target(urls)));
    let result = driver.trial(requests);
    assert_eq!(result.kinds(requests), vec![None; requests]);
    let shown: Vec<M> = M::ALL
        .into_iter()
        .filter(|&milestone| result.columns.milestone(milestone).is_some())
        .collect();
    assert_eq!(shown, [M::Submitted, M::Started, M::Done], "{strategy} {conditions}");
    assert_eq!((&result.columns.status, &result.columns.bytes), (&None, &None));
    driver.end().expect("ends well");
    waves(&result, requests)
}

#[test]
fn each_mode_runs_its_sleeps_in_the_expected_number_of_waves() {
    let cases = [
        ("ureq/sequential", "work=sleep:3ms", 8, 8),
        ("ureq/threads", "work=sleep:60ms,workers=8", 8, 1),
        ("ureq/threads", "work=sleep:60ms,workers=3", 8, 3),
        ("ureq/threads", "work=sleep:3ms,workers=1", 4, 4),
        ("hyper/async", "work=sleep:60ms,concurrency=8", 8, 1),
        ("hyper/async", "work=sleep:60ms", 8, 1),
        ("hyper/async", "work=sleep:60ms,concurrency=3", 8, 3),
        ("hyper/async", "work=sleep:60ms,runtime=multi", 8, 1),
    ];
    for (strategy, conditions, requests, expected) in cases {
        let waves = waves_of(strategy, conditions, requests);
        assert_eq!(waves, expected, "{strategy} {conditions}");
    }
}
