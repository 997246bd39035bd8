//! `batchmark completions`: a script that completes the options of the program in a shell, with the names
//! of built-in strategies, of sections, and the codes of findings and caveats.

use clap::builder::PossibleValuesParser;
use clap::{Command, CommandFactory};
use clap_complete::{Shell, generate};
use report::Section;

use crate::arguments::{Arguments, CompletionsArguments};
use crate::exit::Exit;

/// Prints the script of a shell.
///
/// # Errors
/// If stdout cannot be written.
pub fn print(arguments: &CompletionsArguments) -> anyhow::Result<Exit> {
    let mut command = with_known_values(Arguments::command());
    let mut script = Vec::new();
    generate(arguments.shell, &mut command, "batchmark", &mut script);
    let script = String::from_utf8_lossy(&script);
    let script = match arguments.shell {
        Shell::Fish => corrected_fish(&script),
        _ => script.into_owned(),
    };
    report::printer::print(&script)?;
    Ok(Exit::Success)
}

/// The script for fish with what the generator leaves out.
///
/// It takes an option whose value is still to be written for an error, and then completes nothing; and it
/// does not complete positional arguments.
fn corrected_fish(script: &str) -> String {
    let codes = words::pages::codes().collect::<Vec<_>>().join(" ");
    let explain = "__fish_batchmark_using_subcommand explain";
    let script = script.replace("    or return\n", "    or return 0\n");
    format!("{script}complete -c batchmark -n \"{explain}\" -f -a \"{codes}\"\n")
}

fn with_sections(command: Command) -> Command {
    let names = Section::ALL.map(Section::name);
    command.mut_arg("sections", |option| option.value_parser(PossibleValuesParser::new(names)))
}

/// The command line with the values that a shell may suggest. Others are accepted too.
fn with_known_values(command: Command) -> Command {
    let strategies: Vec<String> = clients::catalogue().into_iter().map(|spec| spec.name).collect();
    let codes: Vec<&str> = words::pages::codes().collect();
    let with_strategies = |command: Command| {
        command.mut_arg("strategies", |option| {
            option.value_parser(PossibleValuesParser::new(strategies.clone()))
        })
    };
    // A shell would take a subcommand for the first URL, so no shell suggests URLs there.
    let command = command.mut_arg("urls", |urls| urls.long("url").hide(true));
    let command = with_sections(with_strategies(command));
    let command = command.mut_subcommand("run", |run| with_sections(with_strategies(run)));
    let command = command.mut_subcommand("report", with_sections);
    let command = command.mut_subcommand("tune", with_strategies);
    command.mut_subcommand("explain", |explain| {
        explain.mut_arg("code", |code| code.value_parser(PossibleValuesParser::new(codes)))
    })
}
