//! The endpoint protocol, version 1: what the runner and the embedded endpoint say to each other.
//!
//! JSON Lines on stdin and stdout, one reply a command; the end of stdin ends the endpoint.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::link::Link;
use crate::time::{Moment, Span};
use crate::witness::Witness;

/// The version that this program speaks.
pub const VERSION: u32 = 1;

/// What the runner asks of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Command {
    /// Who are you? Answered by `hello`.
    Hello {
        /// The version that the runner speaks.
        protocol: u32,
    },
    /// Open a listener behind a link of its own. Answered by `listening`.
    Listen {
        /// The link's conditions.
        link: Link,
    },
    /// Change how long the server behind a port thinks. Answered by `thinking`.
    Think {
        /// The listener's port.
        port: u16,
        /// The new time.
        time: Span,
    },
    /// Give the rows of what was accepted or arrived between two moments, once nothing is in
    /// flight any more; older rows are forgotten. Answered by `collected`.
    Collect {
        /// The first moment; the rows' stamps count from it.
        from: Moment,
        /// The last moment.
        to: Moment,
    },
    /// End. Not answered.
    Quit,
}

/// What the endpoint answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum Reply {
    /// Who the endpoint is.
    Hello {
        /// The version that it speaks.
        protocol: u32,
        /// Its clock's reading when it answered.
        now: Moment,
        /// Where the certificate of its certificate authority lies, as a PEM file.
        ca_certificate: PathBuf,
    },
    /// A listener is open on 127.0.0.1.
    Listening {
        /// Its port.
        port: u16,
    },
    /// The think time holds from now on.
    Thinking,
    /// The rows that were asked for.
    Collected {
        /// The rows.
        witness: Witness,
    },
    /// The command cannot be carried out.
    Error {
        /// A sentence for people.
        message: String,
    },
}
