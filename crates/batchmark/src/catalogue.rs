//! What can be compared here: the drivers that answer, and the strategies that they offer.
//!
//! A host is asked only for a strategy that it may serve, and only as long as one is not found: a
//! run of built-in strategies starts no interpreter.

use model::driver_protocol::{DriverHello, MissingStrategy};
use model::index::DriverIndex;
use model::strategy::StrategySpec;
use runner::command::ProcessCommand;
use runner::driver::Driver;
use runner::process_groups::ProcessGroups;

use crate::hosts::{Absence, Absent, Carried, Host, may_serve};
use crate::private_folder::PrivateFolder;
use crate::usage::UsageError;

/// The hosts that were asked, with what they offer.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// Those that answered.
    pub asked: Vec<Asked>,
    /// Those that are not there.
    pub absent: Vec<Absent>,
}

/// A host that answered.
#[derive(Clone, Debug)]
pub struct Asked {
    /// The host.
    pub host: String,
    /// How its driver is started.
    pub command: ProcessCommand,
    /// How its driver introduced itself.
    pub hello: DriverHello,
}

/// A strategy of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The place of the driver that offers it.
    pub driver: DriverIndex,
    /// What it is.
    pub spec: &'a StrategySpec,
}

/// Where hosts are asked: what they need is written there, and their processes belong there.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// What the program carries for them.
    pub carried: &'a Carried,
    /// Where the processes write.
    pub private: &'a PrivateFolder,
    /// The processes of the program.
    pub groups: &'a ProcessGroups,
}

impl Catalogue {
    /// Asks every host who it is.
    pub fn of_all(hosts: &[Box<dyn Host>], place: Place<'_>) -> Self {
        let mut catalogue = Self::default();
        hosts.iter().for_each(|host| catalogue.ask(host.as_ref(), place));
        catalogue
    }

    /// Asks the hosts that may serve strategies of these names, until each is found.
    ///
    /// # Errors
    /// When what a person has brought along is asked for and is not there.
    pub fn of_names(
        hosts: &[Box<dyn Host>],
        names: &[&str],
        place: Place<'_>,
    ) -> Result<Self, UsageError> {
        let mut catalogue = Self::default();
        for host in hosts {
            let mut meant = names.iter().filter(|name| may_serve(host.as_ref(), name));
            match host.folder() {
                // All that is brought along, for a name may be there twice.
                Some(_) if meant.next().is_some() => catalogue.ask_brought(host.as_ref(), place)?,
                None if meant.any(|name| catalogue.find(name).is_none()) => {
                    catalogue.ask(host.as_ref(), place);
                }
                _ => {}
            }
        }
        Ok(catalogue)
    }

    /// Asks for all that a person has brought along, and gives the names of it.
    ///
    /// # Errors
    /// When it is not there.
    pub fn add_brought(
        &mut self,
        hosts: &[Box<dyn Host>],
        place: Place<'_>,
    ) -> Result<Vec<String>, UsageError> {
        let known = self.asked.len();
        for host in hosts.iter().filter(|host| host.folder().is_some()) {
            self.ask_brought(host.as_ref(), place)?;
        }
        let brought = self.asked[known..].iter().flat_map(|asked| &asked.hello.strategies);
        Ok(brought.map(|spec| spec.name.clone()).collect())
    }

    /// The same without the drivers at none of these places, each of which becomes the new place of
    /// its driver.
    #[must_use]
    pub fn only<'a>(self, places: impl Iterator<Item = &'a mut DriverIndex>) -> Self {
        let mut places: Vec<&mut DriverIndex> = places.collect();
        let mut kept = Self { absent: self.absent, ..Self::default() };
        for (place, asked) in self.asked.into_iter().enumerate() {
            // A new place is never behind an old one, and so is none that is still to be looked for.
            let mut needed = places.iter_mut().filter(|needed| needed.0 == place).peekable();
            if needed.peek().is_some() {
                needed.for_each(|needed| **needed = DriverIndex(kept.asked.len()));
                kept.asked.push(asked);
            }
        }
        kept
    }

    /// How each driver is started.
    pub fn commands(&self) -> Vec<ProcessCommand> {
        self.asked.iter().map(|asked| asked.command.clone()).collect()
    }

    /// How each driver introduced itself.
    pub fn hellos(&self) -> Vec<DriverHello> {
        self.asked.iter().map(|asked| asked.hello.clone()).collect()
    }

    fn ask_brought(&mut self, host: &dyn Host, place: Place<'_>) -> Result<(), UsageError> {
        let (absent, known) = (self.absent.len(), self.asked.len());
        self.ask(host, place);
        if let Some(Absent { host, absence }) = self.absent.get(absent) {
            return Err(UsageError::Absent { host: host.clone(), absence: absence.clone() });
        }
        let (before, new) = self.asked.split_at(known);
        let names = |asked: &[Asked]| -> Vec<String> {
            let specs = asked.iter().flat_map(|asked| &asked.hello.strategies);
            specs.map(|spec| spec.name.clone()).collect()
        };
        let offered = names(new);
        if offered.is_empty() {
            let missing = new.iter().flat_map(|asked| &asked.hello.missing).next();
            return Err(missing.map_or_else(
                || UsageError::NothingMarked(host.name()),
                |missing| UsageError::Missing(missing.clone()),
            ));
        }
        match names(before).into_iter().find(|name| offered.contains(name)) {
            Some(name) => Err(UsageError::BroughtTwice(name)),
            None => Ok(()),
        }
    }

    fn ask(&mut self, host: &dyn Host, place: Place<'_>) {
        let absent = |absence| Absent { host: host.name(), absence };
        let command = match host.driver(place.carried) {
            Ok(command) => command,
            Err(absence) => return self.absent.push(absent(absence)),
        };
        match Driver::start(&command, place.groups) {
            Ok(driver) => {
                let mut hello = driver.hello().clone();
                hello.strategies.retain(|spec| may_serve(host, &spec.name));
                hello.missing.retain(|missing| may_serve(host, &missing.name));
                self.asked.push(Asked { host: host.name(), command, hello });
            }
            Err(failure) => {
                let program = command.program.display();
                let reason = format!("{program} does not serve: {failure}");
                self.absent.push(absent(Absence { reason, remedy: host.remedy() }));
            }
        }
    }

    /// All strategies, in the order of their drivers.
    pub fn offers(&self) -> impl Iterator<Item = Offer<'_>> {
        self.asked.iter().enumerate().flat_map(|(driver, asked)| {
            let driver = DriverIndex(driver);
            asked.hello.strategies.iter().map(move |spec| Offer { driver, spec })
        })
    }

    /// The strategy of a name or an alias.
    pub fn find(&self, name: &str) -> Option<Offer<'_>> {
        self.offers()
            .find(|offer| offer.spec.name == name || offer.spec.alias.as_deref() == Some(name))
    }

    /// The strategy of a name that would be there if something else were.
    pub fn missing(&self, name: &str) -> Option<&MissingStrategy> {
        let mut missing = self.asked.iter().flat_map(|asked| &asked.hello.missing);
        missing.find(|missing| missing.name == name)
    }

    /// Every name and alias that [`Catalogue::find`] would find.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.offers().flat_map(|offer| {
            std::iter::once(offer.spec.name.as_str()).chain(offer.spec.alias.as_deref())
        })
    }
}
