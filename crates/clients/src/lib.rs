//! The built-in strategies, any command as a strategy, and the driver that serves either.
//!
//! A strategy is a client library, a mode and its conditions: three values that
//! [`catalogue`](fn@catalogue) combines. A new library is one file in `library` and one line in
//! that table; a new mode is one file in `mode`.
//!
//! A client reports each request through a `probe` into the columns of a `trial`. This crate never
//! analyses them, never prints, and does not depend on the endpoint.

mod batch_thread;
mod catalogue;
mod command;
mod conditions;
mod driver;
mod event;
mod facts;
mod failure;
mod library;
mod mode;
mod probe;
mod provider;
mod request;
mod session;
mod session_error;
mod setup;
mod time_limit;
mod timing;
mod tls;
mod trial;
mod versions;

use std::io::{BufRead, Write};

pub use catalogue::catalogue;
pub use command::CommandSpec;
pub use driver::ServeError;

/// Serves the built-in strategies until `quit` or the end of `input`. The end of input ends the
/// driver even during a trial: threads that still run end with the process.
///
/// # Errors
/// When the input cannot be read or the output cannot be written.
pub fn serve(input: impl BufRead + Send + 'static, output: impl Write) -> Result<(), ServeError> {
    driver::serve(catalogue::BuiltInProvider, input, output)
}

/// Serves commands, each as a strategy `command/NAME`, until `quit` or the end of `input`.
///
/// The process must have no other purpose: all its child processes are killed after each trial, and
/// when this function returns.
///
/// # Errors
/// When the input cannot be read or the output cannot be written.
pub fn serve_commands(
    commands: Vec<CommandSpec>,
    input: impl BufRead + Send + 'static,
    output: impl Write,
) -> Result<(), ServeError> {
    host::process::adopt_orphans();
    let outcome = driver::serve(command::CommandProvider::new(commands), input, output);
    host::process::kill_descendants();
    outcome
}
