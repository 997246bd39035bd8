//! The phases of a batch.

use crate::trace::Milestone;

crate::closed_list! {
    /// A stretch of a batch, in the order in which a request passes through them.
    pub enum Phase with PerPhase {
        /// The client's own work, and responses that lie ready before the client reads them.
        Client = "client",
        /// Waiting for a worker, a permit or a connection.
        Queue = "queue",
        /// Looking up the host's name.
        Dns = "dns",
        /// Opening a TCP connection, including the emulated round trip of its SYN.
        Connect = "connect",
        /// The TLS handshake, and what the client prepares for it once the connection is open.
        Tls = "tls",
        /// Writing the request.
        Send = "send",
        /// Waiting for the first byte of the response.
        Wait = "wait",
        /// Reading the body to its end.
        Receive = "receive",
    }
}

impl Phase {
    /// The phase of the time before `milestone`, back to the last milestone that was observed. Where inner
    /// milestones are unobserved, the last phase gives its name to the whole.
    pub const fn before(milestone: Milestone) -> Self {
        match milestone {
            Milestone::Submitted
            | Milestone::Resolving
            | Milestone::Connecting
            | Milestone::Writing => Self::Client,
            Milestone::Started => Self::Queue,
            Milestone::Resolved => Self::Dns,
            Milestone::Connected => Self::Connect,
            Milestone::Securing | Milestone::Secured => Self::Tls,
            Milestone::Sent => Self::Send,
            Milestone::FirstByte => Self::Wait,
            Milestone::Done => Self::Receive,
        }
    }
}
