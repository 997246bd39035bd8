//! Bodies that the server compresses while it sends them, where another arm gets the same bodies as
//! they are and sooner.

use model::experiment::FactorKind;

use super::Rule;
use crate::findings::FindingCode;
use crate::findings::comparison::{Comparison, ExaminedArm};
use crate::findings::draft::DraftFinding;
use crate::findings::finding_evidence::{FindingEvidence, FindingFigure};
use crate::findings::remedy::Remedy;
use evidence::account::Charge;

/// The server's part of the exchanges.
const CHARGES: [Charge; 5] =
    [Charge::SlowBody, Charge::Exchange, Charge::Turns, Charge::Waves, Charge::Bytes];

pub(super) const RULES: [Rule; 1] =
    [Rule::Special { code: FindingCode::Compression, charges: &CHARGES, find }];

/// The most bytes that compressed bodies have, as a share of the others.
const LESS: f64 = 0.8;
/// How many bytes smaller a response must be: heads differ too.
const LEAST_BYTES: f64 = 1000.0;

fn find(comparison: &Comparison<'_>) -> Option<DraftFinding> {
    if !is_compressed(comparison) {
        return None;
    }
    let size = comparison.excess(&CHARGES)?;
    let gain = comparison.gain(FactorKind::Compression);
    let evidence = [
        Some(FindingEvidence::Charged { charge: Charge::SlowBody, size }),
        gain.map(FindingEvidence::from),
        comparison.figure(FindingFigure::ResponseBytes, response_bytes),
    ];
    Some(DraftFinding::observed(Some(size), Remedy::Usual, evidence).confirmed_by(gain))
}

/// Whether the responses are far smaller on the wire than those of the arm that is compared with. Where an
/// arm is looked at by itself, that is any faster one.
pub(super) fn is_compressed(comparison: &Comparison<'_>) -> bool {
    let smaller = |versus: &ExaminedArm<'_>| is_smaller(comparison, versus);
    match comparison.versus {
        Some(versus) => smaller(versus),
        None => comparison.others().any(|other| is_sooner(other, comparison.arm) && smaller(other)),
    }
}

fn is_sooner(one: &ExaminedArm<'_>, other: &ExaminedArm<'_>) -> bool {
    let batches = one.charges.batch().zip(other.charges.batch());
    batches.is_some_and(|(one, other)| one.seconds < other.seconds)
}

fn is_smaller(comparison: &Comparison<'_>, versus: &ExaminedArm<'_>) -> bool {
    let both = response_bytes(comparison.arm).zip(response_bytes(versus));
    let least = LEAST_BYTES * comparison.requests() as f64;
    both.is_some_and(|(own, versus)| own <= LESS * versus && versus - own >= least)
}

const fn response_bytes(arm: &ExaminedArm<'_>) -> Option<f64> {
    arm.observed.response_bytes
}
