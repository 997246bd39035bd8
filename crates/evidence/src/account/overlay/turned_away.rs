//! Requests that were followed by another one for the same item: refused because there were too many,
//! redirected, or repeated.

use model::time::Span;

use super::{AccountInput, Charge, Overlay};
use crate::detour::{Detour, DetourCause};

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Overlay> {
    let overlay = |detour: &Detour<'_>| {
        let charge = match detour.cause {
            DetourCause::TooManyRequests => Charge::Throttle,
            DetourCause::Redirect => Charge::Redirect,
            DetourCause::Repeated => Charge::ExtraRequest,
        };
        let request = input.setting.only_request(detour.asked_for)?;
        // The first request on a connection is held longer: until the connection is open.
        let row = detour.first;
        let half = Span::from_nanos(input.setting.round_trip.as_nanos() / 2);
        let opening = row.hold_in.saturating_sub(half);
        Some(Overlay {
            request,
            from: row.last_byte_in + opening,
            to: detour.again.last_byte_in,
            charge,
        })
    };
    input.detours.iter().filter_map(overlay).collect()
}
