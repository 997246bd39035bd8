//! What is charged where only the system calls of the client show its requests.

use model::phase::Phase;
use model::socket::{Lookup, SocketConnection, SocketRequest, SocketWitness};
use model::witness::TlsAgreement;

use super::*;

/// A request on a connection, from its first byte to the last of its response.
fn request(item: u32, connection: u64, ordinal: u64, times: [u64; 3]) -> SocketRequest {
    let [sent, first_byte, last_byte] = times.map(ms);
    SocketRequest {
        connection,
        ordinal,
        item: Some(item),
        status: Some(200),
        writing: sent,
        sent,
        first_byte: Some(first_byte),
        last_byte: Some(last_byte),
        bytes_in: 300,
        ..SocketRequest::default()
    }
}

fn connection(id: u64, connecting: u64, connected: u64) -> SocketConnection {
    SocketConnection {
        id,
        peer: "192.0.2.1:443".to_owned(),
        connecting: Some(ms(connecting)),
        connected: Some(ms(connected)),
        ..SocketConnection::default()
    }
}

/// The charges of a silent client's batch that took `length` ms.
fn charges_of(
    length: u64,
    connections: Vec<SocketConnection>,
    requests: Vec<SocketRequest>,
) -> Vec<(Charge, u64)> {
    let size = u32::try_from(requests.len()).expect("is small");
    let mut sample = batch(size, length, Columns::default(), Witness::default());
    sample.last_trial().witness = None;
    let sockets =
        SocketWitness { connections, requests: requests.into(), ..SocketWitness::default() };
    sample.last_trial().socket = Some(Box::new(sockets));
    charges(&sample.without_witness().end(StopReason::Blocks))
}

#[test]
fn a_handshake_has_the_round_trip_of_its_connection() {
    let mut opened = connection(0, 2, 12);
    (opened.securing, opened.secured) = (Some(ms(15)), Some(ms(28)));
    let rows = || vec![request(0, 0, 0, [28, 40, 40])];
    let expected = [
        (Charge::Exchange, 12),
        (Charge::Setup, 20),
        (Charge::Preparation, 3),
        (Charge::Handshake, 3),
        (Charge::Start, 2),
        (Charge::Client, 1),
    ];
    assert_eq!(charges_of(41, vec![opened.clone()], rows()), expected);
    // A busy client noticed late that the connection was open.
    opened.round_trip = Some(ms(4));
    assert!(charges_of(41, vec![opened.clone()], rows()).contains(&(Charge::Handshake, 9)));
    // TLS 1.2 takes two round trips.
    let version = "TLSv1.2".to_owned();
    opened.tls = Some(TlsAgreement { version, resumed: false, alpn: None });
    assert!(charges_of(41, vec![opened], rows()).contains(&(Charge::Handshake, 5)));
}

#[test]
fn an_attempt_that_never_connected_is_no_round_trip_of_the_handshake() {
    let mut dead = connection(0, 1, 0);
    (dead.peer, dead.connected) = ("[2001:db8::1]:443".to_owned(), None);
    let mut opened = connection(1, 251, 261);
    (opened.securing, opened.secured) = (Some(ms(261)), Some(ms(281)));
    let found = charges_of(300, vec![dead, opened], vec![request(0, 1, 0, [281, 300, 300])]);
    assert!(found.contains(&(Charge::DeadAddress, 250)), "{found:?}");
    // One round trip of 10 ms for TCP, and one for TLS.
    assert!(found.contains(&(Charge::Setup, 20)), "{found:?}");
    assert!(found.contains(&(Charge::Handshake, 10)), "{found:?}");
}

#[test]
fn a_connection_that_the_server_closed_is_charged_to_it_on_any_server() {
    let reopened = |closed_by| {
        let mut first = connection(0, 0, 5);
        (first.closed, first.closed_by) = (Some(ms(20)), Some(closed_by));
        let rows = vec![request(0, 0, 0, [5, 15, 15]), request(1, 1, 0, [30, 40, 40])];
        charges_of(40, vec![first, connection(1, 25, 30)], rows)
    };
    let expected = [
        (Charge::Exchange, 10),
        (Charge::Turns, 10),
        (Charge::Setup, 5),
        (Charge::ClosedByServer, 5),
        (Charge::Client, 10),
    ];
    assert_eq!(reopened(Closer::Server), expected);
    assert!(!reopened(Closer::Client).iter().any(|(charge, _)| *charge == Charge::ClosedByServer));
}

#[test]
fn a_delayed_acknowledgement_is_one_pause_between_two_reads() {
    let delayed = |pause: Option<u64>| {
        let row = SocketRequest { read_pause: pause.map(ms), ..request(0, 0, 1, [1, 5, 46]) };
        charges_of(46, vec![], vec![row])
    };
    let expected = [(Charge::Exchange, 4), (Charge::Start, 1), (Charge::DelayedAck, 41)];
    assert_eq!(delayed(Some(41)), expected);
    // A body that comes in many pieces is slow by itself.
    let slow = [(Charge::Exchange, 4), (Charge::Start, 1), (Charge::SlowBody, 41)];
    assert_eq!(delayed(Some(8)), slow);
}

#[test]
fn a_delayed_acknowledgement_is_in_nearly_all_responses_with_a_pause() {
    let row = |item: u32, from: u64, pause: u64| SocketRequest {
        read_pause: Some(ms(pause)),
        ..request(item, 0, u64::from(item), [from, from + 1, from + 1 + pause])
    };
    let delay_of = |pauses: [u64; 3]| {
        let rows = (0..3).zip([1, 101, 201]).zip(pauses);
        let rows = rows.map(|((item, from), pause)| row(item, from, pause)).collect();
        let found = charges_of(300, vec![], rows);
        found.into_iter().find(|(charge, _)| *charge == Charge::DelayedAck)
    };
    assert_eq!(delay_of([41, 43, 40]), Some((Charge::DelayedAck, 124)));
    assert_eq!(delay_of([41, 62, 90]), None);
}

#[test]
fn a_request_of_which_the_kernel_kept_a_part_back_is_charged_to_the_client() {
    let held = |held, first_byte| {
        let row = SocketRequest { held, ..request(0, 0, 1, [1, first_byte, first_byte]) };
        charges_of(first_byte, vec![], vec![row])
    };
    let split = [(Charge::Exchange, 8), (Charge::Start, 1), (Charge::SplitRequest, 40)];
    assert_eq!(held(true, 49), split);
    assert_eq!(held(false, 49), [(Charge::Exchange, 48), (Charge::Start, 1)]);
    let row = SocketRequest { held: true, released: Some(ms(9)), ..request(0, 0, 1, [1, 80, 80]) };
    let at_work = [(Charge::Exchange, 71), (Charge::Start, 1), (Charge::SplitRequest, 8)];
    assert_eq!(charges_of(80, vec![], vec![row]), at_work);
    // The acknowledgement came at once.
    assert_eq!(held(true, 11), [(Charge::Start, 1), (Charge::SplitRequest, 10)]);
}

#[test]
fn a_wait_for_leave_to_send_a_body_is_charged_to_the_pause_before_it() {
    let mut row = request(0, 0, 1, [1, 1010, 1010]);
    (row.sent, row.writes, row.write_pause, row.asks_leave) = (ms(1001), 2, Some(ms(1000)), true);
    let expected = [(Charge::Exchange, 9), (Charge::Start, 1), (Charge::Continue, 1000)];
    assert_eq!(charges_of(1010, vec![], vec![row]), expected);
}

/// Four hosts in turn, two rounds, by a client that keeps connections to three: from the fourth request
/// on it closes the oldest one before it opens another.
fn four_hosts(closed_by: Closer) -> (Vec<SocketConnection>, Vec<SocketRequest>) {
    let connection = |at: u64| SocketConnection {
        peer: format!("192.0.2.{}:443", at % 4),
        closed: (at < 5).then(|| ms(10 * (at + 3))),
        closed_by: (at < 5).then_some(closed_by),
        ..connection(at, 10 * at, 10 * at + 5)
    };
    let row = |at: u64| request(at as u32, at, 0, [10 * at + 5, 10 * at + 9, 10 * at + 9]);
    ((0..8).map(connection).collect(), (0..8).map(row).collect())
}

#[test]
fn a_client_that_closes_one_host_for_another_keeps_too_few_pools() {
    let charged = |closed_by| {
        let (connections, requests) = four_hosts(closed_by);
        charges_of(80, connections, requests)
    };
    // What was opened after the first connection was closed.
    assert!(
        charged(Closer::Client).contains(&(Charge::Pools, 25)),
        "{:?}",
        charged(Closer::Client)
    );
    assert!(charged(Closer::Server).contains(&(Charge::ClosedByServer, 25)));
}

#[test]
fn a_new_session_for_each_request_closes_no_host_for_another() {
    let (mut connections, requests) = four_hosts(Closer::Client);
    for (at, row) in (0..).zip(&mut connections) {
        row.closed = Some(ms(10 * at + 9));
    }
    let found = charges_of(80, connections, requests);
    assert!(!found.iter().any(|(charge, _)| *charge == Charge::Pools), "{found:?}");
}

#[test]
fn a_lookup_that_waited_for_a_thread_is_charged_to_lookups_from_the_first_one_on() {
    let lookup = |thread, began, ended| Lookup {
        thread,
        name: format!("{began}.example"),
        began: ms(began),
        ended: ms(ended),
        addresses: 1,
    };
    let charged = |second: u64| {
        let mut sample = batch(2, second + 65, Columns::default(), Witness::default());
        let sockets = SocketWitness {
            lookups: vec![lookup(7, 2, 60), lookup(7, second, second + 58)],
            connections: vec![connection(0, 60, 61), connection(1, second + 58, second + 59)],
            requests: vec![
                request(0, 0, 0, [61, 65, 65]),
                request(1, 1, 0, [second + 59, second + 65, second + 65]),
            ]
            .into(),
            ..SocketWitness::default()
        };
        sample.last_trial().socket = Some(Box::new(sockets));
        charges(&sample.without_witness().end(StopReason::Blocks))
    };
    assert!(charged(60).contains(&(Charge::Lookup, 116)), "{:?}", charged(60));
    // A thread that was idle in between.
    assert!(charged(90).contains(&(Charge::Client, 25)), "{:?}", charged(90));
}

#[test]
fn a_large_body_on_the_loopback_is_slow_by_its_server() {
    let charged = |peer: &str| {
        let carrier = SocketConnection { peer: peer.to_owned(), ..connection(0, 0, 1) };
        let row = SocketRequest { bytes_in: 200_000, ..request(0, 0, 0, [1, 5, 105]) };
        charges_of(105, vec![carrier], vec![row])
    };
    let [exchange, setup] = [(Charge::Exchange, 4), (Charge::Setup, 1)];
    assert_eq!(charged("127.0.0.1:80"), [exchange, setup, (Charge::SlowBody, 100)]);
    assert_eq!(charged("[::1]:80"), [exchange, setup, (Charge::SlowBody, 100)]);
    assert_eq!(charged("192.0.2.1:80"), [exchange, setup, (Charge::Bytes, 100)]);
}

#[test]
fn an_extra_request_of_a_silent_client_is_charged_to_its_item() {
    let mut head = request(0, 0, 0, [6, 15, 15]);
    (head.item, head.method, head.path) =
        (None, Some("HEAD".to_owned()), Some("/todos/1".to_owned()));
    let mut get = request(0, 0, 1, [16, 25, 25]);
    (get.method, get.path) = (Some("GET".to_owned()), head.path.clone());
    let mut sample = batch(1, 25, Columns::default(), Witness::default());
    let sockets = SocketWitness {
        connections: vec![connection(0, 1, 6)],
        requests: vec![head, get].into(),
        ..SocketWitness::default()
    };
    sample.last_trial().socket = Some(Box::new(sockets));
    let recording = sample.without_witness().end(StopReason::Blocks);
    let plan = recording.plan.as_ref().expect("has a plan");
    let evidence = Evidence::new(plan, &recording.trials);
    let examined = &evidence.arms[ArmIndex(0)].successes[0];
    assert_eq!(examined.detours.iter().map(|detour| detour.item).collect::<Vec<_>>(), [Some(0)]);
    // The client waited for both responses, 9 ms each.
    assert_eq!(examined.path_times().phases[Phase::Wait], ms(18));
    let expected =
        [(Charge::Exchange, 9), (Charge::Setup, 5), (Charge::Start, 1), (Charge::ExtraRequest, 10)];
    assert_eq!(charges(&recording), expected);
}
