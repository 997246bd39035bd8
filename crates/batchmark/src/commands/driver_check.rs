//! `batchmark driver-check`: is this a correct driver?

use report::printer::print;
use runner::check::check_driver;
use runner::command::ProcessCommand;
use runner::groups::ProcessGroups;

use crate::arguments::DriverCheckArguments;
use crate::exit::Exit;

/// Checks a driver and prints a line for each point.
///
/// # Errors
/// When the embedded endpoint, which the driver is tried on, does not start.
pub fn check(arguments: &DriverCheckArguments) -> anyhow::Result<Exit> {
    let (program, rest) =
        arguments.command.split_first().unwrap_or((const { &String::new() }, &[]));
    let words: Vec<&str> = rest.iter().map(String::as_str).collect();
    let command = ProcessCommand::new(program, &words);
    let endpoint = ProcessCommand::new(super::this_program()?, &["endpoint-process"]);
    let points = check_driver(&command, &endpoint, &ProcessGroups::default())?;
    print(&report::driver_check(&points))?;
    let passed = points.iter().all(|point| point.outcome.is_ok());
    Ok(if passed { Exit::Success } else { Exit::SomeFailed })
}
