//! The factors that can be switched independently, alone or in groups.
//!
//! If one factor has no effect beside another, some of their combinations do not exist, and what
//! each saves depends on the order. Such factors count as one player, which is off or on as a
//! whole. (A player in the sense of the Shapley value.)

use model::experiment::{Factor, FactorKind};
use stats::factorial::{FactorSet, Factorial};

/// Factors that are switched together, by their places.
pub(super) struct Player {
    factors: Vec<usize>,
}

impl Player {
    /// Which factors.
    pub(super) fn factors(&self) -> &[usize] {
        &self.factors
    }

    /// Whether it is this factor and no other.
    pub(super) fn is_alone(&self, factor: usize) -> bool {
        self.factors == [factor]
    }

    fn belongs(&self, kind: FactorKind, factors: &[Factor]) -> bool {
        self.factors.iter().any(|&place| {
            let other = factors[place].kind;
            kind.means_nothing_beside().contains(&other)
                || other.means_nothing_beside().contains(&kind)
        })
    }
}

/// Groups factors into players.
pub(super) fn group(factors: &[Factor]) -> Vec<Player> {
    let mut players: Vec<Player> = Vec::new();
    for (place, factor) in factors.iter().enumerate() {
        let (joined, apart): (Vec<Player>, Vec<Player>) =
            players.into_iter().partition(|player| player.belongs(factor.kind, factors));
        let mut together: Vec<usize> =
            joined.into_iter().flat_map(|player| player.factors).collect();
        together.push(place);
        together.sort_unstable();
        players = apart;
        players.push(Player { factors: together });
    }
    players.sort_by_key(|player| player.factors.first().copied());
    players
}

/// The design whose factors are the players, from the responses of the single factors.
pub(super) fn design(players: &[Player], response: impl Fn(FactorSet) -> f64) -> Option<Factorial> {
    Factorial::new(players.len(), |on| {
        let on = players.iter().enumerate().filter(|&(place, _)| on.holds(place));
        let factors = on.flat_map(|(_, player)| player.factors.iter().copied());
        Some(response(factors.fold(FactorSet::NONE, FactorSet::with)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn players(kinds: &[FactorKind]) -> Vec<Vec<usize>> {
        let factor = |&kind| Factor {
            kind,
            setting: String::new(),
            instead_of: String::new(),
            reason: None,
        };
        let factors: Vec<Factor> = kinds.iter().map(factor).collect();
        group(&factors).into_iter().map(|player| player.factors).collect()
    }

    #[test]
    fn groups_factors_that_have_no_effect_beside_each_other() {
        use FactorKind::{PlainText, Resumption, SharedContext, Sleep, WarmSession, Workers};
        assert_eq!(players(&[WarmSession, SharedContext, Workers]), [[0], [1], [2]]);
        let nested = players(&[WarmSession, SharedContext, PlainText]);
        assert_eq!(nested, [vec![0], vec![1, 2]]);
        // Two unrelated factors are joined by a third.
        let chained = players(&[SharedContext, WarmSession, Resumption, Sleep]);
        assert_eq!(chained, [vec![0, 2, 3], vec![1]]);
    }
}
