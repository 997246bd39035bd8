//! The clients that are foreseen: five, each with a cold and a warm session.

use super::cell::AtOnce;
use super::grid::MOST_AT_ONCE;

/// A client, and the condition that limits its requests at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Client {
    /// The strategy's name.
    pub(crate) strategy: &'static str,
    /// The condition: threads have workers, event loops have permits.
    pub(crate) limit: &'static str,
}

/// The clients.
pub(crate) const CLIENTS: [Client; 5] = [
    Client { strategy: "requests/threads", limit: "workers" },
    Client { strategy: "httpx/async", limit: "concurrency" },
    Client { strategy: "aiohttp/async", limit: "concurrency" },
    Client { strategy: "ureq/threads", limit: "workers" },
    Client { strategy: "hyper/async", limit: "concurrency" },
];

/// Whether a batch begins with a session or makes its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Session {
    Cold,
    Warm,
}

impl Session {
    /// Both.
    pub(crate) const ALL: [Self; 2] = [Self::Cold, Self::Warm];

    /// The value of the condition `session`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::Cold => "cold",
            Self::Warm => "warm",
        }
    }
}

/// A client with a session: what is measured and predicted in each cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Subject {
    pub(crate) client: Client,
    pub(crate) session: Session,
}

impl Subject {
    /// Both sessions of a client.
    pub(crate) fn both(client: Client) -> [Self; 2] {
        Session::ALL.map(|session| Self { client, session })
    }

    /// All clients with both sessions, as every cell measures them.
    pub(crate) fn all() -> Vec<Self> {
        CLIENTS.into_iter().flat_map(Self::both).collect()
    }

    /// The strategy with its conditions, as an option of a run.
    pub(crate) fn strategy(self, at_once: AtOnce) -> String {
        let Client { strategy, limit } = self.client;
        let (session, AtOnce(at_once)) = (self.session.name(), at_once);
        format!("{strategy}:session={session},pool={MOST_AT_ONCE},{limit}={at_once}")
    }
}
