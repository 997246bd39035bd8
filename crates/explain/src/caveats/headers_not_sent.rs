//! `headers_not_sent`: the user's code or command does not take the headers of the command line.

use model::arm::Label;
use model::facts::{NOT_SENT, name};

use super::detected::{CaveatKind, Detected};
use super::setup::known_facts::{KnownFacts, with_value};

/// Strategies that do not send the headers of the command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadersNotSent {
    /// The strategies with their conditions, each once.
    pub labels: Vec<Label>,
}

impl CaveatKind for HeadersNotSent {
    const CONCERNS_SETUP: bool = true;
}

/// Detects it by what the drivers report.
pub(super) fn detect(arms: &[KnownFacts<'_>]) -> Option<Detected<HeadersNotSent>> {
    let found = with_value(arms, name::HEADERS, NOT_SENT)?;
    Some(Detected::new(found.arms, HeadersNotSent { labels: found.labels }))
}
