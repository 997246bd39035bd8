//! `batchmark man`: the manual page, with the options of every subcommand.

use clap::{Command, CommandFactory};
use clap_mangen::Man;

use crate::arguments::Arguments;
use crate::exit::Exit;

/// Prints the manual page.
///
/// # Errors
/// If stdout cannot be written.
pub fn print() -> anyhow::Result<Exit> {
    report::printer::print(&page()?)?;
    Ok(Exit::Success)
}

fn page() -> std::io::Result<String> {
    let mut command = Arguments::command();
    command.build();
    let mut page = Vec::new();
    let man = Man::new(command.clone());
    man.render_title(&mut page)?;
    man.render_name_section(&mut page)?;
    man.render_synopsis_section(&mut page)?;
    man.render_description_section(&mut page)?;
    man.render_options_section(&mut page)?;
    for subcommand in listed(&command) {
        render_subcommand(subcommand, &mut page)?;
    }
    man.render_version_section(&mut page)?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}

/// The subcommands that the help lists, except those with the options of the program itself.
fn listed(command: &Command) -> impl Iterator<Item = &Command> {
    let has_same_options = |name: &str| matches!(name, "run" | "tune" | "help");
    let is_listed = move |it: &&Command| !it.is_hide_set() && !has_same_options(it.get_name());
    command.get_subcommands().filter(is_listed)
}

/// A section with the options of a subcommand.
fn render_subcommand(command: &Command, page: &mut Vec<u8>) -> std::io::Result<()> {
    let mut section = Vec::new();
    let man = Man::new(command.clone());
    man.render_description_section(&mut section)?;
    man.render_options_section(&mut section)?;
    let title = format!(".SH \"BATCHMARK {}\"", command.get_name().to_uppercase());
    let text = String::from_utf8_lossy(&section);
    let text =
        text.replacen(".SH DESCRIPTION", &title, 1).replacen(".SH OPTIONS", ".SS Options", 1);
    page.extend_from_slice(text.as_bytes());
    Ok(())
}
