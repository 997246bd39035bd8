//! What a driver serves: strategies, and the way to prepare each of them.

use model::driver_protocol::{DriverError, ModuleVersion, Preparation};
use model::facts::Facts;
use model::strategy::StrategySpec;

use crate::session::BatchRunner;
use crate::timing::Measured;

/// The strategies of one kind of driver.
pub(crate) trait StrategyProvider {
    /// The driver's name.
    const DRIVER: &'static str;

    /// Reads what the measured processes have used so far.
    const MEASURED: Measured;

    /// The versions of the libraries that take part in what is measured.
    fn versions(&self) -> Vec<ModuleVersion>;

    /// The strategies.
    fn strategies(&self) -> Vec<StrategySpec>;

    /// Assembles a strategy, and reads everything that its trials must not spend time on.
    ///
    /// # Errors
    /// When the strategy, a condition or the target cannot be used.
    fn prepare(&self, preparation: &Preparation) -> Result<PreparedStrategy, DriverError>;
}

/// A strategy that is ready for trials.
pub(crate) struct PreparedStrategy {
    /// Runs its batches.
    pub(crate) runner: Box<dyn BatchRunner>,
    /// What is true of it.
    pub(crate) facts: Facts,
}
