//! Requests that had arrived, and that the server had not begun to handle: only the embedded
//! endpoint can tell.

use super::{Charge, Overlay, Scene};
use crate::join::Joined;

pub(super) fn find(scene: &Scene<'_>) -> Vec<Overlay> {
    let queued = |(request, joined): (usize, &Joined<'_>)| {
        let row = joined.request?;
        let from = row.last_byte_in + row.hold_in;
        Some(Overlay { request, from, to: row.handled, charge: Charge::ServerQueue })
    };
    scene.joined.iter().enumerate().filter_map(queued).filter(|over| over.from < over.to).collect()
}
