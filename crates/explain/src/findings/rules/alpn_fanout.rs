//! Connections that a client opened at once because it did not know yet that the server speaks HTTP/2. One of them
//! could carry all requests.

use evidence::account::Charge;
use model::http_version::HttpVersion;
use stats::estimate::Estimate;

use super::{Rule, at_least, several};
use crate::findings::FindingCode;
use crate::findings::comparison::{Comparison, ExaminedArm};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::FindingFigure;
use crate::findings::remedy::Remedy;

/// What many handshakes at once take longer in.
const CHARGES: [Charge; 2] = [Charge::Handshake, Charge::Preparation];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::AlpnFanout, charges: &CHARGES, find }];

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    let unused = wasted(comparison)?;
    let charged = comparison.waste(&CHARGES)?;
    let evidence = [
        comparison.connections_opened(),
        comparison.figure(FindingFigure::ConnectionsUsed, |arm| arm.analysis.connections_used),
        comparison.figure(FindingFigure::FullHandshakes, |arm: &ExaminedArm<'_>| {
            arm.analysis.handshakes.map(|handshakes| handshakes.full)
        }),
    ];
    let draft = DraftFinding::observed(Some(shared(charged, unused)), Remedy::Usual, evidence);
    Some(DraftFinding { charged: Some(charged), ..draft })
}

/// The share of the connections opened over HTTP/2 for which others could have carried the requests as streams;
/// nothing where connections carried several.
fn wasted(comparison: &Comparison<'_>) -> Option<f64> {
    let arm = comparison.arm.analysis;
    let (opened, used) = (arm.connections?, arm.connections_used?);
    let is_http2 = arm.http.as_deref() == Some(HttpVersion::Http2.name());
    let is_unused = at_least(opened, used + 1.0);
    let is_one_for_each = several(used) && arm.most_streams == Some(1);
    let allowed = comparison.arm.observed.streams_allowed.unwrap_or(u64::MAX).max(1);
    let needed = (comparison.requests() as u64).div_ceil(allowed).max(1) as f64;
    let is_fanout = is_http2 && several(opened) && (is_unused || is_one_for_each);
    (is_fanout && opened > needed).then(|| (opened - needed) / opened)
}

/// The part of a size that falls on a share of the handshakes.
fn shared(size: Estimate, share: f64) -> Estimate {
    Estimate {
        seconds: share * size.seconds,
        low: size.low.map(|low| share * low),
        high: size.high.map(|high| share * high),
    }
}
