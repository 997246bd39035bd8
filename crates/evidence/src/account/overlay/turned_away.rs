//! Requests that were followed by another one for the same item: refused because there were too many,
//! redirected, or repeated.

use super::{AccountInput, Charge, Overlay};
use crate::detour::{Detour, DetourCause};

pub(super) fn find(input: &AccountInput<'_, '_>) -> Vec<Overlay> {
    let overlay = |detour: &Detour| {
        let charge = match detour.cause {
            DetourCause::TooManyRequests => Charge::Throttle,
            DetourCause::Redirect => Charge::Redirect,
            DetourCause::Repeated => Charge::ExtraRequest,
        };
        // The first request on a connection is held longer: until the connection is open.
        let row = input.witness.and_then(|witness| witness.requests.get(detour.first));
        let held = row.map(|row| row.hold_in.saturating_sub(input.setting.round_trip.half()));
        let from = detour.from + held.unwrap_or_default();
        Some(Overlay { request: detour.item?, from, to: detour.to, charge })
    };
    input.detours.iter().filter_map(overlay).collect()
}
