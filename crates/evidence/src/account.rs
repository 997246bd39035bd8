//! The account of a trial: each nanosecond of its critical path, charged to one cause.
//!
//! The path says what a segment is spent on; the account says why. `overlay` finds the parts of
//! single requests with a cause of their own: a queue at the server, a straggler, a redirect.
//! `default_charges` charges the rest by its phase and by the request's place on the path. The
//! charges of a trial sum to its batch time, so the differences of two arms sum to their gap.

mod charge;
mod default_charges;
mod input;
mod overlay;

use model::time::Span;

pub use charge::{Charge, PerCharge};
pub(crate) use input::{AccountInput, FirstClosed};

use default_charges::DefaultCharges;
use overlay::Overlays;

/// The time of one batch by the causes that it is charged to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Account {
    charged: PerCharge<Span>,
}

impl Account {
    pub(crate) fn new(input: &AccountInput<'_, '_>) -> Self {
        let overlays = Overlays::find(input);
        let mut account = Self::default();
        let mut default_charges = DefaultCharges::new(input);
        for segment in input.path.segments() {
            for piece in overlays.cut(segment) {
                match piece.charge {
                    Some(charge) => account.charge(charge, piece.length),
                    None => default_charges.charge(&mut account, segment, piece.length),
                }
            }
            default_charges.pass(segment);
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
