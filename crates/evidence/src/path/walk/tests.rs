use super::super::Segment;
use super::super::timeline::{ConnectionKey, Delivery, StreamPlace, mark_handed_on};
use super::*;
use crate::join::Joined;
use crate::milestones::MilestoneTimes;
use Milestone::{
    Connected, Connecting, Done, FirstByte, Resolved, Resolving, Secured, Securing, Sent, Started,
    Submitted, Writing,
};
use SegmentLabel::TlsPreparation;
use model::trace::{Columns, Milestone};
use proptest::prelude::*;

const CLIENT: SegmentLabel = SegmentLabel::Phase(Phase::Client);
const QUEUE: SegmentLabel = SegmentLabel::Phase(Phase::Queue);
const DNS: SegmentLabel = SegmentLabel::Phase(Phase::Dns);
const CONNECT: SegmentLabel = SegmentLabel::Phase(Phase::Connect);
const TLS: SegmentLabel = SegmentLabel::Phase(Phase::Tls);
const SEND: SegmentLabel = SegmentLabel::Phase(Phase::Send);
const WAIT: SegmentLabel = SegmentLabel::Phase(Phase::Wait);
const RECEIVE: SegmentLabel = SegmentLabel::Phase(Phase::Receive);

fn nanos(nanos: u64) -> Span {
    Span::from_nanos(nanos)
}

/// A request that passed these milestones, and no other.
fn timeline(milestones: &[(Milestone, u64)]) -> RequestTimeline {
    let mut columns = Columns::default();
    for &(milestone, at) in milestones {
        columns.milestones[milestone] = Some(vec![Some(nanos(at))]);
    }
    let milestones = MilestoneTimes::choose(&columns, 0, &Joined::default());
    RequestTimeline { milestones, ..RequestTimeline::default() }
}

/// A request that was handed over at the batch's start, on a worker.
fn taken_by(worker: u64, started: u64, done: u64) -> RequestTimeline {
    let worker = Some(worker);
    RequestTimeline { worker, ..timeline(&[(Submitted, 0), (Started, started), (Done, done)]) }
}

fn path(timelines: &[RequestTimeline], limit: Option<usize>, batch: u64) -> CriticalPath {
    walk(timelines, limit, nanos(batch)).expect("something was observed")
}

/// The path's labels, each with its end and its request.
fn labels(path: &CriticalPath) -> Vec<(u64, SegmentLabel, Option<usize>)> {
    path.segments()
        .map(|Segment { end, label, request, .. }| (end.as_nanos(), label, request))
        .collect()
}

/// The requests on the path, in order.
fn requests(path: &CriticalPath) -> Vec<usize> {
    let mut requests: Vec<usize> = path.segments().filter_map(|segment| segment.request).collect();
    requests.dedup();
    assert_eq!(requests.len(), path.requests());
    requests
}

#[test]
fn every_phase_has_its_label() {
    let whole = timeline(&[
        (Submitted, 1),
        (Started, 3),
        (Resolving, 6),
        (Resolved, 10),
        (Connecting, 15),
        (Connected, 21),
        (Securing, 28),
        (Secured, 36),
        (Writing, 45),
        (Sent, 55),
        (FirstByte, 66),
        (Done, 78),
    ]);
    let expected = [
        (1, CLIENT, Some(0)),
        (3, QUEUE, Some(0)),
        (6, CLIENT, Some(0)),
        (10, DNS, Some(0)),
        (15, CLIENT, Some(0)),
        (21, CONNECT, Some(0)),
        (28, TlsPreparation, Some(0)),
        (36, TLS, Some(0)),
        (45, CLIENT, Some(0)),
        (55, SEND, Some(0)),
        (66, WAIT, Some(0)),
        (78, RECEIVE, Some(0)),
        (100, CLIENT, None),
    ];
    assert_eq!(labels(&path(&[whole], None, 100)), expected);
}

#[test]
fn a_segment_without_inner_milestones_takes_the_label_of_its_last_phase() {
    let some = timeline(&[(Started, 5), (Connected, 20), (Secured, 40), (Sent, 50), (Done, 80)]);
    let expected = [
        (5, QUEUE, Some(0)),
        (20, CONNECT, Some(0)),
        (40, TLS, Some(0)),
        (50, SEND, Some(0)),
        (80, RECEIVE, Some(0)),
    ];
    assert_eq!(labels(&path(&[some], None, 80)), expected);
}

#[test]
fn cuts_the_held_syn_out_of_any_segment() {
    let syn = Some(HeldSyn { from: nanos(20), to: nanos(30) });
    let secured = timeline(&[(Connected, 10), (Securing, 19), (Secured, 50), (Done, 90)]);
    let expected = [
        (10, CONNECT, Some(0)),
        (19, TlsPreparation, Some(0)),
        (20, TLS, Some(0)),
        (30, CONNECT, Some(0)),
        (50, TLS, Some(0)),
        (90, RECEIVE, Some(0)),
    ];
    assert_eq!(labels(&path(&[RequestTimeline { syn, ..secured }], None, 90)), expected);
    let plain =
        timeline(&[(Connected, 10), (Writing, 18), (Sent, 22), (FirstByte, 26), (Done, 40)]);
    let expected = [
        (10, CONNECT, Some(0)),
        (18, CLIENT, Some(0)),
        (20, SEND, Some(0)),
        (22, CONNECT, Some(0)),
        (26, CONNECT, Some(0)),
        (30, CONNECT, Some(0)),
        (40, RECEIVE, Some(0)),
    ];
    assert_eq!(labels(&path(&[RequestTimeline { syn, ..plain }], None, 40)), expected);
}

#[test]
fn the_time_for_which_a_response_lay_ready_counts_as_client_time() {
    let delivery = |first, whole| Some(Delivery { first: nanos(first), whole: nanos(whole) });
    let told_with = |delivery| {
        let late = timeline(&[(Sent, 10), (FirstByte, 40), (Done, 60)]);
        labels(&path(&[RequestTimeline { delivery, ..late }], None, 60))
    };
    let at_once =
        [(10, SEND, Some(0)), (30, WAIT, Some(0)), (40, CLIENT, Some(0)), (60, CLIENT, Some(0))];
    assert_eq!(told_with(delivery(30, 35)), at_once);
    let piece_by_piece = [
        (10, SEND, Some(0)),
        (30, WAIT, Some(0)),
        (40, CLIENT, Some(0)),
        (55, RECEIVE, Some(0)),
        (60, CLIENT, Some(0)),
    ];
    assert_eq!(told_with(delivery(30, 55)), piece_by_piece);
    // A client that reports `done` before the endpoint wrote the response is believed.
    let too_early = [(10, SEND, Some(0)), (40, WAIT, Some(0)), (60, RECEIVE, Some(0))];
    assert_eq!(told_with(delivery(70, 80)), too_early);
}

#[test]
fn a_queue_contains_no_syn() {
    let syn = Some(HeldSyn { from: nanos(20), to: nanos(30) });
    let queued = RequestTimeline { syn, ..timeline(&[(Submitted, 0), (Started, 25), (Done, 40)]) };
    let expected = [(25, QUEUE, Some(0)), (30, CONNECT, Some(0)), (40, RECEIVE, Some(0))];
    assert_eq!(labels(&path(&[queued], None, 40)), expected);
}

#[test]
fn sequential_requests_all_lie_on_the_path() {
    let turn = |at: u64| timeline(&[(Submitted, at), (Started, at + 1), (Done, at + 10)]);
    let sequential = path(&[turn(0), turn(10), turn(25)], None, 40);
    assert_eq!(requests(&sequential), [0, 1, 2]);
    assert_eq!(sequential.times().phases[CLIENT.phase()], nanos(10));
    assert_eq!(sequential.times().phases[QUEUE.phase()], nanos(3));
    // A request of which only the end is known has its turn too.
    let bare = timeline(&[(Done, 38)]);
    assert_eq!(requests(&path(&[turn(0), turn(10), bare], None, 40)), [0, 1, 2]);
}

#[test]
fn the_requests_of_a_worker_gate_each_other() {
    let timelines =
        [taken_by(0, 1, 50), taken_by(1, 2, 30), taken_by(1, 33, 60), taken_by(0, 52, 90)];
    let waves = path(&timelines, Some(2), 100);
    assert_eq!(requests(&waves), [0, 3]);
    let expected = [
        (1, QUEUE, Some(0)),
        (50, RECEIVE, Some(0)),
        (52, QUEUE, Some(3)),
        (90, RECEIVE, Some(3)),
        (100, CLIENT, None),
    ];
    assert_eq!(labels(&waves), expected);
}

#[test]
fn a_connection_gates_where_there_are_no_workers() {
    let on = |connection: u64, started: u64, done: u64| RequestTimeline {
        connection: Some(ConnectionKey::Client(connection)),
        ..timeline(&[(Submitted, 0), (Started, started), (Done, done)])
    };
    let timelines = [on(0, 1, 20), on(1, 1, 30), on(0, 32, 60)];
    assert_eq!(requests(&path(&timelines, Some(9), 60)), [0, 2]);
}

#[test]
fn a_limit_gates_only_when_it_is_full() {
    let free =
        |started: u64, done: u64| timeline(&[(Submitted, 0), (Started, started), (Done, done)]);
    let timelines = [free(0, 40), free(0, 30), free(31, 90)];
    assert_eq!(requests(&path(&timelines, Some(2), 90)), [1, 2]);
    // Without a limit, the most requests that were ever in flight count as the limit.
    assert_eq!(requests(&path(&timelines, None, 90)), [1, 2]);
    let with_room = path(&timelines, Some(3), 90);
    assert_eq!(labels(&with_room), [(31, QUEUE, Some(2)), (90, RECEIVE, Some(2))]);
}

#[test]
fn a_batch_without_an_observed_milestone_has_no_path() {
    assert_eq!(walk(&[RequestTimeline::default()], None, nanos(10)), None);
    assert_eq!(walk(&[], None, nanos(10)), None);
}

#[test]
fn requests_without_a_length_do_not_gate_each_other_forever() {
    let timelines = [taken_by(0, 5, 5), taken_by(0, 5, 5), taken_by(0, 0, 3)];
    assert!(path(&timelines, None, 5).requests() <= 3);
}

/// Any timeline at all: milestones in no order, missing, equal, and beyond the batch.
pub(in crate::path) fn any_timeline() -> impl Strategy<Value = RequestTimeline> {
    let milestones = prop::collection::vec(prop::option::of(0u64..50), Milestone::COUNT);
    let key = prop_oneof![
        (0u64..3).prop_map(ConnectionKey::Client),
        (0u64..3).prop_map(ConnectionKey::Endpoint)
    ];
    let syn = (0u64..60, 0u64..30)
        .prop_map(|(from, length)| HeldSyn { from: nanos(from), to: nanos(from + length) });
    let delivery = (0u64..60, 0u64..30)
        .prop_map(|(first, length)| Delivery { first: nanos(first), whole: nanos(first + length) });
    let rest = (
        prop::option::of(0u64..3),
        prop::option::of(key),
        prop::option::of(syn),
        prop::option::of(delivery),
        prop::option::of(0u64..50),
    );
    (milestones, rest).prop_map(|(at, (worker, connection, syn, delivery, handed_on))| {
        let handed_on = handed_on.map(nanos);
        let passed: Vec<(Milestone, u64)> =
            Milestone::ALL.into_iter().zip(at).filter_map(|(m, at)| Some((m, at?))).collect();
        RequestTimeline { worker, connection, handed_on, syn, delivery, ..timeline(&passed) }
    })
}

#[test]
fn a_request_waits_for_a_connection_that_is_handed_on_before_the_end_is_noticed() {
    let on = |connection: u64, passed: &[(Milestone, u64)]| RequestTimeline {
        connection: Some(ConnectionKey::Client(connection)),
        ..timeline(passed)
    };
    let mut timelines = [
        on(0, &[(Started, 0), (Connected, 1), (Writing, 1), (FirstByte, 40), (Done, 44)]),
        on(0, &[(Started, 0), (Writing, 42), (FirstByte, 60), (Done, 64)]),
        on(1, &[(Started, 0), (Connected, 1), (Writing, 1), (FirstByte, 40), (Done, 44)]),
    ];
    mark_handed_on(&mut timelines);
    let handed_on = timelines.each_ref().map(|timeline| timeline.handed_on);
    assert_eq!(handed_on, [Some(nanos(42)), None, None]);
    assert_eq!(path(&timelines, None, 64).requests(), 2);
    // A stream that is alone is handed on like a connection, one beside others is not.
    for (place, expected) in [(StreamPlace::Alone, 2), (StreamPlace::Beside, 1)] {
        timelines[0].handed_on = None;
        for timeline in &mut timelines[..2] {
            timeline.stream = Some(place);
        }
        mark_handed_on(&mut timelines);
        assert_eq!(path(&timelines, None, 64).requests(), expected, "{place:?}");
    }
    // Over HTTP/2 both are in flight at once, and neither waits.
    timelines[1] = on(0, &[(Started, 0), (Writing, 2), (FirstByte, 60), (Done, 64)]);
    timelines[0].handed_on = None;
    mark_handed_on(&mut timelines);
    assert_eq!(timelines[0].handed_on, None);
    assert_eq!(path(&timelines, None, 64).requests(), 1);
}

proptest! {
    #[test]
    fn segments_tile_the_batch_to_the_nanosecond(
        timelines in prop::collection::vec(any_timeline(), 0..9),
        limit in prop::option::of(0usize..5),
        batch in 0u64..60,
    ) {
        let Some(path) = walk(&timelines, limit, nanos(batch)) else {
            let silent = |timeline: &RequestTimeline| timeline.milestones.observed().next().is_none();
            prop_assert!(timelines.iter().all(|timeline| silent(timeline) || timeline.start().is_none()));
            return Ok(());
        };
        let mut cursor = Span::ZERO;
        for segment in path.segments() {
            prop_assert_eq!(segment.start, cursor);
            prop_assert!(segment.end > segment.start);
            prop_assert!(segment.request.is_none_or(|request| request < timelines.len()));
            cursor = segment.end;
        }
        prop_assert_eq!(cursor, nanos(batch));
        let spent: Span = path.times().phases.values().copied().sum();
        prop_assert_eq!(spent, nanos(batch));
        prop_assert!((1..=timelines.len()).contains(&path.requests()));
    }
}
