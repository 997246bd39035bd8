//! Requests that were followed by another one for the same item: refused because there were too many,
//! redirected, or repeated.

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
        Some(Overlay {
            request,
            from: detour.first.last_byte_in,
            to: detour.again.last_byte_in,
            charge,
        })
    };
    input.detours.iter().filter_map(overlay).collect()
}
