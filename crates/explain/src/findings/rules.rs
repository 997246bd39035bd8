//! The rules: when a cause is found, how large it is, which remedy applies and what shows it.
//!
//! `simple` is the table of the causes that only need a row, every other cause has a file. A size is
//! what is charged to a cause, or what removing it saved in an experiment; nothing else.

mod alpn_fanout;
mod bandwidth;
mod body_not_read;
mod client_cpu;
mod client_serialised;
mod cold_start;
mod compression;
mod connection_limit;
mod connection_setup;
mod contention;
mod handshake_cost;
mod http_version;
mod limit;
pub(super) mod nothing;
mod packet_loss;
mod pool_overflow;
mod serial_round_trips;
mod server_capacity;
mod simple;
mod slow_body;
mod streams;
mod threads;
mod tls_preparation;
pub(super) mod unexplained;
mod worker_limit;

use super::FindingCode;
use super::comparison::Comparison;
use super::draft::DraftFinding;
use evidence::account::Charge;
use simple::SimpleCause;

/// All rules that look at one arm. Those of causes that [claim their charges](Rule::claims) come first.
pub(super) const RULES: [&[Rule]; 21] = [
    &http_version::RULES,
    &alpn_fanout::RULES,
    &bandwidth::RULES,
    &body_not_read::RULES,
    &client_cpu::RULES,
    &client_serialised::RULES,
    &cold_start::RULES,
    &compression::RULES,
    &connection_limit::RULES,
    &connection_setup::RULES,
    &contention::RULES,
    &handshake_cost::RULES,
    &packet_loss::RULES,
    &pool_overflow::RULES,
    &serial_round_trips::RULES,
    &server_capacity::RULES,
    &simple::RULES,
    &slow_body::RULES,
    &streams::RULES,
    &tls_preparation::RULES,
    &worker_limit::RULES,
];

/// When a cause is found.
#[derive(Clone, Copy, Debug)]
pub(super) enum Rule {
    /// A row of the table.
    Simple(SimpleCause),
    /// A rule with a file.
    Special {
        /// The cause.
        code: FindingCode,
        /// What is charged to it.
        charges: &'static [Charge],
        /// What it finds.
        find: fn(&Comparison<'_>) -> Option<DraftFinding>,
    },
}

impl Rule {
    /// The cause.
    pub(super) const fn code(&self) -> FindingCode {
        match self {
            Self::Simple(cause) => cause.code,
            Self::Special { code, .. } => *code,
        }
    }

    /// What is charged to the cause.
    pub(super) const fn charges(&self) -> &[Charge] {
        match self {
            Self::Simple(cause) => cause.charges,
            Self::Special { charges, .. } => charges,
        }
    }

    /// Whether what is charged to the cause is no other cause's: the version of HTTP is what other causes of these
    /// charges come from.
    pub(super) const fn claims(&self) -> bool {
        let code = self.code();
        matches!(code, FindingCode::Http2Off | FindingCode::Http2Cpu | FindingCode::AlpnFanout)
    }

    /// What the rule finds, where the cause is there.
    pub(super) fn find(&self, comparison: &Comparison<'_>) -> Option<DraftFinding> {
        match self {
            Self::Simple(cause) => cause.find(comparison),
            Self::Special { find, .. } => find(comparison),
        }
    }
}

/// Whether a mean over trials shows more than one.
fn several(mean: f64) -> bool {
    mean > 1.5
}

/// Whether one mean over trials is at least another, as far as means of counts can show.
fn at_least(mean: f64, least: f64) -> bool {
    mean + 0.5 > least
}
