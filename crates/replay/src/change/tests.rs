use super::*;
use crate::batch::{Flights, Request};
use crate::simulate::simulate;

fn millis(millis: u64) -> Span {
    Span::from_millis(millis)
}

fn delay(length: u64) -> Step {
    Step::new(Resource::Delay, millis(length))
}

/// Exchanges of 10 ms each way, with 5 ms at the server in between, which thinks for 4 of them.
fn exchange() -> Request {
    let way = delay(10).flying(Flights(1));
    let server = Step::new(Resource::Server, millis(5));
    Request { exchange: vec![way, server, way], bytes: Some(1250), ..Request::default() }
}

/// Two round trips, of which one is the handshake's, with 3 ms of preparation and 2 ms of work.
fn opening(kind: Handshake) -> Vec<Step> {
    let trip = Step::caused(Resource::Delay, millis(20), Charge::Setup).flying(Flights(2));
    let preparation = Step::caused(Resource::Client, millis(3), Charge::Preparation);
    let work = Step::caused(Resource::Client, millis(2), Charge::Handshake);
    let secured = [preparation, trip, work].map(|step| step.securing(Some(kind)));
    [&[trip][..], &secured].concat()
}

fn batch(requests: usize, workers: usize) -> Batch {
    Batch {
        requests: vec![exchange(); requests],
        workers: vec![Start::default(); workers],
        cores: 2,
        round_trip: Some(millis(20)),
        think: Some(millis(4)),
        ..Batch::default()
    }
}

fn cold(requests: usize, workers: usize) -> Batch {
    Batch { openings: vec![opening(Handshake::Full)], ..batch(requests, workers) }
}

/// How long a batch takes with a change, in milliseconds.
fn takes(change: Change, batch: &Batch) -> u64 {
    simulate(&change.apply(batch)).batch.as_nanos() / 1_000_000
}

#[test]
fn a_longer_round_trip_lengthens_every_flight() {
    // Two requests in turn: 2 x 25 ms, and 45 for the opening, with 8 flights in all.
    assert_eq!(takes(Change::RoundTrip(millis(20)), &cold(2, 1)), 95);
    assert_eq!(takes(Change::RoundTrip(millis(80)), &cold(2, 1)), 95 + 8 * 30);
    assert_eq!(takes(Change::RoundTrip(Span::ZERO), &cold(2, 1)), 95 - 8 * 10);
    let unknown = Batch { round_trip: None, ..batch(2, 1) };
    assert_eq!(Change::RoundTrip(millis(80)).apply(&unknown), unknown);
}

#[test]
fn a_round_trip_that_is_changed_twice_is_the_last() {
    let twice = [Change::RoundTrip(millis(40)), Change::RoundTrip(millis(30))];
    let once = Change::RoundTrip(millis(30)).apply(&cold(3, 2));
    assert_eq!(apply_all(&cold(3, 2), &twice), once);
}

#[test]
fn think_time_is_spent_in_every_request() {
    assert_eq!(takes(Change::Think(millis(14)), &batch(4, 2)), 2 * 35);
    assert_eq!(takes(Change::Think(Span::ZERO), &batch(4, 2)), 2 * 21);
}

#[test]
fn a_server_with_room_for_one_makes_the_others_wait() {
    // The first is served after 10 ms, the last of three after 25.
    assert_eq!(takes(Change::Room(Some(1)), &batch(3, 3)), 35);
}

#[test]
fn bytes_pass_a_bottleneck_one_response_after_the_other() {
    // 1250 bytes take 10 ms at 1 Mbit/s; all three arrive after 25 ms.
    let rate: Rate = "1Mbit".parse().expect("a rate");
    let limited = Change::Rate(Some(rate)).apply(&batch(3, 3));
    assert_eq!(simulate(&limited).batch, millis(25 + 30));
    assert_eq!(takes(Change::Rate(None), &limited), 25);
}

#[test]
fn plain_connections_need_one_round_trip_and_no_work() {
    // 20 + 3 + 20 + 2 ms become 20.
    assert_eq!(takes(Change::Plain, &cold(1, 1)), 20 + 25);
}

#[test]
fn only_a_session_that_was_started_can_be_resumed() {
    let mut mixed = cold(3, 1);
    let resumed: Vec<Step> = opening(Handshake::Resumed)
        .into_iter()
        .map(|step| {
            if step.resource == Resource::Client {
                Step { length: millis(1), ..step }
            } else {
                step
            }
        })
        .collect();
    mixed.requests[1].reopening = resumed;
    mixed.requests[2].reopening = opening(Handshake::Full);
    // Full openings take 45 ms, resumed ones 42.
    let before = simulate(&mixed).batch;
    assert_eq!(before, millis(75 + 45 + 42 + 45));
    assert_eq!(takes(Change::Handshakes(Handshake::Resumed), &mixed), 75 + 45 + 42 + 42);
    assert_eq!(takes(Change::Handshakes(Handshake::Full), &mixed), 75 + 3 * 45);
}

#[test]
fn a_kept_session_needs_no_work_that_begins_it() {
    let mut begun = cold(2, 1);
    let work = |length| Step::new(Resource::Client, millis(length));
    begun.requests[0].before =
        vec![Step::caused(Resource::Client, millis(18), Charge::Start), work(2)];
    assert_eq!(simulate(&begun).batch, millis(18 + 2 + 45 + 2 * 25));
    assert_eq!(takes(Change::KeptSession, &begun), 2 + 2 * 25);
}

#[test]
fn a_shared_lookup_remains_once_before_all_requests() {
    let mut named = cold(2, 1);
    let lookup = Step::caused(Resource::Delay, millis(7), Charge::Lookup);
    named.openings[0].insert(0, lookup);
    named.requests[1].reopening = vec![lookup, delay(20)];
    assert_eq!(simulate(&named).batch, millis(7 + 45 + 25 + 7 + 20 + 25));
    assert_eq!(takes(Change::SharedLookup, &named), 7 + 45 + 25 + 20 + 25);
}

#[test]
fn certificates_that_are_loaded_several_times_before_the_first_request_are_loaded_once() {
    let mut early = batch(3, 1);
    early.workers[0] = Start { at: millis(70), prepared: millis(3 * 16), ..Start::default() };
    assert!(early.has(&[Charge::Preparation]));
    assert_eq!(takes(Change::SharedContext, &early), 70 - 3 * 16 + 3 * 25);
}

#[test]
fn one_session_loads_certificates_once_that_are_loaded_before_each_connection() {
    let load = Step::caused(Resource::Core, millis(16), Charge::Preparation);
    let opened = [vec![load], opening(Handshake::Full)].concat();
    let mut each = Batch { openings: vec![opened.clone(); 2], ..batch(4, 2) };
    each.requests[2].reopening.clone_from(&opened);
    // The second request of a worker opens nothing, and the preparation of an open connection stays.
    assert_eq!(takes(Change::ReusedConnections, &each), 16 + 45 + 3 + 25 + 25);
}

#[test]
fn requests_that_are_added_repeat_those_on_open_connections() {
    let mut first = cold(4, 2);
    first.requests[0].before = vec![delay(100)];
    first.requests[1].before = vec![delay(100)];
    // 100 + 45 ms, and the work of the two openings in turn; then a wave of 25 ms each.
    let before = simulate(&first).batch;
    assert_eq!(takes(Change::Requests(8), &first), before.as_nanos() / 1_000_000 + 2 * 25);
    assert_eq!(Change::Requests(8).apply(&first).requests[6].before, []);
    let fewer = Change::Requests(1).apply(&first);
    assert_eq!((fewer.requests.len(), fewer.workers.len()), (1, 1));
}

#[test]
fn requests_that_the_clock_starts_keep_its_pace() {
    let mut paced = batch(3, 3);
    for (request, at) in paced.requests.iter_mut().zip([0, 50, 100]) {
        request.not_before = Some(Start { at: millis(at), ..Start::default() });
    }
    assert_eq!(takes(Change::Requests(6), &paced), 250 + 25);
}

#[test]
fn work_in_openings_is_the_clients() {
    assert_eq!(takes(Change::OpeningWork(millis(5)), &cold(1, 1)), 70 + 5);
    assert_eq!(takes(Change::OpeningWork(millis(5)), &batch(1, 1)), 25);
}

#[test]
fn less_work_leaves_the_waits_of_an_event_loop() {
    let work = Step::new(Resource::Client, millis(5));
    let exchange = vec![work, Step::blocking(millis(7)), delay(10)];
    let batch = Batch {
        requests: vec![Request { exchange, ..Request::default() }],
        workers: vec![Start::default()],
        ..Batch::default()
    };
    assert_eq!(takes(Change::ClientWork(0.0), &batch), 17);
    assert_eq!(takes(Change::without(&[Charge::LoopBlocked]), &batch), 15);
}
