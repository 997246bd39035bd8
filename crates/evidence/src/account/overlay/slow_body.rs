//! Bodies that a server begins early and ends late, though the link is not the reason.
//!
//! On the loopback the link is never the reason. Elsewhere a response that fits into TCP's first
//! flight needs no further round trip, and what comes in pieces smaller than a segment was written in
//! pieces. The embedded endpoint reports what the link delays, so nothing is sought on it.

use std::net::{IpAddr, SocketAddr};

use model::socket::SocketRequest;
use model::time::Span;

use super::bytes::{LARGE, SEGMENT};
use super::{AccountInput, Charge, Overlay};

/// A shorter pause is not worth a search.
const LEAST: Span = Span::from_millis(2);

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Overlay> {
    if input.witness.is_some() {
        return Vec::new();
    }
    let find_in_request = |request: usize| {
        let row = input.joined[request].socket?;
        let (from, to) = (row.first_byte?, row.last_byte?);
        let slow = is_on_loopback(input, request) || is_paused(row);
        let found = Overlay { request, from, to, charge: Charge::SlowBody };
        (slow && to.saturating_sub(from) >= LEAST).then_some(found)
    };
    input.requests().filter_map(find_in_request).collect()
}

/// Whether a request went to this machine.
pub(super) fn is_on_loopback(input: &AccountInput<'_, '_>, request: usize) -> bool {
    let peer = input.carrier(request).and_then(|carrier| carrier.peer.parse::<SocketAddr>().ok());
    peer.is_some_and(|peer| match peer.ip() {
        IpAddr::V4(address) => address.is_loopback(),
        IpAddr::V6(address) => address.to_canonical().is_loopback(),
    })
}

/// Whether a small response came in pieces that its sender did not fill.
fn is_paused(row: &SocketRequest) -> bool {
    let piece = row.bytes_in / u64::from(row.reads.max(1));
    row.bytes_in <= LARGE && piece < SEGMENT && row.read_pause.is_some_and(|pause| pause >= LEAST)
}
