//! What is said of a finding: its cause, its sentence, its remedy, its evidence and its page.
//!
//! Each code has a file with all of its text. Adding a code without one does not compile.

mod alpn_fanout;
mod bandwidth;
mod blocking_call;
mod body_not_read;
mod client_cpu;
mod client_serialised;
mod closed_by_server;
mod code_lines;
mod cold_start;
mod compression;
mod connection_limit;
mod connection_setup;
mod dead_address;
mod delayed_ack;
mod dns;
mod document;
mod evidence_text;
mod expect_continue;
mod flow_control_window;
mod gil_wait;
mod h2_cpu;
mod h2_off;
mod handshake_cost;
mod lock_wait;
mod loop_blocked;
mod not_multiplexed;
mod nothing;
mod packet_loss;
mod phrases;
mod pool_overflow;
mod pools_too_few;
mod promise;
mod redirects;
mod requests_per_item;
mod serial_round_trips;
mod server_capacity;
mod sleeping;
mod slow_body;
mod split_request;
mod starts_held_back;
mod straggler;
mod stream_limit;
mod throttled;
mod tls_preparation;
mod unexplained;
mod worker_limit;

pub use code_lines::{code_lines, largest_code_line, place as line_of_code};
pub use document::FindingDocument;
pub use evidence_text::requests_per_item;
use explain::{Finding, FindingCode, ProofVerdict, Remedy};

/// The text of a code.
#[derive(Clone, Copy, Debug)]
struct FindingText {
    title: &'static str,
    cause: fn(&Finding) -> String,
    sentence: fn(&Finding) -> String,
    remedy: fn(&Finding) -> String,
    page: &'static str,
}

const fn text(code: FindingCode) -> &'static FindingText {
    match code {
        FindingCode::SerialRoundTrips => &serial_round_trips::TEXT,
        FindingCode::ConnectionSetup => &connection_setup::TEXT,
        FindingCode::TlsPreparation => &tls_preparation::TEXT,
        FindingCode::HandshakeCost => &handshake_cost::TEXT,
        FindingCode::PoolOverflow => &pool_overflow::TEXT,
        FindingCode::WorkerLimit => &worker_limit::TEXT,
        FindingCode::ConnectionLimit => &connection_limit::TEXT,
        FindingCode::StreamLimit => &stream_limit::TEXT,
        FindingCode::NotMultiplexed => &not_multiplexed::TEXT,
        FindingCode::AlpnFanout => &alpn_fanout::TEXT,
        FindingCode::Http2Off => &h2_off::TEXT,
        FindingCode::Http2Cpu => &h2_cpu::TEXT,
        FindingCode::FlowControlWindow => &flow_control_window::TEXT,
        FindingCode::ClientCpu => &client_cpu::TEXT,
        FindingCode::ClientSerialised => &client_serialised::TEXT,
        FindingCode::GilWait => &gil_wait::TEXT,
        FindingCode::LockWait => &lock_wait::TEXT,
        FindingCode::Sleeping => &sleeping::TEXT,
        FindingCode::LoopBlocked => &loop_blocked::TEXT,
        FindingCode::BlockingCall => &blocking_call::TEXT,
        FindingCode::StartsHeldBack => &starts_held_back::TEXT,
        FindingCode::ServerCapacity => &server_capacity::TEXT,
        FindingCode::Bandwidth => &bandwidth::TEXT,
        FindingCode::PacketLoss => &packet_loss::TEXT,
        FindingCode::Straggler => &straggler::TEXT,
        FindingCode::DelayedAck => &delayed_ack::TEXT,
        FindingCode::SplitRequest => &split_request::TEXT,
        FindingCode::DeadAddress => &dead_address::TEXT,
        FindingCode::ExpectContinue => &expect_continue::TEXT,
        FindingCode::PoolsTooFew => &pools_too_few::TEXT,
        FindingCode::Compression => &compression::TEXT,
        FindingCode::SlowBody => &slow_body::TEXT,
        FindingCode::Dns => &dns::TEXT,
        FindingCode::ColdStart => &cold_start::TEXT,
        FindingCode::BodyNotRead => &body_not_read::TEXT,
        FindingCode::Throttled => &throttled::TEXT,
        FindingCode::Redirects => &redirects::TEXT,
        FindingCode::RequestsPerItem => &requests_per_item::TEXT,
        FindingCode::ClosedByServer => &closed_by_server::TEXT,
        FindingCode::Unexplained => &unexplained::TEXT,
        FindingCode::Nothing => &nothing::TEXT,
    }
}

/// What a code means in a few words: `waiting for a free worker`.
pub const fn title(code: FindingCode) -> &'static str {
    text(code).title
}

/// The page of a code: Markdown that starts with `# code`.
pub const fn page(code: FindingCode) -> &'static str {
    text(code).page
}

/// The cause as a short clause for a summary line: `6 workers for 16 requests`.
pub fn cause(finding: &Finding) -> String {
    (text(finding.code).cause)(finding)
}

/// The finding as a sentence, with its size.
pub fn sentence(finding: &Finding) -> String {
    (text(finding.code).sentence)(finding)
}

/// What to change, as an instruction; empty where there is nothing to do, or nothing to gain.
pub fn remedy(finding: &Finding) -> String {
    match finding.remedy {
        Remedy::Nothing => String::new(),
        _ if finding.gains_nothing() => String::new(),
        _ => format!("{} {}", instruction(finding), promise::pool(finding)).trim_end().to_owned(),
    }
}

fn instruction(finding: &Finding) -> String {
    (text(finding.code).remedy)(finding)
}

/// What to change together, where that saves more than one change alone; empty otherwise.
pub fn pair(finding: &Finding) -> String {
    let together = promise::together(finding);
    match together.as_str() {
        "" => together,
        _ if finding.gains_nothing() => format!("{} {together}", instruction(finding)),
        _ => together,
    }
}

/// Why there is nothing to change although a cause was found; empty otherwise.
pub fn no_gain(finding: &Finding) -> String {
    promise::no_gain(finding)
}

/// What its size is: `saves 30.0 ms [28.1, 31.9]`.
pub fn size(finding: &Finding) -> String {
    promise::size(finding)
}

/// The figures that the finding rests on, each a line.
pub fn evidence(finding: &Finding) -> Vec<String> {
    finding.evidence.iter().map(|evidence| evidence_text::line(finding, evidence)).collect()
}

/// What an experiment says of the cause: `confirmed`, `smaller than predicted` or `refuted`; `likely`
/// where there was none, and `cause unknown` for what no known cause accounts for.
pub fn certainty(finding: &Finding) -> &'static str {
    if finding.code == FindingCode::Unexplained {
        return "cause unknown";
    }
    match finding.proof.map(|proof| proof.verdict) {
        Some(ProofVerdict::Refuted) if !finding.because => "refuted",
        Some(ProofVerdict::Smaller) if finding.because => "smaller than predicted",
        _ if finding.because => "confirmed",
        _ => "likely",
    }
}

/// What was predicted beside what was measured; empty where one of them is missing.
pub fn proof(finding: &Finding) -> String {
    promise::proof(finding)
}

#[cfg(test)]
mod tests;
