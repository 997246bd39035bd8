//! The part of a response in which the client's window of HTTP/2 was full, so that the server could not send.
//!
//! The endpoint counts how long, not when; the part is laid at the end of the response.

use super::{AccountInput, Overlay};
use crate::account::Charge;

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Overlay> {
    let found = input.requests().filter_map(|request| {
        let row = input.joined.get(request)?.request?;
        let stream = row.stream?;
        let blocked = stream.blocked_by_stream + stream.blocked_by_connection;
        let (first, to) = (row.first_byte_out?, row.last_byte_out?);
        let from = to.saturating_sub(blocked).max(first);
        (from < to).then_some(Overlay { request, from, to, charge: Charge::Window })
    });
    found.collect()
}
