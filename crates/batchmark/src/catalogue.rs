//! The catalogue: the drivers that answer here, and the strategies that they offer.
//!
//! A host is asked only for a strategy that it may serve, and only until the strategy is found. So a
//! run of built-in strategies starts no interpreter.

use model::driver_protocol::MissingStrategy;
use model::plan::LeftOut;
use model::strategy::StrategySpec;
use runner::driver::Driver;
use runner::process_groups::ProcessGroups;

use crate::hosts::{Carried, Host, may_serve};
use crate::private_folder::PrivateFolder;
use crate::usage::UsageError;
use runner::host_driver::{Absence, AbsentHost, HostDriver};

/// The hosts that were asked, and what they offer.
#[derive(Debug, Default)]
pub struct Catalogue {
    /// The hosts that answered.
    pub drivers: Vec<HostDriver>,
    /// The hosts that cannot be used here.
    pub absent: Vec<AbsentHost>,
    /// What the files of the user would offer, if they could be used.
    pub unusable: Vec<LeftOut>,
}

/// A strategy of the catalogue.
#[derive(Clone, Copy, Debug)]
pub struct Offer<'a> {
    /// The host that serves it.
    pub host: &'a str,
    /// The strategy.
    pub spec: &'a StrategySpec,
}

/// What starting a host's driver needs.
#[derive(Clone, Copy, Debug)]
pub struct HostContext<'a> {
    /// The sources of drivers that the program carries.
    pub carried: &'a Carried,
    /// The folder that processes write to.
    pub private: &'a PrivateFolder,
    /// The process groups to end with the program.
    pub groups: &'a ProcessGroups,
}

impl Catalogue {
    /// Asks every host.
    pub fn start_all(hosts: &[Box<dyn Host>], context: HostContext<'_>) -> Self {
        let mut catalogue = Self::default();
        hosts.iter().for_each(|host| catalogue.ask(host.as_ref(), context));
        catalogue
    }

    /// Asks the hosts that may serve strategies of these names, until each is found.
    ///
    /// # Errors
    /// If code or a command of the user is named and cannot be used.
    pub fn start_named(
        hosts: &[Box<dyn Host>],
        names: &[&str],
        context: HostContext<'_>,
    ) -> Result<Self, UsageError> {
        let mut catalogue = Self::default();
        for host in hosts {
            let mut served = names.iter().filter(|name| may_serve(host.as_ref(), name));
            match host.folder() {
                // All hosts of the user are asked, as two of them may offer the same name.
                Some(_) if served.next().is_some() => {
                    catalogue.ask_user_host(host.as_ref(), context)?;
                }
                None if served.any(|name| catalogue.find(name).is_none()) => {
                    catalogue.ask(host.as_ref(), context);
                }
                _ => {}
            }
        }
        Ok(catalogue)
    }

    /// Asks all hosts of the user's code and commands. Returns the names of their strategies.
    ///
    /// # Errors
    /// If one of them cannot be used.
    pub fn add_user_hosts(
        &mut self,
        hosts: &[Box<dyn Host>],
        context: HostContext<'_>,
    ) -> Result<Vec<String>, UsageError> {
        let known = self.drivers.len();
        for host in hosts.iter().filter(|host| host.folder().is_some()) {
            self.ask_user_host(host.as_ref(), context)?;
        }
        Ok(names(&self.drivers[known..]))
    }

    fn ask_user_host(
        &mut self,
        host: &dyn Host,
        context: HostContext<'_>,
    ) -> Result<(), UsageError> {
        let (absent, known) = (self.absent.len(), self.drivers.len());
        self.ask(host, context);
        if let Some(absent) = self.absent.get(absent) {
            return Err(UsageError::Absent(absent.clone()));
        }
        let (before, new) = self.drivers.split_at(known);
        let offered = names(new);
        if offered.is_empty() {
            let missing = new.iter().flat_map(|driver| &driver.hello.missing).next();
            let missing = missing.ok_or_else(|| UsageError::NothingMarked(host.name()))?;
            self.unusable.push(LeftOut {
                strategy: missing.name.clone(),
                reason: format!("{}\n{}", missing.reason, missing.remedy),
            });
        }
        match names(before).into_iter().find(|name| offered.contains(name)) {
            Some(name) => Err(UsageError::SameNameTwice(name)),
            None => Ok(()),
        }
    }

    fn ask(&mut self, host: &dyn Host, context: HostContext<'_>) {
        let absent = |absence| AbsentHost { host: host.name(), absence };
        let command = match host.driver(context.carried) {
            Ok(command) => command,
            Err(absence) => return self.absent.push(absent(absence)),
        };
        match Driver::start(&command, context.groups) {
            Ok(driver) => {
                let mut hello = driver.hello().clone();
                hello.strategies.retain(|spec| may_serve(host, &spec.name));
                hello.missing.retain(|missing| may_serve(host, &missing.name));
                let program = host.program().unwrap_or_else(|| command.program.clone());
                self.drivers.push(HostDriver { host: host.name(), program, command, hello });
            }
            Err(failure) => {
                let program = command.program.display();
                let reason = format!("{program} failed as a driver: {failure}");
                self.absent.push(absent(Absence { reason, remedy: host.remedy() }));
            }
        }
    }

    /// All strategies, in the order of their drivers.
    pub fn offers(&self) -> impl Iterator<Item = Offer<'_>> {
        self.drivers.iter().flat_map(|driver| {
            driver.hello.strategies.iter().map(|spec| Offer { host: &driver.host, spec })
        })
    }

    /// The strategy with a name or an alias.
    pub fn find(&self, name: &str) -> Option<Offer<'_>> {
        self.offers()
            .find(|offer| offer.spec.name == name || offer.spec.alias.as_deref() == Some(name))
    }

    /// The strategy with a name that would be available if something else were installed.
    pub fn missing(&self, name: &str) -> Option<&MissingStrategy> {
        let mut missing = self.drivers.iter().flat_map(|driver| &driver.hello.missing);
        missing.find(|missing| missing.name == name)
    }

    /// Every name and alias that [`Catalogue::find`] finds.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.offers().flat_map(|offer| {
            std::iter::once(offer.spec.name.as_str()).chain(offer.spec.alias.as_deref())
        })
    }
}

/// The names of all strategies of these drivers.
fn names(drivers: &[HostDriver]) -> Vec<String> {
    let specs = drivers.iter().flat_map(|driver| &driver.hello.strategies);
    specs.map(|spec| spec.name.clone()).collect()
}
