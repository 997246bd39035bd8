//! Recognises a mistyped subcommand, which would otherwise be taken as a URL.

use clap::{Command, CommandFactory};

use crate::arguments::Arguments;
use crate::nearest::{nearest, suggestion};
use crate::usage::UsageError;

/// Refuses a first word that is almost a subcommand and has none of the marks of a URL.
///
/// # Errors
/// If it is one.
pub(crate) fn refuse_mistyped(word: &str) -> Result<(), UsageError> {
    if word.starts_with('-') || word.contains(['.', '/', ':']) {
        return Ok(());
    }
    let command = Arguments::command();
    if command.find_subcommand(word).is_some() || nearest(word, names(&command)).is_empty() {
        return Ok(());
    }
    let suggestion = suggestion(word, names(&command));
    Err(UsageError::UnknownSubcommand { typed: word.to_owned(), suggestion })
}

fn names(command: &Command) -> impl Iterator<Item = &str> {
    command.get_subcommands().filter(|known| !known.is_hide_set()).map(Command::get_name)
}
