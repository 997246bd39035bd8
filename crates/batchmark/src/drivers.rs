//! The drivers that take part in a run, in the order of the recording.

use model::driver_protocol::DriverHello;
use model::index::DriverIndex;
use runner::command::ProcessCommand;
use runner::host_driver::HostDriver;

/// The drivers that take part in a run.
#[derive(Clone, Debug, Default)]
pub struct Drivers(Vec<HostDriver>);

impl Drivers {
    /// The drivers of the hosts that are `used`.
    pub fn used(all: Vec<HostDriver>, used: impl Fn(&str) -> bool) -> Self {
        Self(all.into_iter().filter(|driver| used(&driver.host)).collect())
    }

    /// The drivers in this order.
    pub const fn ordered(drivers: Vec<HostDriver>) -> Self {
        Self(drivers)
    }

    /// The index of a host's driver.
    pub fn index_of(&self, host: &str) -> Option<DriverIndex> {
        self.0.iter().position(|driver| driver.host == host).map(DriverIndex)
    }

    /// How each driver is started.
    pub fn commands(&self) -> Vec<ProcessCommand> {
        self.0.iter().map(|driver| driver.command.clone()).collect()
    }

    /// How each driver introduced itself.
    pub fn hellos(&self) -> Vec<DriverHello> {
        self.0.iter().map(|driver| driver.hello.clone()).collect()
    }
}
