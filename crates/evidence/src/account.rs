//! The account of a trial: each nanosecond of its critical path, charged to one cause.
//!
//! The path says what a stretch was spent on; the account says for what. A round trip is charged
//! otherwise when it is the one that no batch can do without, when it came after another that it
//! need not have waited for, and when a limit held it back. What was found on single requests
//! (`overlay`: a queue at the server, a straggler, a redirect, ...) is cut out first; the rest is
//! charged by its label and its place (`ground`). The charges of a trial sum to its batch's time, so
//! that those of two arms sum to their gap.

mod charge;
mod ground;
mod overlay;
mod scene;

use model::time::Span;

pub use charge::{Charge, PerCharge};
pub use scene::Scene;

use ground::Ground;
use overlay::Overlays;

/// What the time of one batch is charged to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    charged: PerCharge<Span>,
}

impl Account {
    /// The account of a trial that is set out in `scene`.
    pub fn of(scene: &Scene<'_>) -> Self {
        let overlays = Overlays::find(scene);
        let mut account = Self::default();
        let mut ground = Ground::new(scene);
        for segment in scene.path.segments() {
            for piece in overlays.cut(segment) {
                match piece.charge {
                    Some(charge) => account.charge(charge, piece.length),
                    None => ground.charge(&mut account, segment, piece.length),
                }
            }
            ground.pass(segment);
        }
        account
    }

    /// How much is charged to a cause.
    pub fn charged_to(&self, charge: Charge) -> Span {
        self.charged[charge]
    }

    fn charge(&mut self, charge: Charge, length: Span) {
        let charged = &mut self.charged[charge];
        *charged = *charged + length;
    }
}

#[cfg(test)]
mod tests;
