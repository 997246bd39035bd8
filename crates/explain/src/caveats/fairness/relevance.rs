//! When an aspect changes times: whether arms that differ in it were run so that it tells.
//!
//! What the endpoint observed decides over what a driver told: a session that might have been resumed
//! and was not changed nothing.

use model::trial::{Outcome, Trial};

use super::portrait::Portrait;
use crate::caveat::aspect::Aspect;

/// Whether these arms, which differ in an aspect, were run so that it tells in their times.
pub(super) fn matters(aspect: Aspect, arms: &[&Portrait<'_>]) -> bool {
    let any = |holds: fn(&Portrait<'_>) -> bool| arms.iter().any(|arm| holds(arm));
    match aspect {
        Aspect::Http => any(|arm| !arm.is_observed("alpn")),
        Aspect::Resumption => any(|arm| !arm.is_witnessed()),
        Aspect::Bodies => any(|arm| !arm.is_observed("bytes_read")),
        // The endpoint never compresses.
        Aspect::Compression => any(|arm| !arm.embedded),
        Aspect::Redirects => any(was_redirected),
        Aspect::Alpn
        | Aspect::TlsVersion
        | Aspect::Handshakes
        | Aspect::Verification
        | Aspect::Connections
        | Aspect::Session => true,
    }
}

/// Whether an answer that an arm was left with points elsewhere. Where one client was, another that
/// follows redirects made more requests.
fn was_redirected(arm: &Portrait<'_>) -> bool {
    let statuses = |trial: &&Trial| match &trial.outcome {
        Outcome::Ran(run) => run.columns.status.clone().unwrap_or_default(),
        Outcome::Lost(_) => Vec::new(),
    };
    let mut statuses = arm.counted.iter().flat_map(statuses).flatten();
    statuses.any(|status| matches!(status, 301 | 302 | 303 | 307 | 308))
}
