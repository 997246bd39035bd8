//! Addresses that did not answer: the client tried them before the one that its request went to.
//!
//! A client falls back after 250 ms (RFC 8305, "happy eyeballs"), or after its own time limit.

use super::{AccountInput, Charge, Overlay};

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Overlay> {
    let find_in_request = |request: usize| {
        let opening = input.joined[request].opening?;
        let from = opening.unanswered?.connecting?;
        let to = opening.connection.connecting?;
        (from < to).then_some(Overlay { request, from, to, charge: Charge::DeadAddress })
    };
    input.requests().filter_map(find_in_request).collect()
}
