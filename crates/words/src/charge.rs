//! The names of what a batch's time is charged to.

use evidence::account::Charge;

/// What the time goes to, in a few words.
pub const fn name(charge: Charge) -> &'static str {
    match charge {
        Charge::Exchange => "first exchange",
        Charge::Turns => "further exchanges, one by one",
        Charge::Waves => "waiting for a worker or connection",
        Charge::Setup => "opening connections",
        Charge::Preparation => "preparing TLS",
        Charge::Handshake => "handshake work",
        Charge::ClosedByServer => "reopening what the server closed",
        Charge::Overflow => "reopening what the pool dropped",
        Charge::Lookup => "name lookups",
        Charge::Start => "client before its first request",
        Charge::ServerQueue => "queue at the server",
        Charge::Loss => "waiting for what got lost",
        Charge::Straggle => "stragglers",
        Charge::DeadAddress => "address that does not answer",
        Charge::SplitRequest => "request held by the kernel",
        Charge::Continue => "waiting for 100 Continue",
        Charge::Pools => "reopening: too few pools",
        Charge::SlowBody => "slow bodies",
        Charge::Window => "waiting for the window",
        Charge::DelayedAck => "delayed acknowledgements",
        Charge::Bytes => "bytes in transit",
        Charge::Throttle => "waiting after a 429",
        Charge::Redirect => "redirects",
        Charge::ExtraRequest => "extra requests",
        Charge::Client => "client's own work",
        Charge::Sleep => "sleeping",
        Charge::InterpreterLock => "waiting for the interpreter lock",
        Charge::Lock => "waiting for a lock",
        Charge::LoopBlocked => "event loop blocked",
        Charge::BlockingCall => "calls that wait, such as for a disk",
        Charge::HeldBack => "starts held back",
    }
}
