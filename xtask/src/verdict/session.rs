//! What every tool gets: two commands, and a time.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::{Context, Result};

use super::claim::Difference;
use crate::scenarios::ExternalEndpoint;

/// After this time a tool starts nothing new.
pub(super) const PATIENCE: Duration = Duration::from_secs(8);
/// The requests of the first command.
const REQUESTS: u32 = 20;
const CLIENT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/verdict/client.py");

/// Two commands that are compared.
pub(super) struct Session {
    /// Where they send their requests, without the todo's number.
    pub(super) url: String,
    /// The command of both clients.
    pub(super) commands: [String; 2],
    /// For what the tools write.
    pub(super) folder: tempfile::TempDir,
}

impl Session {
    pub(super) fn new(endpoint: &ExternalEndpoint, difference: Difference) -> Result<Self> {
        let origin = endpoint.fill("{server}");
        let server = origin.strip_prefix("http://").context("the endpoint uses TLS")?;
        let command = |requests: u32| format!("python3 -S {CLIENT} {server} {requests}");
        let more = REQUESTS * (100 + difference.0) / 100;
        let commands = [command(REQUESTS), command(more)];
        Ok(Self { url: format!("{origin}/todos"), commands, folder: tempfile::tempdir()? })
    }

    /// A file for what a tool writes.
    pub(super) fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }
}
