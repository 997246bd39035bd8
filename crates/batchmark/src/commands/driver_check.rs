//! `batchmark driver-check`: checks whether drivers follow the protocol.

use conformance::{CheckedPoint, check_driver};
use model::strategy::StrategySpec;
use report::printer::{hide_in_messages, print};
use runner::command::ProcessCommand;
use runner::process_groups::ProcessGroups;

use crate::arguments::DriverCheckArguments;
use crate::exit::Exit;
use crate::hosts::{self, Carried, Host};
use crate::interrupt;
use crate::private_folder::PrivateFolder;
use crate::secrets::SecretCollector;
use crate::usage::UsageError;
use runner::host_driver::AbsentHost;

/// Checks drivers and prints a line for each point.
///
/// # Errors
/// If the embedded endpoint does not start, or Ctrl-C cannot be caught.
pub fn check(arguments: &DriverCheckArguments) -> anyhow::Result<Exit> {
    let private = PrivateFolder::default();
    interrupt::end_at_once(private.remover())?;
    let endpoint = hosts::endpoint_process(&private)?;
    let carried = Carried::to(private);
    let secrets = SecretCollector::of_hosts(&arguments.hosts);
    let secrets = secrets.secrets();
    hide_in_messages(secrets.clone());
    let mut exit = Exit::Success;
    for CheckedDriver { command, host } in checked(arguments, &carried)? {
        let is_included = |spec: &StrategySpec| {
            host.as_ref().is_none_or(|host| hosts::may_serve(host.as_ref(), &spec.name))
        };
        let points = check_driver(&command, &is_included, &endpoint, &ProcessGroups::default())?;
        print(&secrets.hide(&report::driver_check(&points)))?;
        if !points.iter().all(CheckedPoint::is_right) {
            exit = Exit::SomeFailed;
        }
    }
    Ok(exit)
}

/// A driver to check.
struct CheckedDriver {
    command: ProcessCommand,
    /// Its host; none for the driver of a typed command.
    host: Option<Box<dyn Host>>,
}

fn checked(
    arguments: &DriverCheckArguments,
    carried: &Carried,
) -> Result<Vec<CheckedDriver>, UsageError> {
    if let Some((program, words)) = arguments.driver.split_first() {
        let command = ProcessCommand::new(program, &[]).with(words);
        return Ok(vec![CheckedDriver { command, host: None }]);
    }
    let named = arguments.host.map(|name| hosts::named(name, &arguments.hosts));
    let hosts = named.into_iter().chain(hosts::read_user_hosts(&arguments.hosts)?);
    hosts.map(|host| driver_of(host, carried)).collect()
}

fn driver_of(host: Box<dyn Host>, carried: &Carried) -> Result<CheckedDriver, UsageError> {
    match host.driver(carried) {
        Ok(command) => Ok(CheckedDriver { command, host: Some(host) }),
        Err(absence) => Err(UsageError::Absent(AbsentHost { host: host.name(), absence })),
    }
}
