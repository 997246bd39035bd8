//! The audit of the setup: in what the arms differ that the command line did not set.
//!
//! `known_facts` collects what is known of each arm, from its driver and from what the endpoint
//! `observed`; `compare` finds the differences; `relevance` decides which of them changed times.

pub(crate) mod compare;
pub(crate) mod difference;
pub(crate) mod known_facts;
mod observed;
mod relevance;
pub(crate) mod timing_fact;
pub(crate) mod unequal_fact;

use super::input::CaveatInput;
use difference::FactDifference;
use known_facts::KnownFacts;
use model::target::Trust;
use timing_fact::TimingFact;
use unequal_fact::UnequalFact;

/// What is known of the measured arms, and in what they differ.
pub(super) struct SetupAudit<'a> {
    pub(super) arms: Vec<KnownFacts<'a>>,
    pub(super) differences: Vec<FactDifference>,
    sets_encoding: bool,
    trusts_anyone: bool,
}

impl<'a> SetupAudit<'a> {
    /// Collects the facts and compares the arms.
    pub(super) fn new(input: &CaveatInput<'a>) -> Self {
        let arms = KnownFacts::collect(input);
        Self {
            differences: compare::differences(&arms),
            sets_encoding: input.sets_header("accept-encoding"),
            trusts_anyone: input
                .evidence
                .plan
                .targets
                .iter()
                .any(|one| one.target.trust == Trust::Anyone),
            arms,
        }
    }

    /// The differences that are known to change times, and did so in this run.
    pub(super) fn unequal_facts(&self) -> impl Iterator<Item = UnequalFact> {
        self.differences.iter().filter_map(|difference| self.unequal_fact(difference))
    }

    fn unequal_fact(&self, difference: &FactDifference) -> Option<UnequalFact> {
        let fact = TimingFact::from_name(&difference.fact)?;
        let concerned: Vec<&KnownFacts<'_>> = self
            .arms
            .iter()
            .filter(|facts| difference.arms().any(|arm| *arm == facts.arm.arm))
            .collect();
        let already_set = match fact {
            TimingFact::Compression => self.sets_encoding,
            TimingFact::Verification => self.trusts_anyone,
            _ => false,
        };
        relevance::matters(fact, &concerned).then(|| UnequalFact {
            fact,
            difference: difference.clone(),
            adjustable: adjustable(fact, &concerned),
            already_set,
        })
    }
}

/// The labels of the arms that have the condition which decides the fact.
fn adjustable(fact: TimingFact, arms: &[&KnownFacts<'_>]) -> Vec<model::arm::Label> {
    let Some(condition) = fact.condition() else { return Vec::new() };
    let mut labels = Vec::new();
    for facts in arms.iter().filter(|facts| facts.arm.conditions.contains_key(condition)) {
        if !labels.contains(&facts.arm.label) {
            labels.push(facts.arm.label.clone());
        }
    }
    labels
}

#[cfg(test)]
mod tests;
