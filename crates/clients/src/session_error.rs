//! What can keep a trial from being run at all.

use std::io;

/// Why the driver could not run a trial at all.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// The system gave no thread.
    #[error("no thread could be started: {0}")]
    Thread(io::Error),
    /// The system gave no file.
    #[error("no file could be opened for what the command says: {0}")]
    File(io::Error),
    /// A command did not start.
    #[error("the command {program:?} could not be started: {reason}")]
    Command {
        /// Its program.
        program: String,
        /// Why it did not.
        reason: io::Error,
    },
    /// The system gave no runtime.
    #[error("the asynchronous runtime could not be started: {0}")]
    Runtime(io::Error),
    /// A client ran into its own fault.
    #[error("the client panicked: {0}")]
    Panic(String),
}
