//! The figures of a finding, each as a line.

use evidence::account::Charge;
use explain::{Finding, FindingEvidence, FindingFigure, QueueObservation, RequestCount};

use super::phrases::sized;
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
            format!("for each request after the first: {}", millis(*seconds))
        }
        FindingEvidence::Transfer { bytes, seconds } => transfer(*bytes, *seconds),
        FindingEvidence::RetriedConnects(retried) => {
            format!("connected only after a retry, a second or more later: {}", count(*retried))
        }
        FindingEvidence::PoolSize(pool) => format!("connections that the pool keeps: {pool}"),
        FindingEvidence::Threads(threads) => {
            format!("threads that sent requests: {}", count(*threads))
        }
        FindingEvidence::LessContention { each, arm, opened } => {
            let (each, opened) = (millis(*each), count(*opened));
            format!("connections contend: {each} of CPU time each where {arm} opens {opened}")
        }
        FindingEvidence::RequestsPerItem(counts) => {
            let counts: Vec<String> = counts.iter().map(requests_for_item).collect();
            format!("requests for each item: {}", counts.join(", "))
        }
        FindingEvidence::Reported(message) => message.clone(),
        FindingEvidence::BrokenOff { broken_off, used } => {
            format!(
                "connections closed with unread bytes: {} of {}",
                count(*broken_off),
                count(*used)
            )
        }
        FindingEvidence::Returned { returned, sent } => {
            format!(
                "body bytes returned: {} of the {} that the server sent",
                whole(*returned),
                whole(*sent)
            )
        }
        FindingEvidence::WholeGap(gap) => format!("whole difference: {}", sized(*gap)),
        FindingEvidence::Unexplained(size) => format!("unexplained: {}", sized(*size)),
        FindingEvidence::LargestCharge { charge, size } => {
            format!("{}: {}", largest(*charge), sized(*size))
        }
        FindingEvidence::LargestGap(gap) => {
            format!("largest difference from {}: {}", finding.label, sized(*gap))
        }
    }
}

/// `1 HEAD answered 200`.
fn requests_for_item(RequestCount { method, status, per_item }: &RequestCount) -> String {
    let method = method.as_deref().unwrap_or("request");
    format!("{} {method} answered {status}", count(*per_item))
}

fn transfer(bytes: f64, seconds: f64) -> String {
    let rate = plain(8.0 * bytes / seconds / 1e6);
    format!("{} bytes of bodies in that time: {rate} Mbit/s", whole(bytes))
}

/// `connections opened: 4 (hyper/async: 1)`.
fn compared(finding: &Finding, figure: FindingFigure, own: f64, versus: Option<f64>) -> String {
    let (what, write): (&str, fn(f64) -> String) = match figure {
        FindingFigure::ConnectionsOpened => ("connections opened", count),
        FindingFigure::FullHandshakes => ("full TLS handshakes", count),
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
        FindingFigure::CpuSeconds => ("CPU time of the client process", millis),
        FindingFigure::CpuShare => ("CPU use, as a share of one core", percent),
        FindingFigure::CpuPerConnection => ("CPU time for each connection", millis),
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
        Charge::Exchange => "first exchange, on the critical path",
        Charge::Turns => "exchanges that waited for the one before them",
        Charge::Waves => "waiting for a free slot, and the exchanges after it",
        Charge::Setup => "round trips that open connections, on the critical path",
        Charge::Preparation => "from open connection to first handshake byte, on the critical path",
        Charge::Handshake => "handshakes without their round trips, on the critical path",
        Charge::ClosedByServer | Charge::Overflow => {
            "opening connections again, on the critical path"
        }
        Charge::Lookup => "DNS lookups, on the critical path",
        Charge::Start => "before the first request starts",
        Charge::ServerQueue => "waiting at the server, on the critical path",
        Charge::Straggle => "waiting beyond the median of the batch, on the critical path",
        Charge::DelayedAck => {
            "responses that ended 38 to 60 ms after their start, on the critical path"
        }
        Charge::Bytes => "bytes in transit, on the critical path",
        Charge::Throttle => "from a refusal until the request is repeated",
        Charge::Redirect => "from a redirect until the next request",
        Charge::ExtraRequest => {
            "time from a request until the next one for the same item, on the critical path"
        }
        Charge::Client => "the client's own work, on the critical path",
    }
}

const fn queued(observation: QueueObservation) -> &'static str {
    match observation {
        QueueObservation::Endpoint => {
            "from arrival until the server starts to handle it, on the critical path"
        }
        QueueObservation::SendOrder => {
            "beyond the shortest wait, growing in the order of sending, on the critical path"
        }
        QueueObservation::LongerExchanges => "an exchange takes longer than with fewer in flight",
    }
}

const fn largest(charge: Charge) -> &'static str {
    match charge {
        Charge::Client => "most of it is spent in the client",
        Charge::Exchange => "most of it is in the first exchange, which every batch needs",
        _ => "largest part",
    }
}
