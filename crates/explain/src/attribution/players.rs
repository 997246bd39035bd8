//! The factors that can be switched independently of each other, alone or in groups.
//!
//! Where one factor means nothing beside another, some of their combinations cannot be had apart, and
//! what each of them is worth depends on the order: they count as one, which is off or on as a whole.

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

/// The players that these factors make.
pub(super) fn of(factors: &[Factor]) -> Vec<Player> {
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

/// The design in which the players are the factors, out of one of the factors themselves.
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
        let factor = |&kind| Factor { kind, setting: String::new(), instead_of: String::new() };
        let factors: Vec<Factor> = kinds.iter().map(factor).collect();
        of(&factors).into_iter().map(|player| player.factors).collect()
    }

    #[test]
    fn what_means_nothing_beside_another_plays_with_it() {
        use FactorKind::{PlainText, Resumption, SharedContext, Sleep, WarmSession, Workers};
        assert_eq!(players(&[WarmSession, SharedContext, Workers]), [[0], [1], [2]]);
        let nested = players(&[WarmSession, SharedContext, PlainText]);
        assert_eq!(nested, [vec![0], vec![1, 2]]);
        // Two that have nothing to do with each other are brought together by a third.
        let chained = players(&[SharedContext, WarmSession, Resumption, Sleep]);
        assert_eq!(chained, [vec![0, 2, 3], vec![1]]);
    }
}
