//! A plan file: the options of a run as TOML, in the words of the command line. It has no list of keys of
//! its own: what the command line defines is a key.

mod arms;
mod entry;
mod read;
mod write;

use std::ffi::OsStr;
use std::path::Path;

use clap::{Arg, Command};

use crate::option_texts::{definitions, run_command};

pub(crate) use read::read;
pub(crate) use write::write;

/// The table of a strategy with its conditions.
const ARM: &str = "arm";
/// The options that make no sense in a file.
const NOT_IN_FILES: [&str; 2] = ["dry_run", "resume"];

/// Whether a word among the URLs names a plan file: it ends in `.toml`, and there is such a file, or it
/// does not begin like a URL.
pub(crate) fn is_named(word: &OsStr) -> bool {
    let path = Path::new(word);
    if path.extension().is_none_or(|extension| extension != "toml") {
        return false;
    }
    let text = word.to_string_lossy();
    !text.contains("://") && (path.is_file() || !begins_with_host(&text))
}

/// Whether a word among the URLs names a folder, and not a host.
pub(crate) fn is_folder(word: &OsStr) -> bool {
    let text = word.to_string_lossy();
    let is_path = text.starts_with(['.', '/']) || text.ends_with('/');
    is_path && !begins_with_host(&text) && Path::new(word).is_dir()
}

/// Whether the part before the first slash is the name or the address of a host.
fn begins_with_host(text: &str) -> bool {
    let Some((host, _path)) = text.split_once('/') else { return false };
    !host.starts_with('.') && (host.contains(['.', ':']) || host == "localhost")
}

/// The key of an option: its long name, or its name among the arguments.
fn key(definition: &Arg) -> String {
    match (definition.get_long(), definition.get_value_names()) {
        (Some(long), _) => long.to_owned(),
        (None, Some([name, ..])) => name.to_lowercase(),
        (None, _) => definition.get_id().as_str().to_owned(),
    }
}

/// The key of the option with this identifier.
pub(crate) fn key_of(id: &str) -> String {
    let command = run_command();
    let mut all = definitions(&command);
    let definition = all.find(|definition| definition.get_id() == id);
    definition.map_or_else(|| id.to_owned(), key)
}

/// The options that a plan file may give.
fn keyed(command: &Command) -> impl Iterator<Item = &Arg> {
    definitions(command).filter(|definition| !NOT_IN_FILES.contains(&definition.get_id().as_str()))
}
