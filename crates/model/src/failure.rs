//! How a request can fail, as one closed list.
//!
//! A failure is an outcome and is counted by kind; its message is for people. Never a reason to
//! stop a batch.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// What kind of failure ended a request.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The host's name could not be resolved.
    Dns,
    /// No connection could be opened: refused, or no route to the host.
    Refused,
    /// The connection ended before the response did.
    Reset,
    /// The trial's time limit passed first.
    Timeout,
    /// The TLS handshake failed: certificate, version, or the other side speaks no TLS.
    Tls,
    /// What came was not HTTP, or not the HTTP that was asked for.
    Protocol,
    /// A whole response with a status that was not expected.
    Status,
    /// A whole response whose body failed a check.
    Check,
    /// The code that fetches failed itself, or gave something that is no answer.
    Code,
    /// The code that fetches gave something that would have to be read or awaited first.
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

/// One request's failure.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The kind, by which failures are counted.
    pub kind: FailureKind,
    /// What happened, in the client's words.
    pub message: String,
}
