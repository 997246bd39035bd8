//! The fairness audit: what differs between the arms that are compared, and was not asked for.
//!
//! `portrait` gathers what is known of each arm, from its driver and from what the endpoint
//! `observed`; `difference` holds the portraits against each other. All that differs is one caveat;
//! each aspect that is known to change times is another, with what makes the arms equal in it, as
//! far as the run was of a kind in which it matters (`relevance`). What should be known of an arm even where all
//! are alike in it is `oddity`.

mod difference;
mod observed;
mod oddity;
mod portrait;
mod relevance;

use model::arm::ArmName;

use super::CaveatInput;
use crate::caveat::Caveat;
use crate::caveat::aspect::Aspect;
use crate::caveat::difference::Difference;
use crate::caveat::reason::Reason;
use portrait::Portrait;

/// What differs, what of it changes times, and what is odd.
pub(super) fn look(input: &CaveatInput<'_>) -> Vec<Caveat> {
    let portraits = Portrait::of_measured(input);
    let differences = difference::between(&portraits);
    let unequal: Vec<Caveat> =
        differences.iter().filter_map(|found| unequal(found, &portraits)).collect();
    let all = all_of(differences);
    all.into_iter().chain(unequal).chain(oddity::look(&portraits)).collect()
}

fn all_of(differences: Vec<Difference>) -> Option<Caveat> {
    let mut arms: Vec<ArmName> = Vec::new();
    for arm in differences.iter().flat_map(Difference::arms) {
        if !arms.contains(arm) {
            arms.push(arm.clone());
        }
    }
    (!arms.is_empty()).then(|| Caveat::new(arms, Reason::ArmsDiffer { differences }))
}

fn unequal(found: &Difference, portraits: &[Portrait<'_>]) -> Option<Caveat> {
    let aspect = Aspect::named(&found.fact)?;
    let concerned: Vec<&Portrait<'_>> =
        portraits.iter().filter(|one| found.arms().any(|arm| *arm == one.arm.arm)).collect();
    let arms = found.arms().cloned().collect();
    let reason = Reason::Unequal { aspect, difference: found.clone() };
    relevance::matters(aspect, &concerned).then(|| Caveat::new(arms, reason))
}

#[cfg(test)]
mod tests;
