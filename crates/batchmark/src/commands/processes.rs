//! The processes that a run starts from this program's own file.

use std::io::{self, BufRead};

use clients::CommandSpec;

use crate::arguments::EndpointProcessArguments;
use crate::exit::Exit;

/// Serves the built-in strategies until stdin ends.
///
/// # Errors
/// If stdin or stdout fails.
pub fn driver() -> anyhow::Result<Exit> {
    host::files::raise_limit();
    clients::serve(io::BufReader::new(io::stdin()), io::stdout().lock())?;
    Ok(Exit::Success)
}

/// Serves the commands of the first line of stdin until stdin ends.
///
/// # Errors
/// If the line holds no commands, or stdin or stdout fails.
pub fn command_driver() -> anyhow::Result<Exit> {
    host::files::raise_limit();
    let mut input = io::BufReader::new(io::stdin());
    let mut line = String::new();
    input.read_line(&mut line)?;
    let commands: Vec<CommandSpec> = serde_json::from_str(&line)?;
    clients::serve_commands(commands, input, io::stdout().lock())?;
    Ok(Exit::Success)
}

/// Serves the embedded endpoint until stdin ends.
///
/// # Errors
/// If stdin or stdout fails.
pub fn endpoint(arguments: &EndpointProcessArguments) -> anyhow::Result<Exit> {
    host::files::raise_limit();
    let input = io::BufReader::new(io::stdin());
    endpoint::serve(&arguments.folder, input, io::stdout().lock())?;
    Ok(Exit::Success)
}
