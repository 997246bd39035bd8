//! The endpoint protocol, version 1: the messages between the runner and the embedded endpoint.
//!
//! JSON Lines on stdin and stdout, one reply for each command. The end of stdin ends the endpoint.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

use crate::link::Link;
use crate::sampling::Stretch;
use crate::time::{Moment, Span};
use crate::witness::Witness;

/// The version that this program speaks.
pub const VERSION: u32 = 1;

/// A command of the runner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum EndpointCommand {
    /// Introduce yourself. Answered by `hello`.
    Hello {
        /// The version that the runner speaks.
        protocol: u32,
    },
    /// Open a listener behind a link. Answered by `listening`.
    Listen {
        /// The conditions of the link.
        link: Link,
    },
    /// Set the think time of the server behind a port. Answered by `thinking`.
    Think {
        /// The port of the listener.
        port: u16,
        /// The new think time.
        time: Span,
    },
    /// Keep rows only of these requests until the next `collect`, by the order in which they arrive, and totals
    /// of all. Answered by `sampling`.
    Sample {
        /// The requests.
        stretch: Stretch,
    },
    /// Return the rows of what was accepted or arrived between two moments, once nothing is in flight.
    /// Older rows are dropped. Answered by `collected`.
    Collect {
        /// The first moment, from which the stamps of the rows count.
        from: Moment,
        /// The last moment.
        to: Moment,
    },
    /// End. Not answered.
    Quit,
}

/// A reply of the endpoint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "op", rename_all = "snake_case")]
pub enum EndpointReply {
    /// The introduction of the endpoint.
    Hello {
        /// The version that it speaks.
        protocol: u32,
        /// The reading of its clock when it answered.
        now: Moment,
        /// The path of the certificate of its certificate authority, a PEM file.
        ca_certificate: PathBuf,
    },
    /// A listener is open on 127.0.0.1.
    Listening {
        /// Its port.
        port: u16,
    },
    /// The new think time is in effect.
    Thinking,
    /// Rows will be kept of the requested requests.
    Sampling,
    /// The requested rows.
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
