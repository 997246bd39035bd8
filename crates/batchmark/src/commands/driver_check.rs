//! `batchmark driver-check`: is this a correct driver?

use conformance::{Point, check_driver};
use model::strategy::StrategySpec;
use report::printer::print;
use runner::command::ProcessCommand;
use runner::process_groups::ProcessGroups;

use crate::arguments::DriverCheckArguments;
use crate::exit::Exit;
use crate::hosts::{self, AbsentHost, Carried, Host};
use crate::interrupt;
use crate::private_folder::PrivateFolder;
use crate::usage::UsageError;

/// Checks drivers and prints a line for each point.
///
/// # Errors
/// When the embedded endpoint, which the drivers are tried on, does not start, or Ctrl-C cannot be
/// caught.
pub fn check(arguments: &DriverCheckArguments) -> anyhow::Result<Exit> {
    let private = PrivateFolder::default();
    interrupt::end_at_once(private.remover())?;
    let endpoint = hosts::endpoint_process(&private)?;
    let carried = Carried::to(private);
    let mut exit = Exit::Success;
    for Checked { command, host } in checked(arguments, &carried)? {
        let is_meant = |spec: &StrategySpec| {
            host.as_ref().is_none_or(|host| hosts::may_serve(host.as_ref(), &spec.name))
        };
        let points = check_driver(&command, &is_meant, &endpoint, &ProcessGroups::default())?;
        print(&report::driver_check(&points))?;
        if !points.iter().all(Point::is_right) {
            exit = Exit::SomeFailed;
        }
    }
    Ok(exit)
}

/// A driver that is to be checked.
struct Checked {
    command: ProcessCommand,
    /// The host whose driver it is; nothing for any other.
    host: Option<Box<dyn Host>>,
}

fn checked(
    arguments: &DriverCheckArguments,
    carried: &Carried,
) -> Result<Vec<Checked>, UsageError> {
    if let Some((program, words)) = arguments.driver.split_first() {
        let command = ProcessCommand::new(program, &[]).with(words);
        return Ok(vec![Checked { command, host: None }]);
    }
    let named = arguments.host.map(|name| hosts::named(name, &arguments.hosts));
    let hosts = named.into_iter().chain(hosts::brought(&arguments.hosts)?);
    hosts.map(|host| of_host(host, carried)).collect()
}

fn of_host(host: Box<dyn Host>, carried: &Carried) -> Result<Checked, UsageError> {
    match host.driver(carried) {
        Ok(command) => Ok(Checked { command, host: Some(host) }),
        Err(absence) => Err(UsageError::Absent(AbsentHost { host: host.name(), absence })),
    }
}
