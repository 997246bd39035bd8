//! The closed list of causes.

model::closed_list! {
    /// A cause of a batch's time, from a closed list.
    pub enum FindingCode with PerFindingCode {
        /// Round trips that run one after another but could run concurrently.
        SerialRoundTrips = "serial_round_trips",
        /// Round trips that open connections.
        ConnectionSetup = "connection_setup",
        /// What the client prepares for each TLS connection: certificates, context.
        TlsPreparation = "tls_preparation",
        /// The CPU work of TLS handshakes.
        HandshakeCost = "handshake_cost",
        /// Connections that the client opened and discarded because its pool keeps fewer.
        PoolOverflow = "pool_overflow",
        /// Requests that waited for a worker or a permit.
        WorkerLimit = "worker_limit",
        /// Requests that waited for a connection.
        ConnectionLimit = "connection_limit",
        /// The client's CPU time.
        ClientCpu = "client_cpu",
        /// Work of several client threads of which only one ran at a time.
        ClientSerialised = "client_serialised",
        /// Requests that waited at the server.
        ServerCapacity = "server_capacity",
        /// Large bodies on a narrow link.
        Bandwidth = "bandwidth",
        /// Single requests that waited far longer than the others.
        Straggler = "straggler",
        /// Nagle's algorithm against delayed acknowledgements.
        DelayedAck = "delayed_ack",
        /// DNS lookups.
        Dns = "dns",
        /// What a batch costs before its first request: session, event loop, threads.
        ColdStart = "cold_start",
        /// Bodies that the client never read.
        BodyNotRead = "body_not_read",
        /// Requests that the server refused with 429.
        Throttled = "throttled",
        /// Requests that the server redirected.
        Redirects = "redirects",
        /// Connections that the server closed and the client opened again.
        ClosedByServer = "closed_by_server",
        /// A difference that no cause of the list explains.
        Unexplained = "unexplained",
        /// No difference beyond noise.
        Nothing = "nothing",
    }
}

impl FindingCode {
    /// What it is, as part of a sentence: `round trips one after another`.
    pub const fn phrase(self) -> &'static str {
        match self {
            Self::SerialRoundTrips => "round trips one after another",
            Self::ConnectionSetup => "opening connections",
            Self::TlsPreparation => "preparing TLS for each connection",
            Self::HandshakeCost => "the work of TLS handshakes",
            Self::PoolOverflow => "connections that the pool throws away",
            Self::WorkerLimit => "waiting for a worker",
            Self::ConnectionLimit => "waiting for a connection",
            Self::ClientCpu => "the client's own computing",
            Self::ClientSerialised => "threads of which only one goes on at a time",
            Self::ServerCapacity => "waiting at a server that has no room",
            Self::Bandwidth => "bytes on their way",
            Self::Straggler => "single requests far slower than the others",
            Self::DelayedAck => "delayed acknowledgements",
            Self::Dns => "looking names up",
            Self::ColdStart => "beginning each batch anew",
            Self::BodyNotRead => "bodies that are not read",
            Self::Throttled => "refusals by the server",
            Self::Redirects => "redirects",
            Self::ClosedByServer => "connections that the server closes",
            Self::Unexplained => "nothing that was found",
            Self::Nothing => "noise",
        }
    }
}
