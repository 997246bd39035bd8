//! Dose responses: an arm measured with a slower and slower server.

use model::arm::{Arm, Role};
use model::experiment::{Dose, DoseResponse};
use model::link::Link;
use model::time::Span;

use crate::extra_arms::ExtraArm;

/// The doses in milliseconds of extra server time, besides zero.
const MILLIS: [u64; 4] = [1, 2, 5, 10];

/// The dose response of an arm behind a link, and the arms that it adds.
pub(super) fn response(arm: &Arm, link: &Link) -> (DoseResponse, Vec<ExtraArm>) {
    let mut doses = vec![Dose { think: Span::ZERO, arm: arm.name.clone() }];
    let mut arms = Vec::new();
    for think in MILLIS.map(Span::from_millis) {
        let slower = Link { think: link.think + think, ..link.clone() };
        let dosed = ExtraArm::copy(arm, Role::Toggle, &format!("think={think}"), Some(slower));
        doses.push(Dose { think, arm: dosed.arm.name.clone() });
        arms.push(dosed);
    }
    (DoseResponse { arm: arm.name.clone(), doses }, arms)
}
