mod sockets;
mod streams;
mod threads;

use super::*;
use crate::Evidence;
use model::index::ArmIndex;
use model::recording::{Recording, StopReason};
use model::trace::{Columns, Milestone};
use model::witness::{Closer, ConnectionRow, RequestRow, StreamRow, Witness};
use proptest::prelude::*;
use test_support::arbitrary::{any_columns, any_socket, any_witness};
use test_support::sample::{Sample, connection_row, request_row};

fn ms(millis: u64) -> Span {
    Span::from_millis(millis)
}

/// The account of the only trial of the first arm, without empty charges.
fn charges(recording: &Recording) -> Vec<(Charge, u64)> {
    let plan = recording.plan.as_ref().expect("has a plan");
    let evidence = Evidence::new(plan, &recording.trials);
    let examined = &evidence.arms[ArmIndex(0)].successes[0];
    let account = examined.account.expect("something was observed");
    let charged =
        Charge::ALL.map(|charge| (charge, account.charged_to(charge).as_nanos() / 1_000_000));
    charged.into_iter().filter(|&(_, millis)| millis > 0).collect()
}

/// A batch that took `length` ms, with the reports of the client and the endpoint.
fn batch(requests: u32, length: u64, columns: Columns, witness: Witness) -> Sample {
    let mut sample = Sample::new(&[("a/x", requests)]);
    sample.block(&[(&format!("a/x@{requests}"), length)]);
    sample.last_run().columns = columns;
    sample.last_trial().witness = Some(witness);
    sample
}

fn columns(milestones: &[(Milestone, &[u64])]) -> Columns {
    let mut columns = Columns::default();
    for &(milestone, at) in milestones {
        columns.milestones[milestone] = Some(at.iter().map(|&at| Some(ms(at))).collect());
    }
    columns
}

/// A request that arrived at `arrived` and was answered at `answered`.
fn row(number: u64, place: (u64, u64), arrived: u64, answered: u64) -> RequestRow {
    RequestRow {
        connection: place.0,
        ordinal: place.1,
        path: format!("/todos/{number}"),
        last_byte_in: ms(arrived),
        handled: ms(arrived),
        first_byte_out: Some(ms(answered)),
        last_byte_out: Some(ms(answered)),
        ..request_row()
    }
}

fn witness(connections: Vec<ConnectionRow>, requests: Vec<RequestRow>) -> Witness {
    Witness { connections, requests: requests.into(), drained: true, ..Witness::default() }
}

/// A connection without TLS that was accepted at `accepted`.
fn plain(id: u64, accepted: u64) -> ConnectionRow {
    let accepted = ms(accepted);
    ConnectionRow {
        accepted,
        first_byte_in: Some(accepted),
        tls: None,
        ..connection_row(id, false)
    }
}

#[test]
fn charges_the_first_exchange_and_further_ones_separately() {
    let columns = columns(&[
        (Milestone::Started, &[2, 20]),
        (Milestone::Sent, &[5, 21]),
        (Milestone::Done, &[20, 33]),
    ]);
    let rows = vec![row(1, (0, 0), 5, 20), row(2, (0, 1), 21, 33)];
    let recording = batch(2, 35, columns, witness(vec![], rows)).end(StopReason::Blocks);
    // Before the first request and after the last only the client works.
    let expected =
        [(Charge::Exchange, 18), (Charge::Turns, 13), (Charge::Start, 2), (Charge::Client, 2)];
    assert_eq!(charges(&recording), expected);
}

#[test]
fn charges_a_request_that_waited_for_a_worker_to_waves() {
    let columns = columns(&[
        (Milestone::Submitted, &[0, 0, 0, 0]),
        (Milestone::Started, &[0, 0, 20, 21]),
        (Milestone::Sent, &[1, 1, 21, 21]),
        (Milestone::Done, &[20, 21, 40, 41]),
    ]);
    let columns = Columns { worker: Some([0, 1, 0, 1].map(Some).to_vec()), ..columns };
    let recording = batch(4, 41, columns, Witness::default()).end(StopReason::Blocks);
    assert_eq!(charges(&recording), [(Charge::Exchange, 21), (Charge::Waves, 20)]);
}

#[test]
fn charges_the_time_before_a_silent_client_connects_to_the_client() {
    let rows = vec![row(1, (0, 0), 30, 41)];
    let recording = batch(1, 41, Columns::default(), witness(vec![plain(0, 30)], rows));
    let recording = recording.end(StopReason::Blocks);
    assert_eq!(charges(&recording), [(Charge::Exchange, 11), (Charge::Start, 30)]);
}

#[test]
fn charges_a_wait_at_the_server_to_its_queue() {
    let mut held_up = row(1, (0, 0), 0, 31);
    held_up.handled = ms(20);
    let recording = batch(1, 31, Columns::default(), witness(vec![], vec![held_up]));
    let recording = recording.end(StopReason::Blocks);
    assert_eq!(charges(&recording), [(Charge::Exchange, 11), (Charge::ServerQueue, 20)]);
}

#[test]
fn a_first_byte_that_comes_late_waits_for_bytes_of_others_only_behind_a_bottleneck() {
    let charged = |link: &str| {
        let held = RequestRow { body_bytes: 4000, hold_out: Some(ms(14)), ..row(1, (0, 0), 0, 31) };
        let recording = batch(1, 31, Columns::default(), witness(vec![], vec![held]));
        let recording = recording.over(link.parse().expect("a link")).end(StopReason::Blocks);
        charges(&recording)
    };
    assert_eq!(charged("rtt=12ms,bandwidth=10Mbit"), [(Charge::Exchange, 23), (Charge::Bytes, 8)]);
    assert_eq!(charged("rtt=12ms"), [(Charge::Exchange, 31)]);
}

/// Six requests that were sent one millisecond after another to a foreign server, answered at these
/// times, with bodies that took `receiving` ms, by a client that computed for `computing` ms.
fn elsewhere(answered: [u64; 6], receiving: u64, computing: u64) -> Vec<(Charge, u64)> {
    let done: Vec<u64> = answered.iter().map(|at| at + receiving).collect();
    let columns = columns(&[
        (Milestone::Started, &[0; 6]),
        (Milestone::Sent, &[0, 1, 2, 3, 4, 5]),
        (Milestone::FirstByte, &answered),
        (Milestone::Done, &done),
    ]);
    let length = *done.iter().max().expect("there are six");
    let mut sample = batch(6, length, columns, Witness::default());
    sample.last_trial().witness = None;
    sample.last_run().usage.user = Some(ms(computing));
    sample.last_run().usage.system = Some(Span::ZERO);
    charges(&sample.end(StopReason::Blocks))
}

#[test]
fn waits_that_grow_in_the_order_of_sending_are_a_queue() {
    let two_at_a_time = [20, 20, 40, 40, 60, 60];
    let expected = [(Charge::Exchange, 25), (Charge::ServerQueue, 35)];
    assert_eq!(elsewhere(two_at_a_time, 0, 5), expected);
    let is_queued = |charges: Vec<(Charge, u64)>| {
        charges.iter().any(|&(charge, _)| charge == Charge::ServerQueue)
    };
    assert!(!is_queued(elsewhere([60, 20, 40, 60, 20, 40], 0, 5)), "in no order");
    assert!(!is_queued(elsewhere([60, 60, 40, 40, 20, 20], 0, 5)), "the last came first");
    assert!(!is_queued(elsewhere(two_at_a_time, 3, 5)), "bodies took long");
    assert!(!is_queued(elsewhere(two_at_a_time, 0, 50)), "the client had no time");
}

#[test]
fn a_request_far_slower_than_the_others_is_a_straggler() {
    let at_once = [0; 5];
    let columns = columns(&[
        (Milestone::Started, &at_once),
        (Milestone::Sent, &at_once),
        (Milestone::FirstByte, &[11, 12, 13, 11, 62]),
        (Milestone::Done, &[11, 12, 13, 11, 62]),
    ]);
    let recording = batch(5, 62, columns, Witness::default()).end(StopReason::Blocks);
    assert_eq!(charges(&recording), [(Charge::Exchange, 12), (Charge::Straggle, 50)]);
}

#[test]
fn an_end_40_ms_after_the_beginning_is_a_delayed_acknowledgement() {
    let columns = columns(&[
        (Milestone::Started, &[0]),
        (Milestone::Sent, &[0]),
        (Milestone::FirstByte, &[11]),
        (Milestone::Done, &[52]),
    ]);
    let rows = vec![row(1, (0, 0), 0, 11)];
    let recording = batch(1, 52, columns, witness(vec![], rows)).end(StopReason::Blocks);
    assert_eq!(charges(&recording), [(Charge::Exchange, 11), (Charge::DelayedAck, 41)]);
}

#[test]
fn charges_redirects_and_refusals_until_the_request_is_made_again() {
    let mut redirected = row(1, (0, 0), 0, 5);
    redirected.status = 302;
    let mut elsewhere = row(1, (0, 1), 11, 20);
    elsewhere.path = "/there/1".to_owned();
    let mut refused = row(2, (0, 2), 20, 25);
    refused.status = 429;
    let again = row(2, (0, 3), 60, 70);
    let columns = columns(&[
        (Milestone::Started, &[0, 20]),
        (Milestone::Sent, &[0, 20]),
        (Milestone::Done, &[20, 70]),
    ]);
    let rows = vec![redirected, elsewhere, refused, again];
    let recording = batch(2, 70, columns, witness(vec![], rows)).end(StopReason::Blocks);
    let expected = [
        (Charge::Exchange, 9),
        (Charge::Turns, 10),
        (Charge::Throttle, 40),
        (Charge::Redirect, 11),
    ];
    assert_eq!(charges(&recording), expected);
}

#[test]
fn charges_another_request_for_the_same_item_from_its_arrival_on() {
    let half = ms(5);
    let mut head = row(1, (0, 0), 0, 15);
    // The endpoint holds it until the connection is open, one round trip later.
    (head.method, head.hold_in) = (Some("HEAD".to_owned()), ms(15));
    let mut get = row(1, (0, 1), 20, 25);
    get.hold_in = half;
    let columns = columns(&[(Milestone::Started, &[0]), (Milestone::Done, &[30])]);
    let mut sample = batch(1, 30, columns, witness(vec![], vec![head, get]));
    sample.plan().targets[0].link.as_mut().expect("is embedded").rtt = ms(10);
    let charges = charges(&sample.end(StopReason::Blocks));
    assert!(charges.contains(&(Charge::ExtraRequest, 10)), "{charges:?}");
}

#[test]
fn charges_a_reopened_connection_to_the_side_that_closed_one() {
    let reopened = |closed_by| {
        let mut first = plain(0, 0);
        first.closed = Some(ms(11));
        first.closed_by = Some(closed_by);
        let mut second = plain(1, 12);
        second.first_byte_hold = Some(ms(16));
        let rows = vec![row(1, (0, 0), 0, 11), row(2, (1, 0), 12, 39)];
        let columns = columns(&[
            (Milestone::Started, &[0, 11]),
            (Milestone::Connecting, &[0, 11]),
            (Milestone::Connected, &[0, 12]),
            (Milestone::Writing, &[0, 12]),
            (Milestone::Sent, &[0, 12]),
            (Milestone::Done, &[11, 39]),
        ]);
        charges(&batch(2, 39, columns, witness(vec![first, second], rows)).end(StopReason::Blocks))
    };
    let by_server = [(Charge::Exchange, 11), (Charge::Turns, 16), (Charge::ClosedByServer, 11)];
    assert_eq!(reopened(Closer::Server), by_server);
    // A client that opens a connection for each request in turn does not keep any.
    let by_client = [(Charge::Exchange, 11), (Charge::Turns, 16), (Charge::Setup, 11)];
    assert_eq!(reopened(Closer::Client), by_client);
}

proptest! {
    #[test]
    fn the_charges_sum_to_the_batch(
        nanos in 0u64..50_000_000,
        columns in any_columns(),
        witness in prop::option::of(any_witness()),
        socket in prop::option::of(any_socket()),
    ) {
        let mut sample = Sample::new(&[("a/x", 2)]);
        sample.block(&[("a/x@2", 0)]);
        let run = sample.last_run();
        run.finished = run.started + Span::from_nanos(nanos);
        run.columns = columns;
        sample.last_trial().witness = witness;
        sample.last_trial().socket = socket.map(Box::new);
        let recording = sample.end(StopReason::Blocks);
        let plan = recording.plan.as_ref().expect("has a plan");
        let evidence = Evidence::new(plan, &recording.trials);
        if let Some(account) = evidence.arms[ArmIndex(0)].successes[0].account {
            let sum: Span = Charge::ALL.map(|charge| account.charged_to(charge)).into_iter().sum();
            prop_assert_eq!(sum, Span::from_nanos(nanos));
        }
    }
}
