//! What removing a cause promises, in words.

use explain::{
    ClientOrigin, Enabler, Estimate, Finding, FindingCode, Limit, Promise, ProofVerdict,
};

use super::phrases::sized;
use crate::number;

/// What the size of a finding is: what a change saves, else what the cause takes.
pub(super) fn size(finding: &Finding) -> String {
    let Some(size) = finding.size else { return String::new() };
    if finding.because || is_refuted(finding) {
        return format!("saves {} (measured)", sized(size));
    }
    match finding.promise {
        Promise::NotPredicted | Promise::Untested => format!("takes {}", sized(size)),
        Promise::Gains(gain) if gain.extrapolated => {
            format!("saves {} (predicted, extrapolated)", sized(size))
        }
        Promise::Gains(_) => format!("saves {} (predicted)", sized(size)),
        Promise::Nothing(_) => "saves nothing (predicted)".to_owned(),
        Promise::Uncertain(saved) => format!("saves {} (extrapolated)", range(saved)),
    }
}

/// `-12.0 to 18.0 ms`.
fn range(saved: Estimate) -> String {
    match saved.low.zip(saved.high) {
        Some((low, high)) => format!("{} to {}", number::bare_millis(low), number::millis(high)),
        None => number::millis(saved.seconds),
    }
}

/// `predicted 32.2 ms [18.6, 41.3], measured 30.0 ms [28.1, 31.9]`; where that was predicted before the first
/// block, also what the counted trials predict.
pub(super) fn proof(finding: &Finding) -> String {
    let Some(proof) = finding.proof else { return String::new() };
    let measured = sized(proof.measured);
    let counted = finding.promise.predicted().map(sized);
    match (proof.predicted_before.map(sized), counted) {
        (Some(before), Some(counted)) => {
            format!(
                "predicted before {before}, measured {measured}; the counted trials predict {counted}"
            )
        }
        (Some(before), None) => format!("predicted before {before}, measured {measured}"),
        (None, Some(counted)) => format!("predicted {counted}, measured {measured}"),
        (None, None) => String::new(),
    }
}

/// What more is saved together with another change: `Share one TLS context as well: together they save
/// 34.4 ms.`
pub(super) fn together(finding: &Finding) -> String {
    let Some(pair) = finding.together.filter(|_| !finding.because) else { return String::new() };
    let saved = number::millis(pair.saved.seconds);
    match pair.enabler {
        Enabler::ShareContext => {
            format!("Share one TLS context as well: together they save {saved}.")
        }
    }
}

/// What the pool must be for the remedy.
pub(super) fn pool(finding: &Finding) -> String {
    let Some(pool) = finding.promise.pool() else { return String::new() };
    match finding.client.origin {
        ClientOrigin::BuiltIn => format!("Raise pool to {pool} as well."),
        ClientOrigin::OwnCode | ClientOrigin::Command => {
            format!("Let the pool keep {pool} connections as well.")
        }
    }
}

/// Why there is nothing to change.
pub(super) fn no_gain(finding: &Finding) -> String {
    match finding.promise {
        _ if !finding.gains_nothing() => String::new(),
        _ if is_refuted(finding) => {
            "An experiment changed this alone, and it saved nothing that matters.".to_owned()
        }
        Promise::Nothing(limit) => match limit.and_then(holds_back) {
            Some(limit) => format!("Changing this alone saves nothing: {limit}."),
            None => "Changing this alone saves nothing.".to_owned(),
        },
        Promise::Uncertain(saved) => format!(
            "Changing this alone saves {}: too uncertain for advice (--why measures it).",
            range(saved)
        ),
        Promise::Untested => {
            let more = match finding.code {
                FindingCode::PoolOverflow => "a larger pool",
                _ => "more requests at once",
            };
            format!("What {more} would change is not known here (--why measures it).")
        }
        Promise::NotPredicted | Promise::Gains(_) => String::new(),
    }
}

fn is_refuted(finding: &Finding) -> bool {
    let refuted = finding.proof.is_some_and(|proof| proof.verdict == ProofVerdict::Refuted);
    refuted && !finding.because
}

/// What holds a batch back instead.
const fn holds_back(limit: Limit) -> Option<&'static str> {
    match limit {
        Limit::Concurrency => Some("too few requests run at once"),
        Limit::ClientWork => Some("the client's own work takes as long"),
        Limit::TlsPreparation => Some("preparing TLS takes as long"),
        Limit::Connections => Some("opening connections takes as long"),
        Limit::ServerCapacity => Some("the server handles too few requests at once"),
        Limit::Bandwidth => Some("the link's rate takes as long"),
        Limit::ClientWaits => Some("the client waits for itself"),
        Limit::Latency => None,
    }
}
