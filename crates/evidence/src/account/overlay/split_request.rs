//! Requests that a client wrote in several parts, of which its kernel kept the last one back.
//!
//! Without TCP_NODELAY a small part leaves when the part before it is acknowledged (Nagle's algorithm,
//! RFC 896). The server's kernel delays that acknowledgement by 40 ms (Linux, TCP_DELACK_MIN).

use model::socket::SocketRequest;
use model::time::Span;

use super::{AccountInput, Charge, Overlay};

/// How long the server's kernel delays an acknowledgement.
const DELAY: Span = Span::from_millis(40);

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Overlay> {
    let find_in_request = |request: usize| {
        let row = input.joined[request].socket.filter(|row| row.held)?;
        let (from, to) = (row.sent, left(input, request, row)?);
        (from < to).then_some(Overlay { request, from, to, charge: Charge::SplitRequest })
    };
    input.requests().filter_map(find_in_request).collect()
}

/// When the last part left the client: by its arrival at the endpoint, which the link does not delay,
/// else by the kernel's clock, else when the delay of an acknowledgement was over.
fn left(input: &AccountInput<'_, '_>, request: usize, row: &SocketRequest) -> Option<Span> {
    let arrived = input.joined[request].request.map(|row| row.last_byte_in);
    let released = || Some(row.released?.min(row.first_byte?));
    let delayed = || Some((row.sent + DELAY).min(row.first_byte?));
    arrived.or_else(released).or_else(delayed)
}
