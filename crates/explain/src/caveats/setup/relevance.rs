//! Decides whether a fact in which arms differ changed their times in this run.
//!
//! What a witness observed overrules what a driver reports: a session that could have been resumed,
//! and was not, changed nothing.

use model::trial::{Outcome, Trial};

use super::known_facts::KnownFacts;
use super::timing_fact::TimingFact;

/// Whether these arms, which differ in a fact, ran in a way in which it changes their times.
pub(super) fn matters(fact: TimingFact, arms: &[&KnownFacts<'_>]) -> bool {
    let any = |holds: fn(&KnownFacts<'_>) -> bool| arms.iter().any(|arm| holds(arm));
    match fact {
        TimingFact::Resumption => any(|arm| !arm.is_witnessed()),
        TimingFact::Bodies => any(|arm| !arm.is_observed("bytes_read")),
        // The endpoint never compresses.
        TimingFact::Compression => any(|arm| !arm.embedded),
        TimingFact::Redirects => any(was_redirected),
        TimingFact::Http
        | TimingFact::TlsVersion
        | TimingFact::Handshakes
        | TimingFact::Verification
        | TimingFact::Connections
        | TimingFact::Session => true,
    }
}

/// Whether the last answer to a request was a redirect. Where one client did not follow it, another
/// that follows redirects made more requests.
fn was_redirected(arm: &KnownFacts<'_>) -> bool {
    let statuses = |trial: &&Trial| match &trial.outcome {
        Outcome::Ran(run) => match &run.sampled {
            Some(sampled) => sampled.totals.statuses.iter().map(|total| total.status).collect(),
            None => run.columns.status.iter().flatten().flatten().copied().collect(),
        },
        Outcome::Lost(_) => Vec::new(),
    };
    let mut statuses = arm.counted.iter().flat_map(statuses);
    statuses.any(|status| matches!(status, 301 | 302 | 303 | 307 | 308))
}
