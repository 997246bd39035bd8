//! `asyncio_debug`: the debug mode of asyncio is on, which makes every step of its loop slower.

use model::arm::Label;

use super::detected::{CaveatKind, Detected};
use super::setup::known_facts::{KnownFacts, with_value};

/// The debug mode of asyncio is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AsyncioDebug {
    /// Where it is on: strategies with their conditions, each once.
    pub labels: Vec<Label>,
}

impl CaveatKind for AsyncioDebug {
    const CONCERNS_SETUP: bool = true;
}

/// Detects it by what the drivers report.
pub(super) fn detect(arms: &[KnownFacts<'_>]) -> Option<Detected<AsyncioDebug>> {
    let found = with_value(arms, "asyncio_debug", "on")?;
    Some(Detected::new(found.arms, AsyncioDebug { labels: found.labels }))
}
