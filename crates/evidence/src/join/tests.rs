use super::*;
use crate::openings::openings;
use model::plan::Plan;
use model::socket::SocketConnection;
use model::witness::StreamRow;
use proptest::prelude::*;
use test_support::arbitrary::{any_columns, any_witness};
use test_support::sample::{connection_row, plan_for, request_row, stream_row};

/// The client's columns: the connection of each request, and when it was written.
fn columns(connections: &[u64], written: &[u64]) -> Columns {
    let connection = Some(connections.iter().copied().map(Some).collect());
    let written = written.iter().map(|&at| Some(Span::from_nanos(at))).collect();
    Columns { connection, ..Columns::default() }.with(Milestone::Writing, written)
}

fn witness(rows: &[(u64, u64, &str)]) -> Witness {
    let requests = rows
        .iter()
        .map(|&(connection, ordinal, path)| RequestRow {
            connection,
            ordinal,
            path: path.to_owned(),
            ..request_row()
        })
        .collect();
    let connections = vec![connection_row(7, false), connection_row(8, false)];
    Witness { connections, requests, drained: true, ..Witness::default() }
}

fn join_all<'a>(plan: &Plan, columns: &Columns, witness: &'a Witness) -> Vec<Joined<'a>> {
    let setting = ArmSetting::new(plan, &plan.arms[0]).expect("has a target");
    let mut joined = vec![Joined::default(); setting.paths.len()];
    join_endpoint(&setting, columns, witness, &mut joined);
    joined
}

fn joined(paths: &[&str], columns: &Columns, witness: &Witness) -> Vec<Option<(u64, u64)>> {
    let plan = plan_for(paths);
    let rows = join_all(&plan, columns, witness);
    rows.iter().map(|row| row.request.map(|row| (row.connection, row.ordinal))).collect()
}

#[test]
fn joins_a_unique_path_without_a_connection() {
    let witness = witness(&[(7, 0, "/b"), (6, 3, "/a")]);
    let plan = plan_for(&["/a", "/b", "/c"]);
    let rows = join_all(&plan, &Columns::default(), &witness);
    let found = |row: &Joined<'_>| row.request.map(|request| request.connection);
    assert_eq!(rows.iter().map(found).collect::<Vec<_>>(), [Some(6), Some(7), None]);
    // Connection 6 is older than the trial.
    assert_eq!(rows[0].connection, None);
    assert_eq!(rows[1].connection.map(|connection| connection.id), Some(7));
}

#[test]
fn joins_a_request_that_was_turned_away_with_the_one_made_in_its_place() {
    let mut witness = witness(&[(7, 0, "/a"), (7, 1, "/there"), (8, 0, "/b"), (8, 1, "/b")]);
    for (row, (at, status)) in
        witness.requests.iter_mut().zip([(0, 302), (5, 200), (1, 429), (9, 200)])
    {
        row.last_byte_in = Span::from_millis(at);
        row.status = status;
    }
    let found = joined(&["/a", "/b"], &Columns::default(), &witness);
    assert_eq!(found, [Some((7, 1)), Some((8, 1))]);
}

#[test]
fn joins_an_item_that_was_requested_again_with_the_last_request() {
    let mut again = witness(&[(7, 0, "/a"), (7, 1, "/a")]);
    again.requests[1].last_byte_in = Span::from_millis(20);
    assert_eq!(joined(&["/a"], &columns(&[0], &[1]), &again), [Some((7, 1))]);
}

#[test]
fn joins_equal_paths_by_connection_and_place() {
    let witness = witness(&[(8, 0, "/a"), (8, 1, "/a"), (7, 0, "/b"), (7, 1, "/a")]);
    // The path /b shows that the client's connection 3 is the witness's 7.
    let columns = columns(&[2, 3, 2, 3], &[20, 10, 10, 20]);
    assert_eq!(
        joined(&["/a", "/b", "/a", "/a"], &columns, &witness),
        [Some((8, 1)), Some((7, 0)), Some((8, 0)), Some((7, 1))]
    );
}

#[test]
fn streams_of_equal_paths_have_no_place_by_which_they_could_be_joined() {
    let mut streams = witness(&[(7, 0, "/a"), (7, 1, "/a")]);
    for (row, id) in streams.requests.iter_mut().zip([1, 3]) {
        row.stream = Some(stream_row(id));
    }
    assert_eq!(joined(&["/a", "/a"], &columns(&[0, 0], &[1, 2]), &streams), [None, None]);
}

#[test]
fn pairs_connections_without_a_unique_path_in_the_order_of_opening() {
    let witness = witness(&[(8, 0, "/a"), (7, 0, "/a")]);
    let columns = columns(&[5, 4], &[1, 2]);
    assert_eq!(joined(&["/a", "/a"], &columns, &witness), [Some((8, 0)), Some((7, 0))]);
}

#[test]
fn joins_nothing_if_the_counts_differ() {
    let more = witness(&[(7, 0, "/a"), (8, 0, "/a")]);
    assert_eq!(joined(&["/a", "/a"], &columns(&[0, 0], &[1, 2]), &more), [None, None]);
    // The client reports one of the two connections, and it may be either.
    let silent = Columns { connection: Some(vec![Some(0), None]), ..columns(&[], &[1, 2]) };
    assert_eq!(joined(&["/a", "/a"], &silent, &more), [None, None]);
}

/// The definition of the join by place, which looks at every row for every connection.
fn by_place_one_by_one(
    of_item: &mut [Option<usize>],
    pairs: &ConnectionPairs,
    columns: &Columns,
    last: &LastRows,
    traffic: &Traffic<'_>,
) {
    let found: Vec<usize> = of_item.iter().copied().flatten().collect();
    for (&ours, &theirs) in pairs {
        let is_ours = |&request: &usize| connection(columns, request) == Some(ours);
        let mut carried: Vec<usize> = (0..of_item.len()).filter(is_ours).collect();
        carried.sort_by_key(|&request| written(columns, request));
        let rows = 0..traffic.requests.len();
        let is_last = |row: &usize| last.items.contains_key(row);
        let is_theirs = |row: &usize| traffic.requests[*row].connection == theirs;
        let mut seen: Vec<usize> = rows.filter(is_last).filter(is_theirs).collect();
        seen.sort_by_key(|&row| traffic.requests[row].ordinal);
        if carried.len() == seen.len() {
            for (request, row) in carried.into_iter().zip(seen) {
                if of_item[request].is_none() && !found.contains(&row) {
                    of_item[request] = Some(row);
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn the_indexed_join_equals_the_join_row_by_row(
        columns in any_columns(),
        witness in any_witness(),
    ) {
        let plan = plan_for(&["/todos/1", "/todos/1"]);
        let setting = ArmSetting::new(&plan, &plan.arms[0]).expect("has a target");
        let traffic = Traffic::of_endpoint(&witness);
        let last = LastRows::new(&setting, &traffic, &detours(&traffic, &setting));
        let mut expected = last.by_item(&setting, &traffic);
        let mut indexed = expected.clone();
        let pairs = pair_connections(&expected, &columns, &traffic);
        by_place_one_by_one(&mut expected, &pairs, &columns, &last, &traffic);
        by_place(&mut indexed, &pairs, &columns, &traffic, &last);
        prop_assert_eq!(indexed, expected);
    }
}

/// A row of the socket witness: which item it can be, its method, path and status, and when it was
/// sent; the response took one millisecond.
fn socket_row(item: Option<u32>, line: Option<(&str, &str, u16)>, sent: u64) -> SocketRequest {
    let sent = Span::from_millis(sent);
    SocketRequest {
        item,
        method: line.map(|(method, _, _)| method.to_owned()),
        path: line.map(|(_, path, _)| path.to_owned()),
        status: line.map(|(_, _, status)| status),
        writing: sent,
        sent,
        first_byte: Some(sent + Span::from_millis(1)),
        last_byte: Some(sent + Span::from_millis(1)),
        ..SocketRequest::default()
    }
}

/// When the own request of each item was sent, in milliseconds, and the items of the detours.
fn joined_sockets(
    paths: &[&str],
    columns: &Columns,
    mut rows: Vec<SocketRequest>,
) -> (Vec<Option<u64>>, Vec<Option<usize>>) {
    for (ordinal, row) in (0..).zip(&mut rows) {
        row.ordinal = ordinal;
    }
    let plan = plan_for(paths);
    let setting = ArmSetting::new(&plan, &plan.arms[0]).expect("has a target");
    let sockets = SocketWitness { requests: rows.into(), ..SocketWitness::default() };
    let mut joined = vec![Joined::default(); paths.len()];
    let openings = openings(&sockets);
    let found = join_sockets(&setting, columns, &sockets, &openings, &mut joined);
    let sent = |joined: &Joined<'_>| Some(joined.socket?.sent.as_nanos() / 1_000_000);
    (joined.iter().map(sent).collect(), found.detours.iter().map(|detour| detour.item).collect())
}

/// When the requests of two streams were sent by their socket rows. Both use one connection, on which `open` streams are
/// open when the second one starts.
fn joined_streams(open: u64) -> Vec<Option<u64>> {
    let plan = plan_for(&["/a", "/b"]);
    let setting = ArmSetting::new(&plan, &plan.arms[0]).expect("has a target");
    let mut streams = witness(&[(7, 0, "/a"), (7, 1, "/b")]);
    for (row, (id, open)) in streams.requests.iter_mut().zip([(1, 1), (3, open)]) {
        row.stream = Some(StreamRow { open, ..stream_row(id) });
    }
    let mut rows = vec![socket_row(None, None, 4), socket_row(None, None, 9)];
    rows[1].ordinal = 1;
    let sockets = SocketWitness { requests: rows.into(), ..SocketWitness::default() };
    let columns = columns(&[0, 0], &[1, 2]);
    let mut joined = vec![Joined::default(); 2];
    join_endpoint(&setting, &columns, &streams, &mut joined);
    join_sockets(&setting, &columns, &sockets, &openings(&sockets), &mut joined);
    joined.iter().map(|joined| Some(joined.socket?.sent.as_nanos() / 1_000_000)).collect()
}

#[test]
fn calls_show_the_request_of_a_stream_only_where_streams_come_in_turn() {
    assert_eq!(joined_streams(1), [Some(4), Some(9)]);
    assert_eq!(joined_streams(2), [None, None]);
}

#[test]
fn a_head_a_refusal_and_a_redirect_belong_to_the_item_whose_response_follows() {
    let silent = Columns::default();
    let rows = vec![
        socket_row(None, Some(("HEAD", "/a", 200)), 0),
        socket_row(Some(0), Some(("GET", "/a", 401)), 10),
        socket_row(Some(0), Some(("GET", "/a", 302)), 20),
        socket_row(None, Some(("GET", "/there", 200)), 30),
        socket_row(Some(1), Some(("GET", "/b", 503)), 40),
        socket_row(Some(1), Some(("GET", "/b", 200)), 50),
    ];
    let (own, detours) = joined_sockets(&["/a", "/b"], &silent, rows);
    assert_eq!(own, [Some(30), Some(50)]);
    assert_eq!(detours, [Some(0), Some(0), Some(0), Some(1)]);
}

#[test]
fn a_further_request_that_was_given_up_leaves_the_item_with_the_one_before() {
    let get = |sent| socket_row(Some(0), Some(("GET", "/a", 200)), sent);
    let given_up = SocketRequest { last_byte: None, first_byte: None, status: None, ..get(10) };
    let own = |rows| joined_sockets(&["/a"], &Columns::default(), rows).0;
    assert_eq!(own(vec![get(0), given_up.clone()]), [Some(0)]);
    assert_eq!(own(vec![given_up, get(20)]), [Some(20)]);
    assert_eq!(own(vec![get(0), get(10)]), [Some(10)]);
}

#[test]
fn equal_items_are_joined_with_the_last_request_of_each_series() {
    let silent = Columns::default();
    let rows = vec![
        socket_row(None, Some(("GET", "/a", 401)), 0),
        socket_row(None, Some(("GET", "/a", 200)), 10),
        socket_row(None, Some(("HEAD", "/a", 200)), 20),
        socket_row(None, Some(("GET", "/a", 200)), 30),
    ];
    let (own, detours) = joined_sockets(&["/a", "/a"], &silent, rows);
    assert_eq!((own, detours), (vec![Some(10), Some(30)], vec![Some(0), Some(1)]));
}

#[test]
fn encrypted_requests_of_a_silent_client_are_joined_in_order_if_the_counts_agree() {
    let silent = Columns::default();
    let encrypted = |sent| socket_row(None, None, sent);
    let own = |rows| joined_sockets(&["/a", "/b"], &silent, rows).0;
    assert_eq!(own(vec![encrypted(5), encrypted(3)]), [Some(3), Some(5)]);
    assert_eq!(own(vec![encrypted(5), encrypted(3), encrypted(9)]), [None, None]);
}

#[test]
fn encrypted_requests_are_joined_in_the_order_of_the_clients_report() {
    let encrypted = |sent| socket_row(None, None, sent);
    let sent = |at: [u64; 2]| at.map(|at| Some(Span::from_millis(at))).to_vec();
    let reported = Columns::default().with(Milestone::Sent, sent([5, 3]));
    let rows = || vec![encrypted(3), encrypted(5)];
    assert_eq!(joined_sockets(&["/a", "/b"], &reported, rows()).0, [Some(5), Some(3)]);
    // The starts alone do not give the order of sending.
    let started = Columns::default().with(Milestone::Started, sent([0, 0]));
    assert_eq!(joined_sockets(&["/a", "/b"], &started, rows()).0, [None, None]);
}

#[test]
fn both_witnesses_give_an_item_the_same_request() {
    let plan = plan_for(&["/a", "/b"]);
    let setting = ArmSetting::new(&plan, &plan.arms[0]).expect("has a target");
    let mut witness = witness(&[(7, 0, "/b"), (8, 0, "/a")]);
    witness.requests[1].last_byte_in = Span::from_millis(20);
    let rows = vec![socket_row(None, None, 19), socket_row(None, None, 0)];
    let opened = SocketConnection { connecting: Some(Span::ZERO), ..SocketConnection::default() };
    let opened = SocketConnection { connected: Some(Span::ZERO), ..opened };
    let sockets = SocketWitness {
        requests: rows.into(),
        connections: vec![opened],
        ..SocketWitness::default()
    };
    let mut joined = vec![Joined::default(); 2];
    let silent = Columns::default();
    join_endpoint(&setting, &silent, &witness, &mut joined);
    join_sockets(&setting, &silent, &sockets, &openings(&sockets), &mut joined);
    let sent = joined.iter().map(|joined| joined.socket.map(|row| row.sent));
    let expected = [19, 0].map(|at| Some(Span::from_millis(at)));
    assert_eq!(sent.collect::<Vec<_>>(), expected);
}
