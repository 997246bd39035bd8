//! Requests that were turned away at first: refused for too many of them, or redirected.

use super::{Charge, Overlay, Scene};
use crate::detour::{Detour, Why, detours};

pub(super) fn find(scene: &Scene<'_>) -> Vec<Overlay> {
    let Some(witness) = scene.witness else { return Vec::new() };
    let overlay = |detour: Detour<'_>| {
        let charge = match detour.why {
            Why::TooMany => Charge::Throttle,
            Why::Redirected => Charge::Redirect,
        };
        let request = scene.asking_for(detour.asked_for)?;
        Some(Overlay {
            request,
            from: detour.first.last_byte_in,
            to: detour.again.last_byte_in,
            charge,
        })
    };
    detours(witness).into_iter().filter_map(overlay).collect()
}
