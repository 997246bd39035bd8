//! Arbitrary columns and witnesses, for property tests.

use model::socket::{
    ClientThread, Lookup, SocketConnection, SocketRequest, SocketWitness, ThreadWait, Wait,
    WaitTimes,
};
use model::time::Span;
use model::trace::{Columns, Milestone};
use model::witness::{Closer, ConnectionRow, LinkEnd, LossRow, RequestRow, TlsAgreement, Witness};
use proptest::prelude::*;

use crate::sample::{connection_row, request_row};

/// Arbitrary columns of two requests.
pub fn any_columns() -> impl Strategy<Value = Columns> {
    let column = || prop::collection::vec(prop::option::of(0u64..60_000_000), 0..3);
    let milestones = prop::collection::vec(prop::option::of(column()), Milestone::COUNT);
    let connection = prop::option::of(prop::collection::vec(prop::option::of(0u64..3), 0..3));
    (milestones, connection.clone(), connection).prop_map(|(at, connection, worker)| {
        let mut columns = Columns { connection, worker, ..Columns::default() };
        for (milestone, column) in Milestone::ALL.into_iter().zip(at) {
            let column =
                column.map(|at| at.into_iter().map(|at| at.map(Span::from_nanos)).collect());
            columns.milestones[milestone] = column;
        }
        columns
    })
}

const CLOSERS: [Closer; 3] = [Closer::Client, Closer::Server, Closer::Reset];
const BODIES: [u64; 2] = [80, 100_000];

/// Arbitrary rows, which may repeat a request or contain one that was never made.
pub fn any_witness() -> impl Strategy<Value = Witness> {
    let at = || (0u64..60_000_000).prop_map(Span::from_nanos);
    let maybe = move || prop::option::of(at());
    let closed = (maybe(), prop::option::of(prop::sample::select(&CLOSERS[..])));
    let connection = (0u64..3, at(), maybe(), maybe(), maybe(), maybe(), closed).prop_map(
        |(id, accepted, first_byte_in, first_byte_hold, handshake_out, handshake_in, closed)| {
            let row = connection_row(id, false);
            ConnectionRow {
                accepted,
                first_byte_in,
                first_byte_hold,
                handshake_out,
                handshake_in,
                closed: closed.0,
                closed_by: closed.1,
                ..row
            }
        },
    );
    let answer = (prop::sample::select(&[200, 302, 429][..]), prop::sample::select(&BODIES[..]));
    let request = (0u64..3, 0u64..3, 1u64..4, at(), at(), maybe(), maybe(), answer).prop_map(
        |(connection, ordinal, path, last_byte_in, handled, first, last, (status, body_bytes))| {
            RequestRow {
                connection,
                ordinal,
                method: Some("GET".to_owned()),
                path: format!("/todos/{path}"),
                last_byte_in,
                handled,
                first_byte_out: first,
                last_byte_out: last,
                status,
                body_bytes,
                ..request_row()
            }
        },
    );
    let connections = prop::collection::vec(connection, 0..4);
    let requests = prop::collection::vec(request, 0..4);
    let end = prop::sample::select(&[LinkEnd::Client, LinkEnd::Server][..]);
    let loss = (0u64..3, end, at()).prop_map(|(connection, to, at)| LossRow { connection, to, at });
    let losses = prop::collection::vec(loss, 0..4);
    (connections, requests, losses).prop_map(|(connections, requests, losses)| Witness {
        connections,
        requests: requests.into(),
        losses,
        drained: true,
        totals: None,
    })
}

/// An arbitrary socket witness: requests of threads and connections that may not exist, and waits in
/// any order.
pub fn any_socket() -> impl Strategy<Value = SocketWitness> {
    let at = || (0u64..60_000_000).prop_map(Span::from_nanos);
    let maybe = move || prop::option::of(at());
    let wait = (prop::sample::select(&ThreadWait::ALL[..]), at(), at());
    let waits = prop::collection::vec(wait, 0..6);
    let thread = (0u32..2, prop::bool::ANY, at(), at(), maybe(), maybe(), waits).prop_map(
        |(process, main, began, ended, running, runnable, listed)| {
            let mut thread = ClientThread {
                process,
                main,
                began,
                ended,
                running,
                runnable,
                waited: WaitTimes::default(),
                ..ClientThread::default()
            };
            for (kind, from, to) in listed {
                thread.waited.add(kind, to.saturating_sub(from));
                thread.waits.push(Wait { kind, from, to });
            }
            thread
        },
    );
    (
        prop::collection::vec(any_lookup(), 0..4),
        prop::collection::vec(any_socket_connection(), 0..5),
        prop::collection::vec(any_socket_request(), 0..5),
        prop::collection::vec(thread, 0..4),
        prop::sample::select(&[0, 0, 0, 7][..]),
    )
        .prop_map(|(lookups, connections, requests, threads, dropped)| SocketWitness {
            lookups,
            connections,
            requests: requests.into(),
            threads,
            dropped,
            ..SocketWitness::default()
        })
}

fn any_socket_request() -> impl Strategy<Value = SocketRequest> {
    let at = || (0u64..60_000_000).prop_map(Span::from_nanos);
    let maybe = move || prop::option::of(at());
    let item = prop::option::of(0u32..3);
    let line = prop::option::of((
        prop::sample::select(&["GET", "HEAD"][..]),
        1u64..4,
        prop::sample::select(&[200, 302, 401, 429, 503][..]),
    ));
    (0u64..4, 0u64..3, 0u32..4, item, line, at(), at(), (maybe(), maybe())).prop_map(
        |(connection, ordinal, thread, item, line, writing, sent, (first_byte, last_byte))| {
            SocketRequest {
                connection,
                ordinal,
                thread,
                item,
                method: line.map(|(method, _, _)| method.to_owned()),
                path: line.map(|(_, path, _)| format!("/todos/{path}")),
                status: line.map(|(_, _, status)| status),
                writing,
                sent,
                first_byte,
                last_byte,
                ..SocketRequest::default()
            }
        },
    )
}

fn any_lookup() -> impl Strategy<Value = Lookup> {
    let at = || (0u64..60_000_000).prop_map(Span::from_nanos);
    let name = prop::sample::select(&["example.org", "127.0.0.1"][..]);
    (0u32..4, name, at(), at(), 0u32..3).prop_map(|(thread, name, began, ended, addresses)| {
        Lookup { thread, name: name.to_owned(), began, ended, addresses }
    })
}

fn any_socket_connection() -> impl Strategy<Value = SocketConnection> {
    let maybe = || prop::option::of((0u64..60_000_000).prop_map(Span::from_nanos));
    let peer = prop::sample::select(&["[::1]:40001", "127.0.0.1:40001", "nowhere"][..]);
    let closed_by = prop::option::of(prop::sample::select(&CLOSERS[..]));
    let times = (maybe(), maybe(), maybe(), maybe(), maybe(), maybe());
    (0u64..4, peer, times, closed_by).prop_map(|(id, peer, times, closed_by)| {
        let (connecting, connected, securing, secured, closed, round_trip) = times;
        let tls = securing.map(|_| TlsAgreement {
            version: "TLSv1.2".to_owned(),
            resumed: secured.is_none(),
            alpn: None,
        });
        SocketConnection {
            id,
            peer: peer.to_owned(),
            connecting,
            connected,
            securing,
            secured,
            tls,
            closed,
            closed_by,
            round_trip,
            ..SocketConnection::default()
        }
    })
}
