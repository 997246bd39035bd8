//! An aspect: a fact that is known to change times where arms differ in it, and when it does.
//!
//! What the endpoint observed decides over what a driver told: a session that might have been resumed
//! and was not changed nothing.

use model::trial::{Outcome, Trial};

use super::portrait::Portrait;

/// A fact that changes times where arms differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aspect {
    Http,
    Alpn,
    TlsVersion,
    Handshakes,
    Resumption,
    Verification,
    Connections,
    Session,
    Compression,
    Redirects,
    Bodies,
}

impl Aspect {
    /// The aspect of this name, where the fact is one.
    pub(super) fn named(fact: &str) -> Option<Self> {
        Some(match fact {
            "http" => Self::Http,
            "alpn" => Self::Alpn,
            "tls_version" => Self::TlsVersion,
            "handshakes" => Self::Handshakes,
            "resumption" => Self::Resumption,
            "verification" => Self::Verification,
            "connections" => Self::Connections,
            "session" => Self::Session,
            "compression" => Self::Compression,
            "redirects" => Self::Redirects,
            "bodies" => Self::Bodies,
            _ => return None,
        })
    }

    /// Whether it is something on which both ends of a connection agree.
    pub(crate) const fn is_of_protocol(self) -> bool {
        matches!(
            self,
            Self::Http | Self::Alpn | Self::TlsVersion | Self::Handshakes | Self::Resumption
        )
    }

    /// Whether these arms, which differ in it, were run so that it tells in their times.
    pub(super) fn matters(self, arms: &[&Portrait<'_>]) -> bool {
        let any = |holds: fn(&Portrait<'_>) -> bool| arms.iter().any(|arm| holds(arm));
        match self {
            Self::Http => any(|arm| !arm.is_observed("alpn")),
            Self::Resumption => any(|arm| !arm.is_witnessed()),
            Self::Bodies => any(|arm| !arm.is_observed("bytes_read")),
            // The endpoint never compresses.
            Self::Compression => any(|arm| !arm.embedded),
            Self::Redirects => any(was_redirected),
            Self::Alpn
            | Self::TlsVersion
            | Self::Handshakes
            | Self::Verification
            | Self::Connections
            | Self::Session => true,
        }
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
