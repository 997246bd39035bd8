use super::*;
use evidence::sample::experiment::{Asked, experiment};
use explain::analyse;
use insta::assert_snapshot;
use model::time::Span;

const WARM: (FactorKind, &str, &str) = (FactorKind::WarmSession, "session=warm", "session=cold");
const WORKERS: (FactorKind, &str, &str) = (FactorKind::Workers, "workers=4", "workers=2");
const SHARED: (FactorKind, &str, &str) =
    (FactorKind::SharedContext, "context=shared", "context=default");
const PLAIN: (FactorKind, &str, &str) = (FactorKind::PlainText, "tls=off", "tls=on");

/// What is told where the arm takes 100 ms less what is taken away, and the other 45.
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
    lines(&analyse(&recording), BatchSize(4), Style::default()).join("\n")
}

fn where_on(asked: &Asked<'_>, kind: FactorKind, taken: i64) -> i64 {
    if asked.has(kind) { taken } else { 0 }
}

#[test]
fn causes_are_told_with_their_shares_and_with_how_they_overlap() {
    let overlapping = |asked: &Asked<'_>| {
        let both = asked.has(FactorKind::WarmSession) && asked.has(FactorKind::Workers);
        let alone =
            where_on(asked, FactorKind::WarmSession, 40) + where_on(asked, FactorKind::Workers, 20);
        alone - if both { 10 } else { 0 }
    };
    assert_snapshot!(shown(&[WARM, WORKERS], 10, overlapping), @"
    why a/x@4 takes 55.1 [54.8, 55.3] ms longer than b/y@4
      because of session=cold: session=warm saves 35.0 [34.8, 35.2] ms of it
        (alone 40.0 [39.8, 40.3] ms)
      because of workers=2: workers=4 saves 15.0 [14.8, 15.2] ms of it (alone 20.1
        [19.8, 20.3] ms)
      session=warm saves 10.1 [9.7, 10.4] ms less where workers=4 holds too
      no toggle explains 5.0 [4.8, 5.2] ms
    ");
}

#[test]
fn what_is_no_cause_and_what_is_not_explained_is_told_too() {
    let useless = |asked: &Asked<'_>| where_on(asked, FactorKind::Workers, -8);
    assert_snapshot!(shown(&[WARM, WORKERS], 10, useless), @"
    why a/x@4 takes 55.1 [54.8, 55.3] ms longer than b/y@4
      nothing beyond noise by session=cold: session=warm saves 0.0 [−0.2, 0.2] ms
      not because of workers=2: workers=4 costs 8.0 [7.8, 8.2] ms
      no toggle explains 63.0 [62.8, 63.2] ms
    ");
    assert_snapshot!(shown(&[], 10, |_| 0), @"
    why a/x@4 takes 54.8 [54.6, 55.0] ms longer than b/y@4
      nothing is known that could be taken away: 54.8 [54.6, 55.0] ms unexplained
    ");
    assert_snapshot!(shown(&[WARM], 10, |_| 55), @"
    a/x@4 differs from b/y@4 by 0.0 [−0.2, 0.2] ms, within noise
      nothing beyond noise by session=cold: session=warm saves 0.0 [−0.3, 0.2] ms
      nothing beyond noise is left unexplained: 0.1 [−0.2, 0.3] ms
    ");
}

#[test]
fn a_nested_cause_is_told_with_its_range() {
    let nested = |asked: &Asked<'_>| {
        let of_context = where_on(asked, FactorKind::SharedContext, 60);
        if asked.has(FactorKind::PlainText) { 80 } else { of_context }
    };
    assert_snapshot!(shown(&[SHARED, PLAIN], 10, nested), @"
    why a/x@4 takes 54.8 [54.6, 54.9] ms longer than b/y@4
      context=shared and tls=off together save 79.8 [79.6, 79.9] ms of it
      because of context=default: context=shared alone saves 59.59 [59.52, 59.67]
        ms; 0 to 60 ms by what else is gone
      because of tls=on: tls=off alone saves 79.8 [79.6, 79.9] ms; 20 to 80 ms by
        what else is gone
      with all of this it would be 25.0 [24.7, 25.3] ms quicker than b/y@4
    ");
}

#[test]
fn one_block_has_no_interval_and_none_says_nothing() {
    let warm = |asked: &Asked<'_>| where_on(asked, FactorKind::WarmSession, 40);
    assert_snapshot!(shown(&[WARM], 1, warm), @"
    why a/x@4 takes 54.90 ms longer than b/y@4
      in one block session=warm saves 39.65 ms of it (alone 39.65 ms)
      in one block 15.25 ms are left unexplained
    ");
    assert_snapshot!(shown(&[WARM], 0, warm), @"
    why a/x@4 takes longer than b/y@4
      no block in which every cell succeeded: nothing can be said
    ");
}

#[test]
fn a_run_without_experiments_says_nothing_of_why() {
    let analysis = analyse(&evidence::sample::Sample::three_strategies(3));
    assert_eq!(lines(&analysis, BatchSize(4), Style::default()), [""; 0]);
}
