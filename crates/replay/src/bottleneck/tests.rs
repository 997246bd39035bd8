use evidence::account::Charge;
use model::time::Span;

use super::*;
use crate::batch::{ClientCapacity, Request, Resource, Start, Step};

fn step(resource: Resource, millis: u64) -> Step {
    Step::new(resource, Span::from_millis(millis))
}

fn caused(resource: Resource, millis: u64, cause: Charge) -> Step {
    Step::caused(resource, Span::from_millis(millis), cause)
}

/// A batch of equal requests.
fn batch(requests: usize, workers: usize, exchange: &[Step]) -> Batch {
    let request = Request { exchange: exchange.to_vec(), ..Request::default() };
    Batch {
        requests: vec![request; requests],
        workers: vec![Start::default(); workers],
        cores: 2,
        ..Batch::default()
    }
}

fn found(batch: &Batch) -> Bottleneck {
    Bottleneck::of_batches(std::slice::from_ref(batch)).expect("takes some time")
}

/// The next limit after the bottleneck.
fn next(bottleneck: &Bottleneck) -> Option<Limit> {
    bottleneck.next.map(|next| next.limit)
}

fn assert_near(found: f64, expected: f64) {
    assert!((found - expected).abs() < 1e-6, "{found} instead of {expected}");
}

fn assert_busy(usage: Option<Usage>, places: usize, busy: f64) {
    let usage = usage.expect("can be in use");
    assert_eq!(usage.places, places);
    assert_near(usage.busy, busy);
}

#[test]
fn one_exchange_limits_a_batch_of_which_it_takes_most() {
    // 4 ms of work one after another, then 12 ms: the last begins after 3 ms.
    let steps = [step(Resource::Client, 1), step(Resource::Delay, 12)];
    let bottleneck = found(&batch(4, 4, &steps));
    assert_eq!((bottleneck.limit, next(&bottleneck)), (Limit::Latency, Some(Limit::ClientWork)));
    assert_near(bottleneck.share, 12.0 / 16.0);
    assert_eq!((bottleneck.usage, bottleneck.more_concurrency_saves), (None, None));
    assert_near(bottleneck.left, 1.0);
    assert_busy(bottleneck.next.and_then(|next| next.usage), 1, 4.0 / 16.0);
}

#[test]
fn workers_limit_a_batch_that_makes_its_requests_in_waves() {
    // Four waves of 10 ms, of which one is left.
    let bottleneck = found(&batch(12, 3, &[step(Resource::Delay, 10)]));
    assert_eq!((bottleneck.limit, next(&bottleneck)), (Limit::Concurrency, Some(Limit::Latency)));
    assert_near(bottleneck.share, 0.75);
    assert_near(bottleneck.left, 0.25);
    assert_eq!(bottleneck.more_concurrency_saves, Some(0.75));
    assert_busy(bottleneck.usage, 3, 1.0);
    // The last wave leaves two of the workers idle.
    assert_busy(found(&batch(10, 3, &[step(Resource::Delay, 10)])).usage, 3, 100.0 / 120.0);
}

#[test]
fn the_clients_work_limits_a_batch_whatever_the_number_of_workers() {
    // 8 x 5 ms of work, after which the last response takes 10 ms.
    let steps = [step(Resource::Client, 5), step(Resource::Delay, 10)];
    let bottleneck = found(&batch(8, 4, &steps));
    assert_eq!(
        (bottleneck.limit, next(&bottleneck)),
        (Limit::ClientWork, Some(Limit::Concurrency))
    );
    assert_busy(bottleneck.usage, 1, 40.0 / 50.0);
    assert_near(bottleneck.more_concurrency_saves.expect("four wait"), 0.0);
    // Without work, two waves of 10 ms are left.
    assert_near(bottleneck.left, 20.0 / 50.0);
    let cores = Batch { client: ClientCapacity::Cores, ..batch(8, 8, &steps) };
    // Two cores take 20 ms for all.
    let bottleneck = found(&cores);
    assert_eq!(bottleneck.limit, Limit::ClientWork);
    assert_busy(bottleneck.usage, 2, 40.0 / (2.0 * 30.0));
}

#[test]
fn an_event_loop_that_only_waits_does_not_work() {
    // 8 x 1 ms of work and 8 x 9 ms asleep, after which the last response takes 10 ms.
    let asleep = Step::blocking(Span::from_millis(9));
    let steps = [step(Resource::Client, 1), asleep, step(Resource::Delay, 10)];
    let batch = batch(8, 8, &steps);
    let bottleneck = found(&batch);
    assert_eq!(bottleneck.limit, Limit::ClientWaits);
    assert_near(bottleneck.left, 18.0 / 90.0);
    let replayed = simulate(&batch);
    assert_busy(utilisation::mean(Limit::ClientWork, &[batch], &[replayed]), 1, 8.0 / 90.0);
}

#[test]
fn work_before_the_first_request_and_after_the_last_is_the_clients() {
    let mut slow = batch(1, 1, &[step(Resource::Delay, 10)]);
    slow.workers[0].at = Span::from_millis(25);
    slow.after = Span::from_millis(5);
    let bottleneck = found(&slow);
    assert_eq!(bottleneck.limit, Limit::ClientWork);
    assert_busy(bottleneck.usage, 1, 30.0 / 40.0);
    assert_near(bottleneck.left, 10.0 / 40.0);
}

#[test]
fn preparing_tls_and_opening_connections_are_different_limits() {
    let opening = vec![
        caused(Resource::Delay, 20, Charge::Setup),
        caused(Resource::Core, 30, Charge::Preparation),
    ];
    let mut cold =
        Batch { openings: vec![opening; 4], ..batch(4, 4, &[step(Resource::Delay, 10)]) };
    // 4 x 30 ms on two cores: 60 ms, beside 20 for the connections and 10 for the exchange.
    let bottleneck = found(&cold);
    assert_eq!(bottleneck.limit, Limit::TlsPreparation);
    assert_eq!(next(&bottleneck), Some(Limit::Connections));
    assert_near(bottleneck.share, 60.0 / 90.0);
    assert_busy(bottleneck.usage, 2, 120.0 / 180.0);
    cold.openings.iter_mut().for_each(|opening| opening.truncate(1));
    let bottleneck = found(&cold);
    assert_eq!((bottleneck.limit, next(&bottleneck)), (Limit::Connections, Some(Limit::Latency)));
    assert_near(bottleneck.left, 10.0 / 30.0);
}

#[test]
fn a_servers_room_limits_a_batch() {
    let exchange = [step(Resource::Delay, 5), step(Resource::Server, 10), step(Resource::Delay, 5)];
    let limited = Batch { room: Some(2), ..batch(8, 8, &exchange) };
    let bottleneck = found(&limited);
    assert_eq!(
        (bottleneck.limit, next(&bottleneck)),
        (Limit::ServerCapacity, Some(Limit::Latency))
    );
    // Four rounds of 10 ms and 10 ms on the way; one round is left.
    assert_busy(bottleneck.usage, 2, 80.0 / 100.0);
    assert_near(bottleneck.left, 20.0 / 50.0);
}

#[test]
fn the_links_rate_limits_a_batch() {
    let bottleneck = found(&batch(4, 4, &[step(Resource::Delay, 10), step(Resource::Link, 10)]));
    assert_eq!((bottleneck.limit, next(&bottleneck)), (Limit::Bandwidth, Some(Limit::Latency)));
    assert_busy(bottleneck.usage, 1, 40.0 / 50.0);
    assert_near(bottleneck.left, 10.0 / 50.0);
}

#[test]
fn a_client_that_sleeps_limits_itself() {
    let mut sleepy = batch(3, 1, &[step(Resource::Delay, 10)]);
    for request in &mut sleepy.requests {
        request.before = vec![caused(Resource::Delay, 50, Charge::Sleep)];
    }
    let bottleneck = found(&sleepy);
    assert_eq!(bottleneck.limit, Limit::ClientWaits);
    assert_eq!(next(&bottleneck), Some(Limit::Concurrency));
    assert_near(bottleneck.left, 30.0 / 180.0);
}

#[test]
fn limits_that_hide_each_other_are_found() {
    // Both the link and the server let two requests pass in 20 ms: neither saves anything alone.
    let steps = [step(Resource::Link, 10), step(Resource::Server, 10)];
    let hidden = Batch { room: Some(1), ..batch(8, 8, &steps) };
    let bottleneck = found(&hidden);
    assert!(matches!(bottleneck.limit, Limit::Bandwidth | Limit::ServerCapacity), "{bottleneck:?}");
    assert!(bottleneck.share > 0.4, "{bottleneck:?}");
}

#[test]
fn a_limit_that_more_workers_make_worse_takes_only_what_it_takes() {
    // One after another, each worker prepares 30 ms on one of two cores.
    let opening = vec![caused(Resource::Core, 30, Charge::Preparation)];
    let cold = Batch { openings: vec![opening], ..batch(9, 1, &[step(Resource::Delay, 10)]) };
    let bottleneck = found(&cold);
    // Without it 90 of 120 ms are left; nine workers would prepare for 135 ms.
    assert_eq!(bottleneck.limit, Limit::Concurrency);
    assert!(bottleneck.more_concurrency_saves < Some(0.0), "{bottleneck:?}");
    assert_eq!(next(&bottleneck), Some(Limit::TlsPreparation));
}

#[test]
fn shares_are_means_over_trials_and_no_time_has_no_bottleneck() {
    let trials = [1, 3].map(|workers| batch(6, workers, &[step(Resource::Delay, 10)]));
    let bottleneck = Bottleneck::of_batches(&trials).expect("takes some time");
    // Six waves and two become one.
    assert_near(bottleneck.share, f64::midpoint(5.0 / 6.0, 0.5));
    assert_busy(bottleneck.usage, 3, 1.0);
    assert_eq!(Bottleneck::of_batches(&[]), None);
    assert_eq!(Bottleneck::of_batches(&[Batch::default()]), None);
}
