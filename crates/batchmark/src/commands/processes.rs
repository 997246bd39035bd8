//! The processes that a run starts from this program's own file.

use std::io;

use crate::exit::Exit;

/// Serves the built-in strategies until stdin ends.
///
/// # Errors
/// When stdin or stdout fails.
pub fn driver() -> anyhow::Result<Exit> {
    host::files::raise_limit();
    clients::serve(io::BufReader::new(io::stdin()), io::stdout().lock())?;
    Ok(Exit::Success)
}

/// Serves the embedded endpoint until stdin ends.
///
/// # Errors
/// When stdin or stdout fails.
pub fn endpoint() -> anyhow::Result<Exit> {
    host::files::raise_limit();
    endpoint::serve(io::BufReader::new(io::stdin()), io::stdout().lock())?;
    Ok(Exit::Success)
}
