//! Requests that asked for leave to send their body (`Expect: 100-continue`), and waited for it.

use model::time::Span;

use super::{AccountInput, Charge, Overlay};

/// A shorter pause is no wait.
const LEAST: Span = Span::from_millis(1);

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Overlay> {
    let find_in_request = |request: usize| {
        let row = input.joined[request].socket.filter(|row| row.asks_leave || row.interim > 0)?;
        let pause = row.write_pause.filter(|pause| *pause >= LEAST)?;
        // The head is written at once, so the pause follows it.
        let (from, to) = (row.writing, row.writing + pause);
        Some(Overlay { request, from, to, charge: Charge::Continue })
    };
    input.requests().filter_map(find_in_request).collect()
}
