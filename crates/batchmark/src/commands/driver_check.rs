//! `batchmark driver-check`: is this a correct driver?

use report::printer::print;
use runner::check::check_driver;
use runner::command::ProcessCommand;
use runner::groups::ProcessGroups;

use crate::arguments::DriverCheckArguments;
use crate::exit::Exit;
use crate::hosts::{self, Carried, HostArguments, this_program};
use crate::interrupt;
use crate::usage::UsageError;

/// Checks a driver and prints a line for each point.
///
/// # Errors
/// When the embedded endpoint, which the driver is tried on, does not start, or Ctrl-C cannot be caught.
pub fn check(arguments: &DriverCheckArguments) -> anyhow::Result<Exit> {
    let carried = Carried::default();
    interrupt::end_at_once(carried.remover())?;
    let command = command(arguments, &carried)?;
    let endpoint = ProcessCommand::new(this_program()?, &["endpoint-process"]);
    let points = check_driver(&command, &endpoint, &ProcessGroups::default())?;
    print(&report::driver_check(&points))?;
    let passed = points.iter().all(|point| point.outcome.is_ok());
    Ok(if passed { Exit::Success } else { Exit::SomeFailed })
}

fn command(
    arguments: &DriverCheckArguments,
    carried: &Carried,
) -> Result<ProcessCommand, UsageError> {
    let DriverCheckArguments { host, python, node, command } = arguments;
    let Some(name) = *host else {
        let (program, words) = command.split_first().unwrap_or((const { &String::new() }, &[]));
        return Ok(ProcessCommand::new(program, &[]).with(words));
    };
    let (python, node) = (python.clone(), node.clone());
    let host = hosts::named(name, &HostArguments { python, node, ..HostArguments::default() });
    host.driver(carried).map_err(|absence| UsageError::Absent { host: host.name(), absence })
}
