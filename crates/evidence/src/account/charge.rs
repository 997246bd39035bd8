//! What a stretch of a batch's time is charged to.

/// One cause for which a batch took a stretch of its time. Every nanosecond is charged once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Charge {
    /// The exchange of the first request on the path: no batch can do without one.
    Exchange,
    /// The exchanges of further requests, each begun after the one before it was over.
    Turns,
    /// The queue and the exchanges of further requests that had to wait for a place.
    Waves,
    /// The round trips that open connections: TCP's, and those of the TLS handshake.
    Setup,
    /// What the client prepares between an open connection and its first handshake byte.
    Preparation,
    /// The TLS handshake beyond its round trips: the work of both sides.
    Handshake,
    /// Connections that were opened anew because the server had closed one.
    ClosedByServer,
    /// Connections that were opened anew because the client had closed one that it could have kept.
    Overflow,
    /// Looking up names.
    Lookup,
    /// The client's work before the first request of all touched the network, in a batch that begins
    /// anew.
    Start,
    /// Waiting at the server until it began to handle a request.
    ServerQueue,
    /// What a request waited for its answer beyond what is usual in its batch.
    Straggle,
    /// A body's end that came one delayed acknowledgement after its beginning.
    DelayedAck,
    /// Bytes of large bodies on their way.
    Bytes,
    /// From a refusal for too many requests until the request was made again.
    Throttle,
    /// From a redirect until the request was made where it pointed to.
    Redirect,
    /// The client's own work, and the time for which answers lay ready.
    Client,
}

impl Charge {
    /// All of them, in their order.
    pub const ALL: [Self; 17] = [
        Self::Exchange,
        Self::Turns,
        Self::Waves,
        Self::Setup,
        Self::Preparation,
        Self::Handshake,
        Self::ClosedByServer,
        Self::Overflow,
        Self::Lookup,
        Self::Start,
        Self::ServerQueue,
        Self::Straggle,
        Self::DelayedAck,
        Self::Bytes,
        Self::Throttle,
        Self::Redirect,
        Self::Client,
    ];
}
