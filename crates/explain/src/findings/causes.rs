//! The causes, one file each: the rule that fires it, the measure of its size, its sentence, its
//! remedy and its evidence.

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
mod throttled;
mod tls_preparation;
pub(super) mod unexplained;
mod worker_limit;

use super::case::Case;
use super::draft::Draft;

/// A rule: what it says of a case, where it fires.
pub(super) type Rule = fn(&Case<'_>) -> Option<Draft>;

/// The rules that look at one arm, in no order that matters.
pub(super) const RULES: [Rule; 19] = [
    bandwidth::find,
    body_not_read::find,
    client_cpu::find,
    client_serialised::find,
    closed_by_server::find,
    cold_start::find,
    connection_limit::find,
    connection_setup::find,
    delayed_ack::find,
    dns::find,
    handshake_cost::find,
    pool_overflow::find,
    redirects::find,
    serial_round_trips::find,
    server_capacity::find,
    straggler::find,
    throttled::find,
    tls_preparation::find,
    worker_limit::find,
];

/// Whether no trial of the arm succeeded.
fn has_no_time(case: &Case<'_>) -> bool {
    case.versus.is_none() && case.side.arm.describe.count == 0 && case.side.arm.failed > 0
}
