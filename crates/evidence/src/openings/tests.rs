use super::*;

fn ms(millis: u64) -> Span {
    Span::from_millis(millis)
}

fn lookup(thread: u32, began: u64, ended: u64) -> Lookup {
    Lookup {
        thread,
        name: "example.org".to_owned(),
        began: ms(began),
        ended: ms(ended),
        addresses: 2,
    }
}

fn connection(id: u64, peer: &str, connecting: u64, connected: Option<u64>) -> SocketConnection {
    SocketConnection {
        id,
        peer: format!("{peer}:443"),
        connecting: Some(ms(connecting)),
        connected: connected.map(ms),
        ..SocketConnection::default()
    }
}

/// The first request on a connection, written by a thread and done at this time.
fn request(connection: u64, thread: u32, done: u64) -> SocketRequest {
    SocketRequest { connection, thread, last_byte: Some(ms(done)), ..SocketRequest::default() }
}

/// When each row's lookup began, and when it began to connect.
fn found(sockets: &SocketWitness) -> Vec<Option<(Option<u64>, u64)>> {
    let millis = |at: Span| at.as_nanos() / 1_000_000;
    let summary = |opening: &Opening<'_>| {
        let lookup = opening.lookup.map(|lookup| millis(lookup.began));
        (lookup, millis(opening.connecting().expect("was opened")))
    };
    openings(sockets).iter().map(|opening| opening.as_ref().map(summary)).collect()
}

#[test]
fn a_thread_looks_a_name_up_for_its_own_next_connection() {
    let sockets = SocketWitness {
        lookups: vec![lookup(1, 0, 5), lookup(2, 1, 6), lookup(1, 30, 31)],
        connections: vec![
            connection(0, "a", 7, Some(8)),
            connection(1, "a", 8, Some(9)),
            connection(2, "a", 32, Some(33)),
            connection(3, "a", 50, Some(51)),
        ],
        requests: vec![request(0, 1, 20), request(1, 2, 60), request(2, 1, 40), request(3, 1, 70)]
            .into(),
        ..SocketWitness::default()
    };
    let expected = [(Some(0), 7), (Some(1), 8), (Some(30), 32), (None, 50)];
    assert_eq!(found(&sockets), expected.map(Some));
}

#[test]
fn connections_of_an_event_loop_wait_for_the_last_lookup_of_a_resolver() {
    let sockets = SocketWitness {
        lookups: vec![lookup(1, 0, 5)],
        connections: vec![
            connection(0, "a", 6, Some(7)),
            connection(1, "a", 6, Some(7)),
            connection(2, "a", 40, Some(41)),
        ],
        requests: vec![request(0, 0, 30), request(1, 0, 31), request(2, 0, 60)].into(),
        ..SocketWitness::default()
    };
    // The last connection uses a name that was known.
    assert_eq!(found(&sockets), [(Some(0), 6), (Some(0), 6), (None, 40)].map(Some));
}

#[test]
fn each_connection_takes_its_own_lookup_where_there_are_enough() {
    let sockets = SocketWitness {
        lookups: vec![lookup(1, 0, 5), lookup(2, 1, 9)],
        connections: vec![connection(0, "a", 6, Some(7)), connection(1, "a", 10, Some(11))],
        requests: vec![request(0, 0, 30), request(1, 0, 31)].into(),
        ..SocketWitness::default()
    };
    assert_eq!(found(&sockets), [(Some(0), 6), (Some(1), 10)].map(Some));
}

#[test]
fn connecting_begins_with_an_attempt_at_another_address_that_never_connected() {
    let sockets = SocketWitness {
        lookups: vec![lookup(0, 0, 5)],
        connections: vec![
            connection(0, "::1", 6, None),
            connection(1, "a", 256, Some(257)),
            connection(2, "b", 260, None),
            connection(3, "b", 300, Some(301)),
        ],
        requests: vec![request(1, 0, 290), request(3, 0, 400)].into(),
        ..SocketWitness::default()
    };
    // A second attempt at the same address is none of another address.
    assert_eq!(found(&sockets), [(Some(0), 6), (None, 300)].map(Some));
}

#[test]
fn an_address_is_not_looked_up() {
    let literal = Lookup { name: "127.0.0.1".to_owned(), ..lookup(0, 0, 5) };
    let sockets = SocketWitness {
        lookups: vec![literal],
        connections: vec![connection(0, "a", 6, Some(7))],
        requests: vec![request(0, 0, 30), SocketRequest { ordinal: 1, ..request(0, 0, 50) }].into(),
        ..SocketWitness::default()
    };
    assert_eq!(found(&sockets), [Some((None, 6)), None]);
}
