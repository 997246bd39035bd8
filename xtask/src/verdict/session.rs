//! What every tool gets: two commands, and a time.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::Result;

use super::claim::Difference;
use crate::scenarios::ExternalEndpoint;

/// The requests of the first command.
pub(super) const REQUESTS: u32 = 20;
const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/verdict/client.py");

/// Two commands that are compared.
pub(super) struct Session {
    /// Where they send their requests, without the todo's number.
    pub(super) url: String,
    /// After this time a tool starts nothing new.
    pub(super) patience: Duration,
    /// How many percent more requests each command makes than it has URLs.
    more: [u32; 2],
    /// For what the tools write.
    folder: tempfile::TempDir,
}

impl Session {
    pub(super) fn new(
        endpoint: &ExternalEndpoint,
        difference: Difference,
        patience: Duration,
    ) -> Result<Self> {
        let url = endpoint.fill("{server}/todos");
        Ok(Self { url, patience, more: [0, difference.0], folder: tempfile::tempdir()? })
    }

    /// Both commands, with this text as their URLs.
    pub(super) fn commands(&self, urls: &str) -> [String; 2] {
        self.more.map(|percent| format!("python3 -S {CLIENT} {percent} {urls}"))
    }

    /// The URLs of the requests, as words.
    pub(super) fn urls(&self) -> String {
        let urls = (1..=REQUESTS).map(|number| format!("{}/{number}", self.url));
        urls.collect::<Vec<_>>().join(" ")
    }

    /// A file for what a tool writes.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
