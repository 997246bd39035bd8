//! The processes that a run starts from this program's own file.

use std::io;

use clients::CommandSpec;

use crate::arguments::{CommandDriverArguments, EndpointProcessArguments};
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

/// Serves commands until stdin ends.
///
/// # Errors
/// If an argument is not a command, or stdin or stdout fails.
pub fn command_driver(arguments: &CommandDriverArguments) -> anyhow::Result<Exit> {
    host::files::raise_limit();
    let commands = arguments.commands.iter().map(|json| serde_json::from_str(json));
    let commands = commands.collect::<Result<Vec<CommandSpec>, _>>()?;
    clients::serve_commands(commands, io::BufReader::new(io::stdin()), io::stdout().lock())?;
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
