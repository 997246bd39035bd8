use super::*;
use Disagreement::{
    Bytes, Connections, DoneEarly, FirstByteEarly, Requests, Residence, Responses, SentLate,
};
use model::recording::StopReason;
use test_support::sample::{Sample, connection_row, request_row};

const REQUESTS: usize = 3;

fn micros(micros: u64) -> Span {
    Span::from_nanos(micros * 1000)
}

/// A trial of three requests at once on three connections, as an honest client reports it.
fn honest() -> Columns {
    let each = |first: u64| (0..3).map(|n| Some(micros(first + 10 * n))).collect();
    Columns {
        connection: Some(vec![Some(4), Some(5), Some(6)]),
        status: Some(vec![Some(200); REQUESTS]),
        bytes: Some(vec![Some(80); REQUESTS]),
        ..Columns::default()
    }
    .with(Milestone::Writing, each(1000))
    .with(Milestone::Sent, each(1005))
    .with(Milestone::FirstByte, each(12_100))
    .with(Milestone::Done, each(12_200))
}

/// The same trial, as the endpoint sees it.
fn witness() -> Witness {
    let row = |n: u64| RequestRow {
        connection: 20 + n,
        path: format!("/todos/{}", n + 1),
        last_byte_in: micros(1020 + 10 * n),
        first_byte_out: Some(micros(12_050 + 10 * n)),
        last_byte_out: Some(micros(12_090 + 10 * n)),
        body_bytes: 80,
        stream: None,
        ..request_row()
    };
    let connections = (20..23).map(|id| connection_row(id, false)).collect();
    Witness {
        connections,
        requests: (0..3).map(row).collect(),
        drained: true,
        ..Witness::default()
    }
}

/// The disagreements of trials with these columns.
fn found(trials: &[Columns]) -> Vec<Disagreement> {
    let mut sample = Sample::new(&[("a/x", 3)]);
    for columns in trials {
        sample.block(&[("a/x@3", 13)]);
        sample.last_run().columns = columns.clone();
        sample.last_trial().witness = Some(witness());
    }
    crate::analyse(&sample.end(StopReason::Blocks)).arms.remove(0).disagreements
}

/// Moves a milestone of one request.
fn stamp(columns: &mut Columns, milestone: Milestone, request: usize, at: Span) {
    columns.milestones[milestone].as_mut().expect("is reported")[request] = Some(at);
}

fn lie(change: impl FnOnce(&mut Columns)) -> Vec<Disagreement> {
    let mut columns = honest();
    change(&mut columns);
    found(&[columns])
}

fn once<T>(client: T, witness: T) -> Dispute<T> {
    Dispute { trials: 1, client, witness }
}

#[test]
fn an_honest_client_agrees_with_the_endpoint() {
    assert_eq!(found(&[honest(), honest()]), []);
}

#[test]
fn a_client_that_reports_nothing_does_not_disagree() {
    assert_eq!(found(&[Columns::default()]), []);
    assert_eq!(lie(|columns| columns.bytes = Some(vec![Some(80), None, Some(80)])), []);
}

#[test]
fn catches_a_client_that_is_done_before_the_body_has_come() {
    let early = micros(12_080);
    let lies = lie(|columns| stamp(columns, Milestone::Done, 1, early));
    assert_eq!(lies, [DoneEarly(once(early, micros(12_100)))]);
}

#[test]
fn catches_a_client_that_is_done_with_a_body_that_never_came() {
    let mut sample = Sample::new(&[("a/x", 3)]);
    sample.block(&[("a/x@3", 13)]);
    sample.last_run().columns = honest();
    let mut witness = witness();
    witness.requests[2].last_byte_out = None;
    sample.last_trial().witness = Some(witness);
    let arm = crate::analyse(&sample.end(StopReason::Blocks)).arms.remove(0);
    assert_eq!(arm.disagreements, [Responses(once(3, 2))]);
}

#[test]
fn catches_a_client_that_reads_no_body() {
    let lies = lie(|columns| columns.bytes = Some(vec![Some(0); REQUESTS]));
    assert_eq!(lies, [Bytes(once(0, 240))]);
}

#[test]
fn catches_a_client_that_reports_too_few_connections() {
    let lies = lie(|columns| columns.connection = Some(vec![Some(4); REQUESTS]));
    assert_eq!(lies, [Connections(once(1, 3))]);
}

#[test]
fn catches_a_client_that_reports_too_many_requests() {
    let mut sample = Sample::new(&[("a/x", 3)]);
    sample.block(&[("a/x@3", 13)]);
    sample.last_run().columns = honest();
    let mut witness = witness();
    witness.requests.pop();
    sample.last_trial().witness = Some(witness);
    let arm = crate::analyse(&sample.end(StopReason::Blocks)).arms.remove(0);
    let expected = [Requests(once(3, 2)), Bytes(once(240, 160)), Connections(once(3, 2))];
    assert_eq!(arm.disagreements, expected);
}

#[test]
fn more_requests_than_items_are_no_disagreement() {
    let seen_besides = |path: &str| {
        let mut sample = Sample::new(&[("a/x", 3)]);
        sample.block(&[("a/x@3", 13)]);
        sample.last_run().columns = honest();
        let mut witness = witness();
        let extra = RequestRow {
            connection: 23,
            method: Some("HEAD".to_owned()),
            path: path.to_owned(),
            last_byte_in: micros(500),
            body_bytes: 7,
            ..request_row()
        };
        witness.requests.push(extra);
        sample.last_trial().witness = Some(witness);
        crate::analyse(&sample.end(StopReason::Blocks)).arms.remove(0)
    };
    for path in ["/todos/1", "/login"] {
        let arm = seen_besides(path);
        assert_eq!(arm.disagreements, [], "{path}");
        let counts = arm.requests_per_item.expect("the endpoint saw them");
        let named: Vec<_> =
            counts.iter().map(|count| (count.method.as_deref(), count.per_item)).collect();
        assert_eq!(named, [(Some("GET"), 1.0), (Some("HEAD"), 1.0 / 3.0)]);
    }
}

#[test]
fn catches_stamps_out_of_order_without_tolerance() {
    let late = Span::from_nanos(1_020_001);
    let lies = lie(|columns| stamp(columns, Milestone::Sent, 0, late));
    assert_eq!(lies, [SentLate(once(late, micros(1020)))]);
    let early = Span::from_nanos(12_049_999);
    let lies = lie(|columns| stamp(columns, Milestone::FirstByte, 0, early));
    assert_eq!(lies, [FirstByteEarly(once(early, micros(12_050)))]);
}

#[test]
fn tolerates_a_late_client_up_to_a_limit() {
    let slower_by = |excess: u64| {
        // An honest client takes 130 µs a request longer than the endpoint.
        lie(|columns| {
            let done = (0..3).map(|n| Some(micros(12_200 + 10 * n + excess))).collect();
            columns.milestones[Milestone::Done] = Some(done);
        })
    };
    assert_eq!(slower_by(20), []);
    assert_eq!(slower_by(21), [Residence(once(micros(33_663), micros(33_210)))]);
}

#[test]
fn a_single_slow_trial_is_no_dispute() {
    let slower_by = |excess: u64| {
        let done = (0..3).map(|n| Some(micros(12_200 + 10 * n + excess))).collect();
        honest().with(Milestone::Done, done)
    };
    assert_eq!(found(&[slower_by(0), slower_by(0), slower_by(60)]), []);
    let [Residence(stay)] = found(&[slower_by(0), slower_by(0), slower_by(61)])[..] else {
        panic!("the trials together go beyond the tolerance");
    };
    assert_eq!((stay.trials, stay.client.saturating_sub(stay.witness)), (3, micros(451)));
}

#[test]
fn shows_the_trial_with_the_largest_difference() {
    let reads = |bytes: u64| {
        let mut columns = honest();
        columns.bytes = Some(vec![Some(bytes); REQUESTS]);
        columns
    };
    let expected = Bytes(Dispute { trials: 3, client: 30, witness: 240 });
    assert_eq!(found(&[reads(70), honest(), reads(10), reads(81)]), [expected]);
}
