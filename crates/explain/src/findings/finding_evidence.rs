//! The figures that a finding rests on. Counts are means over trials, times are seconds.

use evidence::account::Charge;
use model::arm::ArmName;
use model::socket::ThreadWait;

use super::gain::MeasuredGain;
use crate::requests_per_item::RequestCount;
use crate::threads::WaitingThreads;
use stats::estimate::Estimate;

/// A figure, or a few that belong together.
#[derive(Clone, Debug, PartialEq)]
pub enum FindingEvidence {
    /// What a charge has on the critical path; beyond the other arm where two are compared.
    Charged {
        /// The charge.
        charge: Charge,
        /// Its size.
        size: Estimate,
    },
    /// Waits at a server, as observed without its own account of them or with it.
    Queued {
        /// How it was observed.
        observation: QueueObservation,
        /// Its size.
        size: Estimate,
    },
    /// A figure of the arm, and of the other where two are compared.
    Compared {
        /// Which figure.
        figure: FindingFigure,
        /// The arm's.
        own: f64,
        /// The other arm's.
        versus: Option<f64>,
    },
    /// An experiment: by how much shorter the batch is without the cause.
    Removed {
        /// The setting that removes the cause, such as `session=warm`.
        setting: String,
        /// What that saves.
        saved: Estimate,
    },
    /// An experiment: by how many milliseconds a batch is longer for each by which the server takes
    /// longer.
    DoseSlope(f64),
    /// How many seconds each request after the first takes.
    PerFurtherRequest(f64),
    /// The bytes of all bodies, and the seconds in which they came.
    Transfer {
        /// The bytes.
        bytes: f64,
        /// The seconds.
        seconds: f64,
    },
    /// Connections that were open only when the client's system had asked for them again.
    RetriedConnects(f64),
    /// How many connections the pool keeps.
    PoolSize(String),
    /// How many threads sent requests.
    Threads(f64),
    /// How many names were looked up, by how many threads that make no requests.
    Lookups {
        /// The lookups.
        lookups: f64,
        /// The threads.
        threads: f64,
    },
    /// Threads that waited, and how long they did together.
    Waited {
        /// For what.
        wait: ThreadWait,
        /// Which and how long.
        waiting: WaitingThreads,
    },
    /// How long the thread that matters ran in the client's own time on the critical path.
    Ran(f64),
    /// The median number of seconds between the starts of two requests.
    Spacing(f64),
    /// CPU seconds for each connection where the same library opens fewer at once.
    LessContention {
        /// The seconds.
        each: f64,
        /// The arm that opens fewer.
        arm: ArmName,
        /// How many it opens.
        opened: f64,
    },
    /// How many requests the client made for each item, by method and status.
    RequestsPerItem(Vec<RequestCount>),
    /// What the driver reports.
    Reported(String),
    /// Connections that the client broke off before it had read what came on them.
    BrokenOff {
        /// How many.
        broken_off: f64,
        /// Of how many that it used.
        used: f64,
    },
    /// The bytes of bodies that the client returned.
    Returned {
        /// How many.
        returned: f64,
        /// Of how many that the server sent.
        sent: f64,
    },
    /// The whole difference to the other arm.
    WholeGap(Estimate),
    /// The part of the difference without a known cause.
    Unexplained(Estimate),
    /// The charge that has most of the unexplained part.
    LargestCharge {
        /// The charge.
        charge: Charge,
        /// Its size.
        size: Estimate,
    },
    /// The largest difference between any arm and the fastest.
    LargestGap(Estimate),
}

/// How waits at a server were observed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum QueueObservation {
    /// By the embedded endpoint.
    Endpoint,
    /// By waits that grow in the order in which requests were sent.
    SendOrder,
    /// By exchanges that take longer than where fewer requests are in flight.
    LongerExchanges,
}

/// A figure that two arms can be compared by.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FindingFigure {
    /// Connections opened.
    ConnectionsOpened,
    /// Connections that carried requests.
    ConnectionsUsed,
    /// The most streams of HTTP/2 at once on one connection.
    MostStreams,
    /// Full TLS handshakes.
    FullHandshakes,
    /// Datagrams of HTTP/3 that the link lost.
    DatagramsLost,
    /// Segments of TCP that the client's kernel sent again.
    Retransmissions,
    /// Requests refused with 429.
    Refused,
    /// Requests redirected.
    Redirected,
    /// Connections that the server closed before the batch was done.
    ClosedByServer,
    /// Connections that the client closed before the batch was done.
    ClosedByClient,
    /// Requests on the critical path.
    PathRequests,
    /// The most requests at the server at once.
    MostAtServer,
    /// The bytes of all responses of a batch, as the client read them.
    ResponseBytes,
    /// CPU seconds of the client's process.
    CpuSeconds,
    /// CPU seconds of the processes that the client started.
    ChildCpuSeconds,
    /// CPU time of the client's process as a share of one core.
    CpuShare,
    /// CPU seconds for each connection opened.
    CpuPerConnection,
}

impl From<&MeasuredGain> for FindingEvidence {
    fn from(gain: &MeasuredGain) -> Self {
        Self::Removed { setting: gain.factor.setting.clone(), saved: gain.saved }
    }
}
