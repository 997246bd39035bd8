//! The causes, one file each: the rule that fires it, the measure of its size, its sentence, its
//! remedy and its evidence.
//!
//! No size is anything but what is charged to the cause, or what went when it was taken away; and
//! no rule says "because" of what was not taken away.

mod bandwidth;
mod body_not_read;
mod client_cpu;
mod client_serialised;
mod closed_by_server;
mod cold_start;
mod connection_limit;
mod connection_setup;
mod delayed_ack;
mod dns;
mod handshake_cost;
mod limit;
mod pool_overflow;
mod redirects;
mod serial_round_trips;
mod server_capacity;
mod straggler;
mod threads;
mod throttled;
mod tls_preparation;
pub(super) mod unexplained;
mod worker_limit;

use super::case::Case;
use super::draft::Draft;
use evidence::account::Charge;

/// A rule, which fires for one cause.
#[derive(Clone, Copy, Debug)]
pub(super) struct Rule {
    /// What is charged to its cause.
    pub(super) charges: &'static [Charge],
    /// What it says of a case, where it fires.
    pub(super) find: fn(&Case<'_>) -> Option<Draft>,
}

/// The rules that look at one arm, in no order that matters.
pub(super) const RULES: [Rule; 21] = [
    Rule { charges: &bandwidth::CHARGES, find: bandwidth::find },
    Rule { charges: &[], find: body_not_read::find },
    Rule { charges: &client_cpu::CHARGES, find: client_cpu::find },
    Rule { charges: &client_cpu::CHARGES, find: client_serialised::find_computing },
    Rule { charges: &serial_round_trips::CHARGES, find: client_serialised::find_turns },
    Rule { charges: &closed_by_server::CHARGES, find: closed_by_server::find },
    Rule { charges: &cold_start::CHARGES, find: cold_start::find },
    Rule { charges: &limit::CHARGES, find: connection_limit::find },
    Rule { charges: &connection_setup::CHARGES, find: connection_setup::find },
    Rule { charges: &delayed_ack::CHARGES, find: delayed_ack::find },
    Rule { charges: &dns::CHARGES, find: dns::find },
    Rule { charges: &handshake_cost::CHARGES, find: handshake_cost::find },
    Rule { charges: &pool_overflow::CHARGES, find: pool_overflow::find_opening },
    Rule { charges: &limit::CHARGES, find: pool_overflow::find_waiting },
    Rule { charges: &redirects::CHARGES, find: redirects::find },
    Rule { charges: &serial_round_trips::CHARGES, find: serial_round_trips::find },
    Rule { charges: &server_capacity::CHARGES, find: server_capacity::find },
    Rule { charges: &straggler::CHARGES, find: straggler::find },
    Rule { charges: &throttled::CHARGES, find: throttled::find },
    Rule { charges: &tls_preparation::CHARGES, find: tls_preparation::find },
    Rule { charges: &limit::CHARGES, find: worker_limit::find },
];

/// Whether a mean over trials says that there was more than one.
fn several(mean: f64) -> bool {
    mean > 1.5
}

/// Whether there were as many of one as of another, or more, as far as means over trials can say.
fn as_many(mean: f64, other: f64) -> bool {
    mean + 0.5 > other
}

/// Whether no trial of the arm succeeded.
fn has_no_time(case: &Case<'_>) -> bool {
    case.versus.is_none() && case.side.arm.describe.count == 0 && case.side.tried
}
