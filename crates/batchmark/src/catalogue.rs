//! What can be compared here: the drivers that answer, and the strategies that they offer.

use model::driver_protocol::DriverHello;
use model::strategy::StrategySpec;
use runner::command::ProcessCommand;
use runner::driver::{Driver, DriverFailure};
use runner::groups::ProcessGroups;

/// The drivers that answer, with the command of each.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// How each driver is started.
    pub commands: Vec<ProcessCommand>,
    /// How each introduced itself, in the same order.
    pub hellos: Vec<DriverHello>,
}

/// A strategy of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The place of the driver that offers it.
    pub driver: usize,
    /// What it is.
    pub spec: &'a StrategySpec,
}

impl Catalogue {
    /// Asks every driver who it is.
    ///
    /// # Errors
    /// When one of them does not answer.
    pub fn discover(
        commands: Vec<ProcessCommand>,
        groups: &ProcessGroups,
    ) -> Result<Self, DriverFailure> {
        let hello = |command| Driver::start(command, groups).map(|driver| driver.hello().clone());
        let hellos = commands.iter().map(hello).collect::<Result<_, _>>()?;
        Ok(Self { commands, hellos })
    }

    /// All strategies, in the order of their drivers.
    pub fn offers(&self) -> impl Iterator<Item = Offer<'_>> {
        self.hellos.iter().enumerate().flat_map(|(driver, hello)| {
            hello.strategies.iter().map(move |spec| Offer { driver, spec })
        })
    }

    /// The strategy of a name or an alias.
    pub fn find(&self, name: &str) -> Option<Offer<'_>> {
        self.offers()
            .find(|offer| offer.spec.name == name || offer.spec.alias.as_deref() == Some(name))
    }

    /// Every name and alias that [`Catalogue::find`] would find.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.offers().flat_map(|offer| {
            std::iter::once(offer.spec.name.as_str()).chain(offer.spec.alias.as_deref())
        })
    }
}
