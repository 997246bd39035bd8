//! The program: reads the command line, makes a plan, runs it and reports the recording.
//!
//! `command_line` reads `arguments`, those of a `plan_file` and a `curl` command among them. They are read into a `run_request`; `strategy_grammar`, `glob` and `urls` parse its parts.
//! `secrets` finds what must not be written. `catalogue` asks the `hosts` for strategies, `requested_arms` chooses from them, and `planning`
//! makes the plan, which `measuring` runs; `exports` writes files for other programs. Each subcommand is one file in `commands`. `suggestions` follow a first run, `starter` is what `new` writes. Usage errors are sentences in `usage`.

pub mod arguments;
pub mod baseline;
pub mod catalogue;
mod command_line;
pub mod commands;
pub mod curl;
pub mod drivers;
pub mod exit;
pub mod exports;
pub mod glob;
pub mod headers;
pub mod hosts;
pub mod interrupt;
mod interrupted;
pub mod measuring;
pub mod nearest;
pub mod null_command;
pub mod option_texts;
mod option_values;
pub mod output;
mod place_file;
mod plan_file;
pub mod planning;
pub mod private_folder;
pub mod repeat;
mod request_body;
pub mod requested_arms;
pub mod run_request;
pub mod secrets;
pub mod serving;
pub mod shown;
mod starter;
pub mod strategy_grammar;
mod subcommand;
mod suggestions;
pub mod trial_choice;
pub mod urls;
pub mod usage;
mod user_check;

use std::ffi::OsString;

use crate::arguments::{Arguments, Invocation};
use crate::command_line::BadCommandLine;
use crate::exit::Exit;

/// Carries out a command line.
///
/// # Errors
/// Any failure, as a sentence for the user.
pub fn run(words: impl IntoIterator<Item = OsString>) -> anyhow::Result<Exit> {
    let words: Vec<OsString> = words.into_iter().collect();
    if let Some(first) = words.get(1).and_then(|word| word.to_str()) {
        subcommand::refuse_mistyped(first)?;
    }
    let is_bare = words.len() <= 1;
    let Arguments { command, run } = match command_line::read(words) {
        Ok(arguments) => arguments,
        Err(BadCommandLine::Answer(answer)) => return exit::answer_usage(&answer),
        Err(BadCommandLine::Usage(error)) => return Err(error.into()),
    };
    match command {
        None if is_bare => suggestions::after_first(|| commands::run::run(&run)),
        None => commands::run::run(&run),
        Some(Invocation::Run(run)) => commands::run::run(&run),
        Some(Invocation::New(new)) => commands::new::new(&new),
        Some(Invocation::Report(report)) => commands::report::report(&report),
        Some(Invocation::Tune(run)) => commands::tune::tune(&run),
        Some(Invocation::Compare(compare)) => commands::compare::compare(&compare),
        Some(Invocation::Merge(merge)) => commands::merge::merge(&merge),
        Some(Invocation::Whatif(whatif)) => commands::whatif::whatif(&whatif),
        Some(Invocation::Explain(explain)) => commands::explain::explain(&explain),
        Some(Invocation::Serve(serve)) => commands::serve::serve(&serve),
        Some(Invocation::Endpoint(endpoint)) => commands::endpoint::alone(&endpoint),
        Some(Invocation::Strategies(hosts)) => commands::strategies::list(&hosts),
        Some(Invocation::Doctor(doctor)) => commands::doctor::doctor(&doctor),
        Some(Invocation::DriverCheck(check)) => commands::driver_check::check(&check),
        Some(Invocation::Completions(completions)) => commands::completions::print(&completions),
        Some(Invocation::Man) => commands::man::print(),
        Some(Invocation::Driver) => commands::processes::driver(),
        Some(Invocation::CommandDriver) => commands::processes::command_driver(),
        Some(Invocation::EndpointProcess(arguments)) => commands::processes::endpoint(&arguments),
    }
}
