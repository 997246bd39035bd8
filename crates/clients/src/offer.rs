//! What a driver offers: strategies, and a way to get each of them ready.

use model::driver_protocol::{DriverError, ModuleVersion, Preparation};
use model::facts::Facts;
use model::strategy::StrategySpec;

use crate::session::{Bench, ReadUsage};

/// The strategies of one kind of driver.
pub(crate) trait Offer {
    /// The driver's name.
    const DRIVER: &'static str;

    /// Reads what its strategies have used so far.
    const USAGE: ReadUsage;

    /// The libraries that take part in what is measured.
    fn versions(&self) -> Vec<ModuleVersion>;

    /// The strategies.
    fn strategies(&self) -> Vec<StrategySpec>;

    /// Puts a strategy together and reads all that its trials must not read any more.
    ///
    /// # Errors
    /// When the strategy, a condition or the target cannot be used.
    fn prepare(&self, preparation: &Preparation) -> Result<Prepared, DriverError>;
}

/// A strategy that is ready for trials.
pub(crate) struct Prepared {
    /// What runs them.
    pub(crate) bench: Box<dyn Bench>,
    /// What is true of it.
    pub(crate) facts: Facts,
}
