//! `free_threading`: Python runs without its global interpreter lock (GIL), which the usual build has.

use model::arm::Label;

use super::detected::{CaveatKind, Detected};
use super::setup::known_facts::{KnownFacts, with_value};

/// Python runs without its global interpreter lock.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FreeThreading {
    /// Where the lock is off: strategies with their conditions, each once.
    pub labels: Vec<Label>,
}

impl CaveatKind for FreeThreading {
    const CONCERNS_SETUP: bool = true;
}

/// Detects it by what the drivers report.
pub(super) fn detect(arms: &[KnownFacts<'_>]) -> Option<Detected<FreeThreading>> {
    let found = with_value(arms, "gil", "off")?;
    Some(Detected::new(found.arms, FreeThreading { labels: found.labels }))
}
