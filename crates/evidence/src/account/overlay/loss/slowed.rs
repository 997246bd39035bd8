//! Responses that took longer because a loss had slowed their sender down.
//!
//! A sender starts with ten datagrams and doubles its window each round trip, until it sees a loss (RFC 9002,
//! section 7.3.1). What a response of a connection with losses took beyond that is charged to them, from the first
//! loss on. A window that was larger at the start of the batch would have made the response faster still.

use std::collections::BTreeMap;

use model::time::Span;
use model::witness::{LinkEnd, RequestRow, Witness};

use super::Wait;
use crate::account::AccountInput;

/// The window with which a connection starts: ten datagrams of 1200 bytes.
const FIRST_WINDOW: u64 = 12_000;

/// The waits of all responses, each with its request.
pub(super) fn find(input: &AccountInput<'_, '_>, witness: &Witness) -> Vec<(usize, Wait)> {
    let mut first_losses: BTreeMap<u64, Span> = BTreeMap::new();
    for loss in witness.losses.iter().filter(|loss| loss.to == LinkEnd::Client) {
        let first = first_losses.entry(loss.connection).or_insert(loss.at);
        *first = loss.at.min(*first);
    }
    let mut answered: Vec<(usize, &RequestRow, Span)> = input
        .requests()
        .filter_map(|request| {
            let row = input.joined[request].request?;
            first_losses.contains_key(&row.connection).then_some(())?;
            Some((request, row, row.last_byte_out?))
        })
        .collect();
    answered.sort_by_key(|(_, row, ended)| (row.connection, *ended));
    let mut found = Vec::new();
    for responses in
        answered.chunk_by(|(_, one, _), (_, next, _)| one.connection == next.connection)
    {
        let mut sent = 0;
        for (request, row, ended) in responses {
            sent += row.body_bytes;
            let first_loss = first_losses.get(&row.connection).copied().unwrap_or_default();
            if let Some(expected) = expected_end(input, row, sent) {
                found.push((*request, Wait { from: expected.max(first_loss), to: *ended }));
            }
        }
    }
    found
}

/// When a response would have ended without losses, where this much had to be sent until then.
fn expected_end(input: &AccountInput<'_, '_>, row: &RequestRow, sent: u64) -> Option<Span> {
    let ready = row.first_byte_out?.saturating_sub(row.hold_out?);
    let round_trip = input.setting.round_trip;
    let bandwidth = input.setting.link.and_then(|link| link.bandwidth);
    let transmission = bandwidth.map_or(Span::ZERO, |rate| rate.time_of(sent));
    Some(ready + round_trip.half() + round_trip.times(round_trips(sent)) + transmission)
}

/// After how many round trips slow start has sent this many bytes.
fn round_trips(bytes: u64) -> u64 {
    let windows = bytes.div_ceil(FIRST_WINDOW);
    u64::from((windows + 1).next_power_of_two().trailing_zeros()).saturating_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_start_doubles_its_window_each_round_trip() {
        let windows =
            [0, 1, 2, 3, 4, 7, 8, 15, 16].map(|windows| round_trips(windows * FIRST_WINDOW));
        assert_eq!(windows, [0, 0, 1, 1, 2, 2, 3, 3, 4]);
    }
}
