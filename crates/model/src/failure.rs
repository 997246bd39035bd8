//! The kinds of failure of a request, as a closed list.
//!
//! A failure is an outcome and is counted by kind. It never stops a batch.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The kind of failure of a request.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The host name could not be resolved.
    Dns,
    /// No connection could be opened: refused, or no route to the host.
    Refused,
    /// The connection ended before the response did.
    Reset,
    /// The time limit of the trial passed.
    Timeout,
    /// The TLS handshake failed: certificate, version, or the other side does not speak TLS.
    Tls,
    /// The response was not HTTP, or not the requested version of HTTP.
    Protocol,
    /// A complete response had an unexpected status.
    Status,
    /// A complete response had a body that failed a check.
    Check,
    /// The user's code failed, or returned something that is not a response.
    Code,
    /// The user's code returned something that must be read or awaited first.
    Unread,
}

impl fmt::Display for FailureKind {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Dns => "dns",
            Self::Refused => "refused",
            Self::Reset => "reset",
            Self::Timeout => "timeout",
            Self::Tls => "tls",
            Self::Protocol => "protocol",
            Self::Status => "status",
            Self::Check => "check",
            Self::Code => "code",
            Self::Unread => "unread",
        })
    }
}

/// The failure of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The kind, by which failures are counted.
    pub kind: FailureKind,
    /// What happened, in the words of the client.
    pub message: String,
}
