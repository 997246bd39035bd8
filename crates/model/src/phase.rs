//! The phases, by name: what the labels of a path are put together to where people read them.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

/// A stretch of a batch, in the order in which a request passes through them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(missing_docs, reason = "each is the phase of the same name")]
pub enum Phase {
    Client,
    Queue,
    Dns,
    Connect,
    Tls,
    Send,
    Wait,
    Receive,
}

impl Phase {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::Client,
        Self::Queue,
        Self::Dns,
        Self::Connect,
        Self::Tls,
        Self::Send,
        Self::Wait,
        Self::Receive,
    ];

    const fn name(self) -> &'static str {
        match self {
            Self::Client => "client",
            Self::Queue => "queue",
            Self::Dns => "dns",
            Self::Connect => "connect",
            Self::Tls => "tls",
            Self::Send => "send",
            Self::Wait => "wait",
            Self::Receive => "receive",
        }
    }
}

impl fmt::Display for Phase {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}
