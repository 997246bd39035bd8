//! The built-in strategies, any command as a strategy, and the driver that serves either.
//!
//! A strategy is a client library and a mode of using it, under conditions: three values that are
//! put together in [`catalogue`](fn@catalogue), and never a function of its own. A new library is
//! one file in `library` and one line in that table; a new mode is one file in `mode`.
//!
//! What a batch says of itself goes through a `probe` into the columns of its `trial`. Nothing here
//! analyses them, prints, or knows the endpoint that answers.

mod catalogue;
mod clock;
mod command;
mod conditions;
mod driver;
mod event;
mod facts;
mod fault;
mod ground;
mod library;
mod limit;
mod mode;
mod offer;
mod probe;
mod session;
mod session_error;
mod stage;
mod tls;
mod trial;
mod versions;
mod wanted;

use std::io::{BufRead, Write};

pub use catalogue::catalogue;
pub use command::CommandSpec;
pub use driver::DriverFailure;

/// Serves the built-in strategies until `quit` or the end of `input`, which ends it even in the
/// middle of a trial: threads that still run are left behind, to end with the process.
///
/// # Errors
/// When the input cannot be read or the output cannot be written.
pub fn serve(
    input: impl BufRead + Send + 'static,
    output: impl Write,
) -> Result<(), DriverFailure> {
    driver::serve(catalogue::BuiltIn, input, output)
}

/// Serves commands, each a strategy `command/NAME`, until `quit` or the end of `input`.
///
/// The process must be there for nothing else: whatever it has for children is killed after each
/// trial, and when this returns.
///
/// # Errors
/// When the input cannot be read or the output cannot be written.
pub fn serve_commands(
    commands: Vec<CommandSpec>,
    input: impl BufRead + Send + 'static,
    output: impl Write,
) -> Result<(), DriverFailure> {
    host::process::adopt_orphans();
    let outcome = driver::serve(command::Commands::new(commands), input, output);
    host::process::kill_descendants();
    outcome
}
