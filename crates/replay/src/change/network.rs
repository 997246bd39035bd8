//! The link of a batch, and the time that its server takes.

use evidence::account::Charge;
use model::link::Rate;
use model::time::Span;

use crate::batch::{Batch, Resource, Step};

/// The emulated link lets connections take turns after so long, but not after fewer or more bytes.
const PIECE_TIME: Span = Span::from_nanos(500_000);
const SMALLEST_PIECE: u64 = 1448;
const LARGEST_PIECE: u64 = 32 * 1024;

/// Each step takes longer or shorter by its flights.
pub(super) fn set_round_trip(batch: &mut Batch, trip: Span) {
    let Some(before) = batch.round_trip.replace(trip) else {
        batch.round_trip = None;
        return;
    };
    let change = |step: &mut Step| {
        step.length = step.length.saturating_sub(step.flights.take(before));
        step.length = step.length + step.flights.take(trip);
    };
    batch.unopened.iter_mut().flatten().for_each(change);
    batch.steps_mut().for_each(change);
}

pub(super) fn set_think(batch: &mut Batch, think: Span) {
    let Some(before) = batch.think else { return };
    batch.think = Some(think);
    for step in batch.steps_mut().filter(|step| step.resource == Resource::Server) {
        step.length = step.length.saturating_sub(before) + think;
    }
}

/// How long the emulated link serves a connection before it serves the next one.
pub(crate) fn piece(rate: Rate) -> Span {
    rate.time_of(rate.bytes_in(PIECE_TIME).clamp(SMALLEST_PIECE, LARGEST_PIECE))
}

/// The bytes of a response pass after the last flight of its exchange.
pub(super) fn set_rate(batch: &mut Batch, rate: Option<Rate>) {
    batch.piece = rate.map_or(Span::ZERO, piece);
    for request in &mut batch.requests {
        let Some(bytes) = request.bytes else { continue };
        request.exchange.retain(|step| step.resource != Resource::Link);
        let arrived = request.exchange.iter().rposition(|step| step.flights.0 > 0);
        let place = arrived.map_or(request.exchange.len(), |last| last + 1);
        if let Some(rate) = rate {
            let transfer = Step::caused(Resource::Link, rate.time_of(bytes), Charge::Bytes);
            request.exchange.insert(place, transfer);
        }
    }
}
