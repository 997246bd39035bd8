//! `batchmark serve`: recordings in the browser.

use std::path::PathBuf;

use anyhow::Context;
use report::printer::print;

use crate::arguments::ServeArguments;
use crate::exit::Exit;
use crate::interrupt;
use crate::output::last_recording;
use crate::serving::{Server, Shelf};
use crate::usage::UsageError;

/// Serves recordings until a signal ends the program. Prints the address.
///
/// # Errors
/// If a recording cannot be read, it cannot listen on the address, or the signals cannot be caught.
pub fn serve(arguments: &ServeArguments) -> anyhow::Result<Exit> {
    let shelf = Shelf::find(&recordings(&arguments.recordings)?)?;
    let listen = arguments.listen;
    let server =
        Server::bind(listen, shelf).with_context(|| format!("cannot listen on {listen}"))?;
    let handle = server.stop_handle()?;
    interrupt::on_signal(move || handle.stop())?;
    print(&format!("http://{}/\n", server.address()?))?;
    server.run();
    Ok(Exit::Success)
}

/// The recordings and folders that were named, else the last recording.
fn recordings(named: &[PathBuf]) -> Result<Vec<PathBuf>, UsageError> {
    if !named.is_empty() {
        return Ok(named.to_vec());
    }
    let last = last_recording().filter(|path| path.exists());
    Ok(vec![last.ok_or(UsageError::NoLastRecording)?])
}
