//! Sessions: a cold one lives within its trial, a warm one outlives it.

use std::collections::BTreeSet;

use model::witness::Witness;

use crate::candidate::Candidate;
use crate::targets::REQUESTS;
use crate::verdict::Wrong;

/// The condition that chooses the session.
pub(crate) const CONDITION: &str = "session";

/// Every trial with a cold session opens the connections that it uses.
pub(crate) fn cold(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    for witness in two_trials(candidate, "cold")? {
        if !carrying(&witness).is_subset(&opened(&witness)) {
            return Err(Wrong("it used a connection that was open before the trial".to_owned()));
        }
    }
    Ok(())
}

/// The second trial of a warm session uses connections that the first one opened.
pub(crate) fn warm(candidate: &mut Candidate<'_>) -> Result<(), Wrong> {
    let [_, second] = two_trials(candidate, "warm")?;
    if carrying(&second).is_subset(&opened(&second)) {
        return Err(Wrong("its second trial used no connection of the first one".to_owned()));
    }
    Ok(())
}

fn two_trials(candidate: &mut Candidate<'_>, session: &str) -> Result<[Witness; 2], Wrong> {
    let mut driver = candidate.prepared(candidate.preparation_with(CONDITION, session))?;
    let mut trial = || {
        let run = candidate.succeed(&mut driver, REQUESTS)?;
        candidate.witness(&run)
    };
    let witnesses = [trial()?, trial()?];
    candidate.leave(driver);
    Ok(witnesses)
}

fn carrying(witness: &Witness) -> BTreeSet<u64> {
    witness.requests.iter().map(|row| row.connection).collect()
}

fn opened(witness: &Witness) -> BTreeSet<u64> {
    witness.connections.iter().map(|row| row.id).collect()
}
