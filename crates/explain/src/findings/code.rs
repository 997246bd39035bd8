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
        /// Requests that waited for a stream of HTTP/2.
        StreamLimit = "stream_limit",
        /// HTTP/2 with one stream at a time.
        NotMultiplexed = "not_multiplexed",
        /// Connections that a client opened at once before it knew that the server speaks HTTP/2.
        AlpnFanout = "alpn_fanout",
        /// HTTP/2 that the client could speak and does not.
        Http2Off = "h2_off",
        /// The client's CPU time for HTTP/2.
        Http2Cpu = "h2_cpu",
        /// Responses that the client's window of HTTP/2 stopped.
        FlowControlWindow = "flow_control_window",
        /// The client's CPU time.
        ClientCpu = "client_cpu",
        /// Work of several client threads of which only one ran at a time.
        ClientSerialised = "client_serialised",
        /// Threads that wait for the interpreter lock of CPython.
        GilWait = "gil_wait",
        /// Threads that wait for another lock with a request to make.
        LockWait = "lock_wait",
        /// A client that sleeps.
        Sleeping = "sleeping",
        /// An event loop whose thread sleeps, waits or computes instead of handling responses.
        LoopBlocked = "loop_blocked",
        /// A client that waits in calls which use neither the network nor a core.
        BlockingCall = "blocking_call",
        /// A client that spaces the starts of its requests.
        StartsHeldBack = "starts_held_back",
        /// Requests that waited at the server.
        ServerCapacity = "server_capacity",
        /// Large bodies on a narrow link.
        Bandwidth = "bandwidth",
        /// Packets that the network lost.
        PacketLoss = "packet_loss",
        /// Single requests that waited far longer than the others.
        Straggler = "straggler",
        /// Nagle's algorithm against delayed acknowledgements.
        DelayedAck = "delayed_ack",
        /// A request that leaves in several writes, of which the client's kernel keeps the last back.
        SplitRequest = "split_request",
        /// An address of the server's name that does not answer.
        DeadAddress = "dead_address",
        /// A wait for leave to send a request's body.
        ExpectContinue = "expect_continue",
        /// More hosts than a session keeps pools for.
        PoolsTooFew = "pools_too_few",
        /// Bodies that the server compresses while it sends them.
        Compression = "compression",
        /// Bodies that the server begins early and ends late.
        SlowBody = "slow_body",
        /// DNS lookups.
        Dns = "dns",
        /// What a batch costs before its first request: session, event loop, threads.
        ColdStart = "cold_start",
        /// Bodies that the client never read.
        BodyNotRead = "body_not_read",
        /// Requests that the server refused with 429.
        Throttled = "throttled",
        /// More requests than items: a HEAD before each GET, an attempt without credentials, retries.
        RequestsPerItem = "requests_per_item",
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
