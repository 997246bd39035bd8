use std::collections::{BTreeMap, HashMap};

use model::socket::{SocketWitness, ThreadWait};
use model::time::{Moment, Span};
use proptest::prelude::*;

use super::*;
use crate::connection::Window;
use crate::event::Closing;
use crate::event::{Bytes, Record, RequestHead, ResponseHead, events};
use crate::ring::{ROW_BYTES, RawRow};
use crate::threads::{Scheduled, ScheduledTimes};

const THREAD: ThreadKey = ThreadKey { process: 1, thread: 1 };

fn at(micros: u64) -> Moment {
    Moment::from_nanos(1000 * micros)
}

/// A call of the thread on a connection between two moments, in microseconds.
fn event((begin, end): (u64, u64), connection: u32, call: Call) -> Event {
    Event { begin: at(begin), end: at(end), thread: THREAD, connection, call }
}

fn records(content: u8) -> Bytes {
    let records = Some(vec![Record { content, length: 100 }]);
    Bytes { count: 105, records, ..Bytes::default() }
}

fn handshake(ssl: u64) -> Call {
    Call::Handshake { ssl, done: true, version: 0x0304, resumed: false }
}

fn request(ssl: u64, path: &str) -> Call {
    let head = RequestHead {
        method: "GET".into(),
        path: path.into(),
        hash: 0,
        asks_close: false,
        asks_leave: false,
    };
    Call::SslOut { ssl, head: Some(head) }
}

fn observe(events: Vec<Event>, scheduled: &ScheduledTimes) -> SocketWitness {
    let none = ScheduledTimes::new();
    observe_in(events, ScheduledIn { before: &none, after: scheduled, batch: None })
}

fn observe_in(mut events: Vec<Event>, scheduled: ScheduledIn<'_>) -> SocketWitness {
    events.sort_by_key(Event::moment);
    let mut observer = Observer::default();
    observer.observe(events);
    let around = Surroundings {
        present: BTreeMap::new(),
        scheduled,
        dropped: 0,
        batch: &[],
        items: &HashMap::new(),
    };
    observer.collect(Window { from: at(0), to: at(1000) }, &around)
}

/// curl opens several connections in one thread, and OpenSSL does not know their descriptors.
/// OpenSSL has one of its own functions load the file.
#[test]
fn certificates_that_are_loaded_inside_another_call_are_loaded_once() {
    let load = |from, to| event((from, to), 0, Call::Certificates);
    let loads = [load(100, 500), load(90, 510), load(600, 610), load(700, 900)];
    let seen = observe(loads.to_vec(), &ScheduledTimes::new());
    let micros = |nanos: Span| nanos.as_nanos() / 1000;
    let found = seen.threads[0].certificates.iter().map(|it| [micros(it.from), micros(it.to)]);
    assert_eq!(found.collect::<Vec<_>>(), [[90, 510], [700, 900]], "{seen:#?}");
}

#[test]
fn joins_an_object_with_the_connection_that_is_used_inside_its_call() {
    let opening = |number: u32, from: u64| {
        let ssl = u64::from(number);
        [
            event(
                (from, from + 1),
                number,
                Call::Connect { error: 0, peer: String::new(), no_delay: true },
            ),
            event((from + 11, from + 12), number, Call::Out(records(22))),
            event((from + 10, from + 19), 0, handshake(ssl)),
        ]
    };
    let mut events = [opening(1, 0), opening(2, 20), opening(3, 40)].concat();
    for (number, from) in [(3, 60), (1, 70), (2, 80)] {
        events.push(event((from, from + 5), 0, request(u64::from(number), &format!("/{number}"))));
        events.push(event((from + 1, from + 2), number, Call::Out(records(23))));
        let ok = ResponseHead { status: Some(200), interim: 0 };
        let answer = Call::SslIn { ssl: u64::from(number), head: ok };
        events.push(event((100 + from, 109 + from), 0, answer));
        events.push(event((101 + from, 102 + from), number, Call::In(records(23))));
    }
    let seen = observe(events, &ScheduledTimes::new());
    let joined = |request: &SocketRequest| (request.connection, request.path.clone());
    let found: Vec<_> = seen.requests.iter().map(joined).collect();
    assert_eq!(found, [3, 1, 2].map(|number| (number, Some(format!("/{number}")))));
    assert!(seen.requests.iter().all(|request| request.status == Some(200)));
}

/// An object is freed, and the next connection gets one at the same place.
#[test]
fn an_object_whose_handshake_begins_again_belongs_to_the_next_connection() {
    let mut events = Vec::new();
    for (number, from) in [(1, 0), (2, 100)] {
        let connect = Call::Connect { error: 0, peer: String::new(), no_delay: true };
        events.push(event((from, from + 1), number, connect));
        // What is written comes after the calls: the object writes into memory.
        events.push(event((from + 2, from + 3), 0, handshake(9)));
        events.push(event((from + 4, from + 5), number, Call::Out(records(22))));
        events.push(event((from + 6, from + 7), 0, request(9, &format!("/{number}"))));
        events.push(event((from + 8, from + 9), number, Call::Out(records(23))));
        events.push(event((from + 10, from + 11), number, Call::Close(Closing::default())));
    }
    let seen = observe(events, &ScheduledTimes::new());
    let joined = |request: &SocketRequest| (request.connection, request.path.clone());
    let found: Vec<_> = seen.requests.iter().map(joined).collect();
    assert_eq!(found, [1, 2].map(|number| (number, Some(format!("/{number}")))));
}

#[test]
fn threads_of_a_process_end_with_it() {
    let other = ThreadKey { thread: 2, ..THREAD };
    let events = vec![
        event((10, 10), 0, Call::ProcessStart),
        Event { thread: other, ..event((20, 20), 0, Call::ThreadStart) },
        Event { thread: other, ..event((30, 600), 1, Call::Broken) },
        event(
            (700, 700),
            0,
            Call::ProcessEnd(Scheduled { running: Span::from_millis(1), ready: None }),
        ),
    ];
    let seen = observe(events, &ScheduledTimes::new());
    let ends: Vec<Span> = seen.threads.iter().map(|thread| thread.ended).collect();
    assert_eq!(ends, [Span::from_nanos(700_000); 2]);
}

/// The counts of the scheduler are read before the driver prepares a batch, and after it has reported it.
#[test]
fn what_a_driver_does_beside_a_batch_is_no_part_of_it() {
    let other = ThreadKey { thread: 2, ..THREAD };
    let events = || {
        vec![
            event((0, 0), 0, Call::ProcessStart),
            Event { thread: other, ..event((0, 0), 0, Call::ThreadStart) },
            Event { thread: other, ..event((30, 600), 1, Call::Broken) },
        ]
    };
    let times = |main, thread| {
        let counted =
            |micros: u64| Scheduled { running: Span::from_nanos(1_000 * micros), ready: None };
        ScheduledTimes::from([(THREAD, counted(main)), (other, counted(thread))])
    };
    let (before, after) = (times(0, 0), times(700, 200));
    let ran = |before, batch| -> Vec<Option<Span>> {
        let seen = observe_in(events(), ScheduledIn { before, after: &after, batch });
        seen.threads.iter().map(|thread| thread.running).collect()
    };
    let micros = |micros: u64| Some(Span::from_nanos(1_000 * micros));
    assert_eq!(ran(&before, None), [micros(700), micros(200)]);
    assert_eq!(ran(&before, micros(400)), [micros(200), micros(200)]);
    assert_eq!(ran(&before, micros(1000)), [micros(700), micros(200)]);
    // A first process that began in the batch is what the driver started.
    assert_eq!(ran(&ScheduledTimes::new(), micros(400)), [micros(700), micros(200)]);
}

fn plain_request(path: &str) -> Call {
    let Call::SslOut { head, .. } = request(0, path) else { unreachable!("it is a request") };
    Call::Out(Bytes { count: 80, request: head, ..Bytes::default() })
}

fn plain_response() -> Bytes {
    let response = ResponseHead { status: Some(200), interim: 0 };
    Bytes { count: 100, response, ..Bytes::default() }
}

/// An event loop learns of two answers at once, and takes the second one later.
#[test]
fn an_answer_has_arrived_when_the_system_reports_it() {
    let wait = Call::Wait { kind: ThreadWait::Network };
    let seen = observe(
        vec![
            event((10, 11), 1, plain_request("/1")),
            event((20, 21), 2, plain_request("/2")),
            event((22, 500), 0, wait),
            event((510, 512), 1, Call::In(plain_response())),
            event((700, 702), 2, Call::In(plain_response())),
            // More of the same answer may have come after the report.
            event((800, 802), 2, Call::In(Bytes { count: 50, ..Bytes::default() })),
        ],
        &ScheduledTimes::new(),
    );
    let times: Vec<_> = seen.requests.iter().map(|row| (row.first_byte, row.last_byte)).collect();
    let micros = |micros: u64| Some(Span::from_nanos(1000 * micros));
    assert_eq!(times, [(micros(500), micros(500)), (micros(500), micros(802))]);
}

/// A report before the request says nothing of its answer, and a read that waits ends when the bytes come.
#[test]
fn an_answer_that_no_report_announced_has_arrived_when_it_is_read() {
    let wait = Call::Wait { kind: ThreadWait::Network };
    let seen = observe(
        vec![
            event((1, 5), 0, wait),
            event((10, 11), 1, plain_request("/1")),
            event((12, 14), 1, Call::In(plain_response())),
            event((20, 21), 2, plain_request("/2")),
            event((22, 100), 0, Call::Wait { kind: ThreadWait::Network }),
            event((110, 300), 2, Call::In(plain_response())),
        ],
        &ScheduledTimes::new(),
    );
    let times: Vec<_> = seen.requests.iter().map(|row| row.first_byte).collect();
    assert_eq!(times, [14, 300].map(|micros| Some(Span::from_nanos(1000 * micros))));
}

/// Rows with the fields that the reader branches on, and anything in the others.
fn any_row() -> impl Strategy<Value = RawRow> {
    let time = prop_oneof![0..2_000_000_u64, any::<u64>()];
    let fields = (time.clone(), time, 0..3_u32, 0..4_u32, 0..4_u32, 0..17_u16, any::<u16>());
    let value = prop_oneof![-3..3_i64, any::<i64>()];
    (fields, value, any::<[u8; 16]>()).prop_map(|(fields, value, data)| {
        let (begin, end, process, thread, connection, kind, flags) = fields;
        let mut row = [0; ROW_BYTES];
        row[8..16].copy_from_slice(&begin.to_ne_bytes());
        row[16..24].copy_from_slice(&end.to_ne_bytes());
        row[24..28].copy_from_slice(&process.to_ne_bytes());
        row[28..32].copy_from_slice(&thread.to_ne_bytes());
        row[32..36].copy_from_slice(&connection.to_ne_bytes());
        row[36..38].copy_from_slice(&kind.to_ne_bytes());
        row[38..40].copy_from_slice(&flags.to_ne_bytes());
        row[40..48].copy_from_slice(&value.to_ne_bytes());
        row[48..64].copy_from_slice(&data);
        RawRow(row)
    })
}

fn any_times() -> impl Strategy<Value = Scheduled> {
    (0..3_000_000_u64, prop::option::of(0..3_000_000_u64)).prop_map(|(running, ready)| Scheduled {
        running: Span::from_nanos(running),
        ready: ready.map(Span::from_nanos),
    })
}

proptest! {
    #[test]
    fn no_rows_make_the_reader_panic_and_states_tile_each_thread(
        rows in prop::collection::vec(any_row(), 0..60),
        times in prop::collection::btree_map((0..3_u32, 0..4_u32), any_times(), 0..12),
    ) {
        let key = |(process, thread)| ThreadKey { process, thread };
        let times = times.into_iter().map(|(at, scheduled)| (key(at), scheduled));
        let seen = observe(events(&rows), &times.collect());
        for thread in &seen.threads {
            let life = thread.ended.saturating_sub(thread.began);
            let waited = thread.waited.total();
            prop_assert!(waited <= life);
            if let (Some(running), Some(runnable)) = (thread.running, thread.runnable) {
                prop_assert!(running + runnable + waited <= life);
            }
        }
    }
}
