//! The program: what was typed becomes a plan, the plan is run, the recording is reported.
//!
//! From the words of the command line (`arguments`) to what they mean (`glob`, `urls`,
//! `strategy_grammar`, `catalogue`, `choice`, `planning`, `null_command`), and the subcommands, one
//! file each, in `commands`. What a plan is given after its pilot (`piloted`, `added`) are `controls`
//! and `experiments`. Who serves strategies stands in `hosts`. Whatever can go wrong with what was
//! typed is a sentence in `usage`.

pub mod arguments;
pub mod catalogue;
pub mod commands;
pub mod drivers;
pub mod exit;
pub mod glob;
pub mod hosts;
pub mod interrupt;
pub mod nearest;
pub mod null_command;
pub mod output;
pub mod planning;
pub mod private_folder;
pub mod requested_arms;
pub mod run_request;
pub mod strategy_grammar;
pub mod urls;
pub mod usage;

use std::ffi::OsString;

use clap::Parser;

use crate::arguments::{Arguments, Command};
use crate::exit::Exit;

/// Does what the command line says.
///
/// # Errors
/// Whatever keeps it from doing so, as a sentence for people.
pub fn run(words: impl IntoIterator<Item = OsString>) -> anyhow::Result<Exit> {
    let Arguments { command, run } = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(error) => return exit::not_understood(&error),
    };
    match command {
        None => commands::run::run(&run),
        Some(Command::Run(run)) => commands::run::run(&run),
        Some(Command::Report(report)) => commands::report::report(&report),
        Some(Command::Endpoint(endpoint)) => commands::endpoint::alone(&endpoint),
        Some(Command::Strategies(hosts)) => commands::strategies::list(&hosts),
        Some(Command::DriverCheck(check)) => commands::driver_check::check(&check),
        Some(Command::Driver) => commands::processes::driver(),
        Some(Command::CommandDriver(driver)) => commands::processes::command_driver(&driver),
        Some(Command::EndpointProcess(arguments)) => commands::processes::endpoint(&arguments),
    }
}
