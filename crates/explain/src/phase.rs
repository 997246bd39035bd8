//! The phases, by name: what the labels of a path are put together to where people read them.

use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::path::Label;

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

    /// The phase that a label belongs to.
    pub const fn of(label: Label) -> Self {
        match label {
            Label::Client => Self::Client,
            Label::Queue => Self::Queue,
            Label::Dns => Self::Dns,
            Label::Connect => Self::Connect,
            Label::TlsPreparation | Label::Tls => Self::Tls,
            Label::Send => Self::Send,
            Label::Wait => Self::Wait,
            Label::Receive => Self::Receive,
        }
    }

    /// The labels of the phase.
    pub fn labels(self) -> impl Iterator<Item = Label> {
        Label::ALL.into_iter().filter(move |&label| Self::of(label) == self)
    }

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
