//! Packets that the network lost.

use model::socket::{SocketConnection, SocketRequest, SocketWitness};
use model::witness::{LinkEnd, LossRow, StreamRow};
use test_support::sample::stream_row;

use super::*;

/// How long a request waits for its response.
const WAIT: u64 = 11_200;

/// A single request whose response was lost and came this much later.
fn late_response(lost: u64) -> Batch {
    let batch = single(Steps { wait: WAIT + lost, ..Steps::default() });
    batch.with(|observed| {
        let connection = observed.witness.connections[0].id;
        let row = &mut observed.witness.requests[0];
        let last = row.last_byte_out.expect("it was answered");
        let once = last.saturating_sub(micros(lost));
        row.stream = Some(StreamRow {
            headers_in: row.last_byte_in,
            sent_once: Some(once),
            ..stream_row(0)
        });
        observed.witness.losses.push(LossRow { connection, to: LinkEnd::Client, at: once });
    })
}

#[test]
fn the_wait_for_a_lost_response_is_packet_loss() {
    let arms: [TestArm<'_>; 2] = [
        ("a/x", &|it| late_response(it.about(30_000))),
        ("b/y", &|_| single(Steps { wait: WAIT, ..Steps::default() })),
    ];
    let found = findings(run(&arms));
    assert_found(&found, FindingCode::PacketLoss, ["a/x@1", "b/y@1"], 30_000);
    assert_eq!(found.len(), 1, "{:?}", summaries(&found));
    let lost = FindingEvidence::Compared {
        figure: FindingFigure::DatagramsLost,
        own: 1.0,
        versus: Some(0.0),
    };
    assert!(found[0].evidence.contains(&lost), "{:?}", found[0].evidence);
    assert_found(&findings(run(&arms[..1])), FindingCode::PacketLoss, ["a/x@1", ""], 30_000);
}

#[test]
fn losses_for_which_nothing_waits_are_no_finding() {
    let lossy =
        |late: u64| late_response(late).with(|observed| observed.witness.requests[0].stream = None);
    let clean = || single(Steps { wait: WAIT, ..Steps::default() });
    let found = findings(run(&[("a/x", &|it| lossy(it.about(30_000))), ("b/y", &|_| clean())]));
    assert_not_found(&found, FindingCode::PacketLoss);
}

/// Five requests on a server that is not ours. One of them waits 300 ms longer on its own connection, whose
/// kernel sent this many segments again.
fn far(sent_again: u32) -> Sample {
    let mut sample = Sample::new(&[("a/x", 5)]);
    for _ in 0..BLOCKS {
        sample.block(&[("a/x@5", 320)]);
        let sent = |number: u64| micros(1000 + 100 * number);
        let answered = |number| if number == 4 { micros(319_000) } else { micros(12_000) };
        let request = |number: u64| SocketRequest {
            connection: number,
            item: Some(number as u32),
            writing: sent(number),
            sent: sent(number),
            first_byte: Some(answered(number)),
            last_byte: Some(answered(number)),
            ..SocketRequest::default()
        };
        let connection = |number: u64| SocketConnection {
            id: number,
            peer: "192.0.2.1:443".to_owned(),
            requests: 1,
            retransmissions: Some(if number == 4 { sent_again } else { 0 }),
            ..SocketConnection::default()
        };
        sample.last_trial().socket = Some(Box::new(SocketWitness {
            connections: (0..5).map(connection).collect(),
            requests: (0..5).map(request).collect(),
            ..SocketWitness::default()
        }));
    }
    sample.without_witness()
}

#[test]
fn a_far_longer_wait_is_packet_loss_only_where_segments_were_sent_again() {
    let found = findings(far(1));
    the(&found, FindingCode::PacketLoss, "a/x@5");
    assert_not_found(&found, FindingCode::Straggler);
    let found = findings(far(0));
    the(&found, FindingCode::Straggler, "a/x@5");
    assert_not_found(&found, FindingCode::PacketLoss);
}
