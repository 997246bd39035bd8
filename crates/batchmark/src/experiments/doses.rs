//! The doses: an arm before a server that thinks longer and longer.

use model::arm::Arm;
use model::experiment::{Dose, DoseResponse};
use model::link::Link;
use model::time::Span;

use super::copy;
use crate::added::Added;

/// By how many milliseconds the server thinks longer, beside not at all.
const MILLIS: [u64; 4] = [1, 2, 5, 10];

/// The dose response of an arm behind a link, and the arms that it needs.
pub(super) fn response(arm: &Arm, link: &Link) -> (DoseResponse, Vec<Added>) {
    let mut doses = vec![Dose { think: Span::ZERO, arm: arm.name.clone() }];
    let mut added = Vec::new();
    for think in MILLIS.map(Span::from_millis) {
        let slower = Link { think: link.think + think, ..link.clone() };
        let dosed = copy(arm, &format!("think={think}"), Some(slower));
        doses.push(Dose { think, arm: dosed.arm.name.clone() });
        added.push(dosed);
    }
    (DoseResponse { arm: arm.name.clone(), doses }, added)
}
