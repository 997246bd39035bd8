//! The causes that time is charged to.

model::closed_list! {
    /// A cause to which the account of a batch charges time. Every nanosecond is charged once.
    pub enum Charge with PerCharge {
        /// The exchange of the first request on the path: every batch needs one.
        Exchange = "exchange",
        /// The exchanges of further requests, each begun after the one before it was over.
        Turns = "turns",
        /// The queue and the exchanges of further requests that waited for a worker, a permit or a
        /// connection.
        Waves = "waves",
        /// The round trips that open connections: TCP's, and those of the TLS handshake.
        Setup = "setup",
        /// What the client prepares between an open connection and its first handshake byte.
        Preparation = "preparation",
        /// The TLS handshake beyond its round trips: the work of both sides.
        Handshake = "handshake",
        /// Opening connections to replace those that the server closed.
        ClosedByServer = "closed_by_server",
        /// Opening connections to replace those that the client closed and could have kept.
        Overflow = "overflow",
        /// Looking up names.
        Lookup = "lookup",
        /// The client's work before the first request reaches the network, where each batch starts
        /// a new session.
        Start = "start",
        /// Waiting at the server until it began to handle a request.
        ServerQueue = "server_queue",
        /// Waiting for what the network lost, until it was sent again.
        Loss = "loss",
        /// The part of a wait for a response that exceeds the usual wait in the batch.
        Straggle = "straggle",
        /// Attempts to connect to an address that did not answer, before the one that did.
        DeadAddress = "dead_address",
        /// From the last write of a request until the client's kernel sent it: Nagle's algorithm kept
        /// it back.
        SplitRequest = "split_request",
        /// Waiting for leave to send the body of a request (100 Continue).
        Continue = "continue",
        /// Opening connections to replace those that the client closed because it talks to more hosts
        /// than it keeps pools for.
        Pools = "pools",
        /// The rest of a response that the server began early and ended late.
        SlowBody = "slow_body",
        /// The delay of a body whose end arrived one delayed acknowledgement after its beginning.
        DelayedAck = "delayed_ack",
        /// Waiting in a response for the client to allow more bytes: its window of HTTP/2 was full.
        Window = "window",
        /// Bytes of large bodies in transit.
        Bytes = "bytes",
        /// From a refusal for too many requests until the request was made again.
        Throttle = "throttle",
        /// From a redirect until the request was made at its target.
        Redirect = "redirect",
        /// From a request until the next one for the same item, which is no redirect and follows no
        /// refusal: a GET after a HEAD, or another attempt.
        ExtraRequest = "extra_request",
        /// The client's own work, and the time for which responses lay ready.
        Client = "client",
        /// Sleeping, where the path waits for it; and a timer, where no request is in flight.
        Sleep = "sleep",
        /// Waiting for the interpreter lock of CPython.
        InterpreterLock = "interpreter_lock",
        /// Waiting for another lock with a request to make.
        Lock = "lock",
        /// The thread of an event loop sleeps; or it waits for anything but the network, or computes for
        /// long, while responses lie ready or are awaited.
        LoopBlocked = "loop_blocked",
        /// Waiting in a call that the witness does not see: one that uses neither the network nor a core.
        BlockingCall = "blocking_call",
        /// The client holds the starts of its requests back by a timer.
        HeldBack = "held_back",
    }
}

impl Charge {
    /// What the client itself does: a line of its code spends this time.
    pub const OF_CLIENT: [Self; 9] = [
        Self::Preparation,
        Self::Start,
        Self::Client,
        Self::Sleep,
        Self::InterpreterLock,
        Self::Lock,
        Self::LoopBlocked,
        Self::BlockingCall,
        Self::HeldBack,
    ];
}
