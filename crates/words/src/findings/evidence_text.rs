//! The figures of a finding, each as a line.

use evidence::account::Charge;
use explain::{Finding, FindingEvidence, FindingFigure, QueueObservation, RequestCount};

use super::phrases::{sized, threads_waited};
use crate::number::{count, millis, percent, plain, whole};

pub(super) fn line(finding: &Finding, evidence: &FindingEvidence) -> String {
    match evidence {
        FindingEvidence::Charged { charge, size } => {
            format!("{}: {}", charged(*charge), sized(*size))
        }
        FindingEvidence::Queued { observation, size } => {
            format!("{}: {}", queued(*observation), sized(*size))
        }
        FindingEvidence::Compared { figure, own, versus } => {
            compared(finding, *figure, *own, *versus)
        }
        FindingEvidence::Removed { setting, saved } => {
            format!("with {setting} the batch is {} shorter", sized(*saved))
        }
        FindingEvidence::DoseSlope(slope) => {
            format!("each extra ms at the server makes the batch {} ms longer", plain(*slope))
        }
        FindingEvidence::PerFurtherRequest(seconds) => {
            format!("time for each request after the first: {}", millis(*seconds))
        }
        FindingEvidence::Transfer { bytes, seconds } => transfer(*bytes, *seconds),
        FindingEvidence::RetriedConnects(retried) => {
            format!(
                "connections opened only after a retry, a second or more later: {}",
                count(*retried)
            )
        }
        FindingEvidence::PoolSize(pool) => format!("connections that the pool keeps: {pool}"),
        FindingEvidence::Lookups { lookups, threads } => looked_up(*lookups, *threads),
        FindingEvidence::Threads(threads) => {
            format!("threads that sent requests: {}", count(*threads))
        }
        FindingEvidence::Waited { wait, waiting } => threads_waited(*wait, *waiting),
        FindingEvidence::Ran(seconds) => {
            format!("part of that time on a core: {}", millis(*seconds))
        }
        FindingEvidence::Spacing(seconds) => {
            format!("median time between two starts: {}", millis(*seconds))
        }
        FindingEvidence::LessContention { each, arm, opened } => {
            let (each, opened) = (millis(*each), count(*opened));
            format!("CPU time for each connection, where {arm} opens only {opened}: {each}")
        }
        FindingEvidence::RequestsPerItem(counts) => requests_per_item(counts),
        FindingEvidence::Reported(message) => message.clone(),
        FindingEvidence::BrokenOff { broken_off, used } => unread(*broken_off, *used),
        FindingEvidence::Returned { returned, sent } => body_bytes(*returned, *sent),
        FindingEvidence::WholeGap(gap) => format!("whole difference in time: {}", sized(*gap)),
        FindingEvidence::Unexplained(size) => format!("unexplained time: {}", sized(*size)),
        FindingEvidence::LargestCharge { charge, size } => {
            format!("largest part of it, {}: {}", charged(*charge), sized(*size))
        }
        FindingEvidence::LargestGap(gap) => {
            format!("largest difference in time from {}: {}", finding.label, sized(*gap))
        }
    }
}

/// `requests for each item: 1 GET answered 200, 1 HEAD answered 200`.
pub fn requests_per_item(counts: &[RequestCount]) -> String {
    let of_kind = |RequestCount { method, status, per_item }: &RequestCount| {
        let method = method.as_deref().unwrap_or("request");
        match status {
            Some(status) => format!("{} {method} answered {status}", count(*per_item)),
            None => format!("{} {method}", count(*per_item)),
        }
    };
    let counts: Vec<String> = counts.iter().map(of_kind).collect();
    format!("requests for each item: {}", counts.join(", "))
}

fn looked_up(lookups: f64, threads: f64) -> String {
    format!("names looked up: {}, by this many threads: {}", count(lookups), count(threads))
}

fn unread(broken_off: f64, used: f64) -> String {
    format!(
        "connections closed with unread bytes: {} of the {} used",
        count(broken_off),
        count(used)
    )
}

fn body_bytes(returned: f64, sent: f64) -> String {
    format!("body bytes returned: {} of the {} that the server sent", whole(returned), whole(sent))
}

fn transfer(bytes: f64, seconds: f64) -> String {
    let rate = plain(8.0 * bytes / seconds / 1e6);
    format!("body bytes in that time: {} ({rate} Mbit/s)", whole(bytes))
}

/// `connections opened: 4 (hyper/async: 1)`.
fn compared(finding: &Finding, figure: FindingFigure, own: f64, versus: Option<f64>) -> String {
    let (what, write): (&str, fn(f64) -> String) = match figure {
        FindingFigure::ConnectionsOpened => ("connections opened", count),
        FindingFigure::ConnectionsUsed => ("connections that carried requests", count),
        FindingFigure::MostStreams => ("most streams at once on one connection", count),
        FindingFigure::FullHandshakes => ("full TLS handshakes", count),
        FindingFigure::DatagramsLost => ("datagrams that the link lost", count),
        FindingFigure::Retransmissions => ("segments that the client's kernel sent again", count),
        FindingFigure::Refused => ("requests refused with 429", count),
        FindingFigure::Redirected => ("requests redirected", count),
        FindingFigure::ClosedByServer => {
            ("connections closed by the server before the batch was done", count)
        }
        FindingFigure::ClosedByClient => {
            ("connections closed by the client before the batch was done", count)
        }
        FindingFigure::PathRequests => ("requests on the critical path", count),
        FindingFigure::MostAtServer => ("most requests at the server at once", count),
        FindingFigure::ResponseBytes => ("bytes of the responses", whole),
        FindingFigure::CpuSeconds => ("CPU time of the client process", millis),
        FindingFigure::ChildCpuSeconds => ("CPU time of the processes that it started", millis),
        FindingFigure::CpuShare => ("CPU time as a share of one core", percent),
        FindingFigure::CpuPerConnection => ("CPU time for each connection opened", millis),
    };
    match (&finding.versus, versus) {
        (Some(arm), Some(versus)) => {
            format!("{what}: {} ({}: {})", write(own), arm.label, write(versus))
        }
        _ => format!("{what}: {}", write(own)),
    }
}

/// What a charge is, on the critical path.
const fn charged(charge: Charge) -> &'static str {
    match charge {
        Charge::Exchange => "time of the first exchange, on the critical path",
        Charge::Turns => "time of exchanges that waited for the one before them",
        Charge::Waves => "time waiting for a free slot, and in the exchanges after it",
        Charge::Setup => "time of the round trips that open connections, on the critical path",
        Charge::Preparation => "time that prepares TLS handshakes, on the critical path",
        Charge::Handshake => "time of handshakes without their round trips, on the critical path",
        Charge::ClosedByServer | Charge::Overflow => {
            "time to open connections again, on the critical path"
        }
        Charge::Lookup => "time of DNS lookups, on the critical path",
        Charge::Start => "time before the first request starts",
        Charge::ServerQueue => "time waiting at the server, on the critical path",
        Charge::Loss => "time waiting for what got lost, on the critical path",
        Charge::Straggle => "time waiting beyond the median of the batch, on the critical path",
        Charge::DeadAddress => "time until the client tried an address that answers",
        Charge::SplitRequest => {
            "time for which the client's kernel kept requests back, on the critical path"
        }
        Charge::Continue => "time waiting for 100 Continue, on the critical path",
        Charge::Pools => "time to open connections again, on the critical path",
        Charge::SlowBody => "time from first to last byte of responses, on the critical path",
        Charge::DelayedAck => {
            "time of responses that ended 38 to 60 ms after their start, on the critical path"
        }
        Charge::Window => {
            "time for which the client's window stopped responses, on the critical path"
        }
        Charge::Bytes => "time of bytes in transit, on the critical path",
        Charge::Throttle => {
            "time from a refusal until the request is repeated, on the critical path"
        }
        Charge::Redirect => "time from a redirect until the next request, on the critical path",
        Charge::ExtraRequest => {
            "time from a request until the next one for the same item, on the critical path"
        }
        Charge::Client => "time of the client's own work, on the critical path",
        Charge::Sleep => "time asleep, on the critical path",
        Charge::InterpreterLock => "time waiting for the interpreter lock, on the critical path",
        Charge::Lock => "time waiting for a lock, on the critical path",
        Charge::BlockingCall => {
            "time in calls that wait for neither the network nor a core, on the critical path"
        }
        Charge::LoopBlocked => "time for which the event loop was blocked, on the critical path",
        Charge::HeldBack => "time held back by a timer, on the critical path",
    }
}

const fn queued(observation: QueueObservation) -> &'static str {
    match observation {
        QueueObservation::Endpoint => {
            "time from arrival until the server starts to handle it, on the critical path"
        }
        QueueObservation::SendOrder => {
            "time beyond the shortest wait, growing in the order of sending, on the critical path"
        }
        QueueObservation::LongerExchanges => {
            "time by which exchanges are longer than with fewer in flight"
        }
    }
}
