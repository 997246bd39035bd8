use evidence::account::Charge;
use model::time::Span;
use proptest::prelude::*;

use super::simulate;
use crate::batch::{
    Batch, ClientCapacity, Connecting, Flights, Handshake, Request, Resource, Start, Step,
};

fn millis(millis: u64) -> Span {
    Span::from_millis(millis)
}

fn step(resource: Resource, length: u64) -> Step {
    Step::new(resource, millis(length))
}

/// A batch of equal requests.
fn batch(requests: usize, workers: usize, steps: &[Step]) -> Batch {
    let request = Request { exchange: steps.to_vec(), ..Request::default() };
    Batch {
        requests: vec![request; requests],
        workers: vec![Start::default(); workers],
        cores: 2,
        ..Batch::default()
    }
}

fn takes(batch: &Batch) -> u64 {
    simulate(batch).batch.as_nanos() / 1_000_000
}

#[test]
fn a_worker_makes_one_request_after_another() {
    let delay = [step(Resource::Delay, 10)];
    assert_eq!(takes(&batch(6, 1, &delay)), 60);
    assert_eq!(takes(&batch(6, 4, &delay)), 20);
    assert_eq!(takes(&batch(6, 6, &delay)), 10);
}

#[test]
fn one_client_works_for_one_request_at_a_time() {
    let steps = [step(Resource::Client, 2), step(Resource::Delay, 10), step(Resource::Client, 1)];
    let all_at_once = batch(4, 4, &steps);
    // The last request is sent after 8 ms, and its response comes after those of the others.
    assert_eq!(takes(&all_at_once), 19);
    let parallel = Batch { client: ClientCapacity::Cores, ..all_at_once.clone() };
    assert_eq!(takes(&parallel), 16);
    let replayed = simulate(&all_at_once);
    assert_eq!(replayed.busy[Resource::Client], millis(12));
    assert_eq!(replayed.waited[Resource::Client], millis(2 + 4 + 6));
}

#[test]
fn work_beside_what_passes_the_network_delays_other_work_only() {
    let steps = [Step::beside(millis(8)), step(Resource::Delay, 30), step(Resource::Client, 2)];
    assert_eq!(takes(&batch(1, 1, &steps)), 32);
    // The client is free again when the first response arrives, and then reads one after another.
    assert_eq!(takes(&batch(3, 3, &steps)), 30 + 3 * 2);
    // The response is there before the client has time for it.
    assert_eq!(takes(&batch(5, 5, &steps)), 5 * 8 + 5 * 2);
    let replayed = simulate(&batch(5, 5, &steps));
    assert_eq!(replayed.busy[Resource::Client], millis(5 * 10));
}

#[test]
fn a_request_waits_for_its_connection_or_takes_the_first_that_is_idle() {
    let exchange = [step(Resource::Delay, 10)];
    let waits = Batch {
        openings: vec![vec![step(Resource::Delay, 25)]],
        kept: 1,
        ..batch(3, 3, &exchange)
    };
    assert_eq!(takes(&waits), 35);
    // The connection that is kept carries one request after another. The last of them ends when the others
    // are opened.
    let takes_first = Batch { connecting: Connecting::TakesFirst, ..waits };
    assert_eq!(takes(&takes_first), 30);
    let one_after_another = Batch { workers: vec![Start::default()], ..takes_first };
    assert_eq!(takes(&one_after_another), 30);
}

#[test]
fn the_emulated_link_holds_the_first_bytes_of_a_plain_connection() {
    let trip = step(Resource::Delay, 10).flying(Flights::ROUND_TRIP);
    let exchange = [step(Resource::Client, 3), step(Resource::Delay, 10)];
    let cold = Batch {
        openings: vec![vec![trip]; 2],
        round_trip: Some(millis(10)),
        ..batch(2, 2, &exchange)
    };
    // On a network, connections are opened at once, and then written to.
    assert_eq!(takes(&cold), 10 + 3 + 3 + 10);
    let held = Batch { holds_first_bytes: true, ..cold };
    assert_eq!(takes(&held), 3 + 3 + 10 + 10);
    // What comes second on a connection is not held, but what comes first on one that another request had opened.
    let one_worker = Batch { workers: vec![Start::default()], ..held.clone() };
    assert_eq!(takes(&one_worker), 3 + 10 + 10 + 3 + 10);
    let takes_first = Batch { connecting: Connecting::TakesFirst, ..held.clone() };
    assert_eq!(takes(&takes_first), 3 + 3 + 10 + 10);
    let secured = trip.securing(Some(Handshake::Full));
    let tls = Batch { openings: vec![vec![trip, secured]; 2], ..held };
    assert_eq!(takes(&tls), 20 + 3 + 3 + 10);
}

#[test]
fn connections_that_are_added_are_opened_as_all_but_the_first_were() {
    let opening = |length| vec![step(Resource::Client, length)];
    let cold = |requests| {
        let openings = vec![opening(9), opening(1)];
        Batch { openings, ..batch(requests, requests, &[]) }
    };
    assert_eq!([takes(&cold(2)), takes(&cold(4))], [10, 12]);
    let one_seen = Batch { openings: vec![opening(9)], ..batch(2, 2, &[]) };
    assert_eq!(takes(&one_seen), 18);
}

#[test]
fn streams_share_one_connection_and_wait_for_it() {
    let opening = vec![step(Resource::Client, 4), step(Resource::Delay, 20)];
    let exchange = [step(Resource::Delay, 10)];
    let turns = Batch { openings: vec![opening], ..batch(4, 4, &exchange) };
    // Each of the four connections takes 4 ms of the client.
    assert_eq!(takes(&turns), 46);
    let shared = Batch { streams: Some(100), ..turns };
    assert_eq!(takes(&shared), 34);
    assert_eq!(takes(&Batch { streams: Some(2), ..shared }), 44);
    // A stream goes through its steps once, however it came by its connection.
    let in_steps = [step(Resource::Delay, 10), step(Resource::Client, 3), step(Resource::Delay, 5)];
    let kept = Batch { streams: Some(100), ..batch(4, 4, &in_steps) };
    assert_eq!(takes(&kept), 27);
    assert_eq!(simulate(&kept).busy[Resource::Client], millis(12));
}

/// Four requests on one connection, with this limit of streams.
fn shared(streams: usize, steps: &[Step]) -> Batch {
    Batch { streams: Some(streams), ..batch(4, 4, steps) }
}

#[test]
fn each_connection_that_is_shared_carries_as_many_streams_as_are_allowed() {
    let exchange = [step(Resource::Delay, 10)];
    assert_eq!(takes(&shared(1, &exchange)), 40);
    assert_eq!(takes(&Batch { sharing: 2, ..shared(1, &exchange) }), 20);
    // The second one is opened when the first is full.
    let openings = vec![vec![step(Resource::Delay, 5)]];
    let cold = Batch { sharing: 2, kept: 1, openings, ..shared(1, &exchange) };
    assert_eq!(takes(&cold), 25);
}

#[test]
fn a_client_that_races_connections_opens_one_for_each_request_until_one_is_open() {
    let openings = vec![vec![step(Resource::Delay, 20), step(Resource::Client, 4)]];
    let raced = Batch { openings, ..shared(100, &[step(Resource::Delay, 10)]) };
    let busy = |batch: &Batch| simulate(batch).busy[Resource::Client];
    assert_eq!(busy(&raced), millis(4));
    let raced = Batch { connecting: Connecting::TakesFirst, ..raced };
    assert_eq!(busy(&raced), millis(4 * 4));
}

#[test]
fn the_first_stream_is_alone_until_the_settings_of_the_server_arrive() {
    let openings = vec![vec![step(Resource::Delay, 20)]];
    let waits = Batch {
        openings,
        awaits_settings: true,
        round_trip: Some(millis(20)),
        ..shared(100, &[step(Resource::Delay, 30)])
    };
    // The first one runs from 20 to 50 ms, the others from 40 on.
    assert_eq!(takes(&waits), 70);
}

#[test]
fn streams_are_written_after_all_work_that_is_ready() {
    let before = vec![step(Resource::Client, 2)];
    let mut batch = shared(100, &[step(Resource::Client, 1), step(Resource::Delay, 10)]);
    batch.requests.iter_mut().for_each(|request| request.before.clone_from(&before));
    batch.requests[3].exchange.push(step(Resource::Delay, 100));
    // 8 ms before any is written, and 1 ms for each that is written.
    assert_eq!(takes(&batch), 8 + 4 + 110);
    let last_first = {
        let mut turned = batch.clone();
        turned.requests.reverse();
        turned
    };
    assert_eq!(takes(&last_first), 8 + 1 + 110);
    // All wait until all are written.
    let together = Batch { writes_together: true, ..last_first };
    assert_eq!(takes(&together), 8 + 4 + 110);
}

#[test]
fn responses_in_one_record_arrive_together() {
    let exchange = [step(Resource::Delay, 10), step(Resource::Link, 5), step(Resource::Delay, 1)];
    let mut apart = Batch { writes_together: true, ..shared(2, &exchange) };
    apart.requests.iter_mut().for_each(|request| request.bytes = Some(4_000));
    // Each response makes room for a stream: 15 + 1 ms, 26 + 5 + 1, with one 5 ms behind the other.
    assert_eq!(takes(&apart), 37);
    let secured = Batch { record: 16_384, ..apart };
    assert_eq!(takes(&secured), 2 * (10 + 10 + 1));
    // A record holds no more than one of them.
    assert_eq!(takes(&Batch { record: 4_000, ..secured }), 37);
}

#[test]
fn an_event_loop_looks_for_more_when_it_has_done_what_it_found() {
    // The response of the first request comes while the loop works for 50 ms; the writing of the third waits for
    // that work too, and was known before.
    let mut busy = Batch { workers: vec![Start::default(); 2], ..shared(100, &[]) };
    let exchange = |delay, work| vec![step(Resource::Delay, delay), step(Resource::Client, work)];
    busy.requests = [exchange(10, 50), exchange(20, 1), exchange(5, 1)]
        .map(|exchange| Request { exchange, ..Request::default() })
        .to_vec();
    // At 60 ms the first worker writes its next request before the loop sees the response of the second.
    assert_eq!(takes(&busy), 66);
}

#[test]
fn the_endpoint_does_one_thing_at_a_time() {
    let handshake = vec![step(Resource::Endpoint, 5), step(Resource::Delay, 10)];
    let cold = Batch { openings: vec![handshake], ..batch(4, 4, &[step(Resource::Delay, 10)]) };
    assert_eq!(takes(&cold), 40);
}

#[test]
fn connections_that_are_opened_for_others_take_the_clients_time() {
    let opening = vec![step(Resource::Client, 4), step(Resource::Delay, 20)];
    let exchange = [step(Resource::Delay, 10)];
    let mut cold = Batch { openings: vec![opening], ..batch(2, 2, &exchange) };
    assert_eq!(takes(&cold), 38);
    cold.connecting = Connecting::TakesFirst;
    // The second request takes the first connection when the first request has it no more, or its own.
    assert_eq!(takes(&cold), 38);
    assert_eq!(simulate(&cold).busy[Resource::Client], millis(8));
}

#[test]
fn cores_and_the_link_are_divided_among_all_that_use_them() {
    assert_eq!(takes(&batch(4, 4, &[step(Resource::Core, 10)])), 20);
    assert_eq!(takes(&batch(1, 1, &[step(Resource::Core, 10)])), 10);
    assert_eq!(takes(&batch(4, 4, &[step(Resource::Link, 10)])), 40);
}

#[test]
fn connections_take_turns_at_the_link() {
    // Whole transfers keep it busy from 5 ms on.
    let steps = [step(Resource::Delay, 5), step(Resource::Link, 10)];
    let whole = batch(4, 2, &steps);
    assert_eq!(takes(&whole), 45);
    // In turns of 1 ms the first two end at 24 and 25 ms, and the link is idle until 29.
    assert_eq!(takes(&Batch { piece: millis(1), ..whole }), 49);
}

#[test]
fn a_server_with_limited_room_makes_requests_wait() {
    let steps = [step(Resource::Delay, 5), step(Resource::Server, 10), step(Resource::Delay, 5)];
    assert_eq!(takes(&batch(4, 4, &steps)), 20);
    let limited = Batch { room: Some(1), ..batch(4, 4, &steps) };
    assert_eq!(takes(&limited), 50);
    assert_eq!(simulate(&limited).waited[Resource::Server], millis(10 + 20 + 30));
}

#[test]
fn a_worker_opens_its_connection_once_unless_a_request_opens_another() {
    let delay = [step(Resource::Delay, 10)];
    let opening = vec![step(Resource::Delay, 20)];
    let mut cold = Batch { openings: vec![opening], ..batch(4, 2, &delay) };
    assert_eq!(takes(&cold), 40);
    cold.requests[3].reopening = vec![Step::caused(Resource::Delay, millis(20), Charge::Overflow)];
    assert_eq!(takes(&cold), 60);
}

#[test]
fn the_clock_and_late_workers_hold_requests_back() {
    let delay = [step(Resource::Delay, 10)];
    let mut held = batch(2, 2, &delay);
    held.requests[1].not_before = Some(Start { at: millis(30), ..Start::default() });
    assert_eq!(takes(&held), 40);
    let mut late = batch(2, 2, &delay);
    late.workers[1] = Start { at: millis(3), late: millis(4), ..Start::default() };
    late.after = millis(1);
    assert_eq!(takes(&late), 18);
}

fn any_step() -> impl Strategy<Value = Step> {
    (0..Resource::ALL.len(), 0_u64..20)
        .prop_map(|(resource, length)| step(Resource::ALL[resource], length))
}

proptest! {
    #[test]
    fn a_batch_takes_no_less_than_its_longest_request_and_no_more_than_all_in_turn(
        steps in prop::collection::vec(prop::collection::vec(any_step(), 0..5), 1..12),
        workers in 1_usize..6,
        room in prop::option::of(1_usize..3),
    ) {
        let requests: Vec<Request> = steps
            .into_iter()
            .map(|exchange| Request { exchange, ..Request::default() })
            .collect();
        let lengths: Vec<u64> = requests
            .iter()
            .map(|request| request.steps().map(|step| step.length.as_nanos() / 1_000_000).sum())
            .collect();
        let batch = Batch {
            requests,
            workers: vec![Start::default(); workers],
            cores: 2,
            room,
            ..Batch::default()
        };
        let takes = takes(&batch);
        prop_assert!(lengths.iter().max().is_some_and(|longest| takes >= *longest));
        prop_assert!(takes <= lengths.iter().sum::<u64>() + 1);
    }
}
