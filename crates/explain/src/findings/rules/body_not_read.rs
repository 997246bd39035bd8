//! Bodies that the client never read: the arm looks fast but has not fetched.

use model::failure::FailureKind;

use super::Rule;
use crate::findings::FindingCode;
use crate::findings::comparison::Comparison;
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::FindingEvidence;
use crate::findings::remedy::Remedy;

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::BodyNotRead, charges: &[], find }];

/// The least share of its connections that a client breaks off when it reads no body.
const BROKEN_OFF: f64 = 0.5;
/// The largest share of the body bytes that a client returns when it does not read bodies.
const RETURNED: f64 = 0.9;

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    if comparison.versus.is_some() {
        return None;
    }
    let evidence = reported(comparison).or_else(|| observed(comparison))?;
    Some(DraftFinding {
        size: None,
        charged: None,
        because: false,
        remedy: Remedy::Usual,
        evidence,
    })
}

/// What the driver reports.
fn reported(comparison: &Comparison<'_>) -> Option<Vec<FindingEvidence>> {
    let failures = &comparison.arm.failures;
    let unread = failures.iter().find(|failure| failure.kind == FailureKind::Unread)?;
    Some(vec![FindingEvidence::Reported(unread.message.clone())])
}

/// What the endpoint observed: connections that ended with unread bytes in them, by a client that
/// did not return all of the bodies.
fn observed(comparison: &Comparison<'_>) -> Option<Vec<FindingEvidence>> {
    let (seen, arm) = (&comparison.arm.observed, comparison.arm.analysis);
    let (broken_off, used) = (seen.broken_off?, arm.connections_used?);
    let (returned, sent) = (arm.bytes?, seen.body_bytes?);
    let unread = broken_off >= BROKEN_OFF * used.max(1.0) && returned < RETURNED * sent;
    unread.then(|| {
        vec![
            FindingEvidence::BrokenOff { broken_off, used },
            FindingEvidence::Returned { returned, sent },
        ]
    })
}
