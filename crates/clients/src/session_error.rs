//! Why a trial could not run at all.

use std::io;

/// Why the driver could not run a trial at all. A request that fails is not one of these.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SessionError {
    /// The system gave no thread.
    #[error("cannot start a thread: {0}")]
    Thread(io::Error),
    /// The system gave no file.
    #[error("cannot open a file for the command's stderr: {0}")]
    File(io::Error),
    /// A command did not start.
    #[error("cannot start the command {program:?}: {reason}")]
    Command {
        /// The command's program.
        program: String,
        /// The system's reason.
        reason: io::Error,
    },
    /// The system gave no runtime.
    #[error("cannot start the asynchronous runtime: {0}")]
    Runtime(io::Error),
    /// The system does not report the events of sockets.
    #[error("cannot wait for sockets: {0}")]
    Sockets(io::Error),
    /// A bug in a client.
    #[error("the client panicked: {0}")]
    Panic(String),
}
