//! Losses: which datagrams the link drops.
//!
//! Each draw depends only on the path's number, the direction and the datagram's position, so that the
//! losses of a path do not depend on other paths.

use model::link::Loss;

use crate::link::jitter::Direction;
use crate::splitmix::splitmix64;

/// The losses of one direction of a path.
#[derive(Clone, Debug)]
pub(crate) struct Losses {
    loss: Option<Loss>,
    seed: u64,
    datagrams: u64,
}

impl Losses {
    /// The losses on the path with this number.
    pub(crate) fn new(loss: Option<Loss>, path: u64, direction: Direction) -> Self {
        let stream = match direction {
            Direction::In => 0,
            Direction::Out => 1,
        };
        // Mixed twice, so that it draws other numbers than the jitter of the same path.
        Self { loss, seed: splitmix64(splitmix64(2 * path + stream)), datagrams: 0 }
    }

    /// Whether the next datagram gets lost.
    pub(crate) fn hit_next(&mut self) -> bool {
        let drawn = splitmix64(self.seed.wrapping_add(self.datagrams));
        self.datagrams += 1;
        let per_million = (u128::from(drawn) * 1_000_000) >> u64::BITS;
        self.loss.is_some_and(|loss| per_million < u128::from(loss.per_million()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hits(loss: Option<&str>, path: u64, direction: Direction) -> Vec<bool> {
        let loss = loss.map(|text| text.parse().expect("a share"));
        let mut losses = Losses::new(loss, path, direction);
        (0..1000).map(|_| losses.hit_next()).collect()
    }

    #[test]
    fn loses_the_same_datagrams_in_every_run() {
        let (one, other) = (Some("10%"), Some("10%"));
        assert_eq!(hits(one, 1, Direction::In), hits(other, 1, Direction::In));
        assert_ne!(hits(one, 1, Direction::In), hits(other, 1, Direction::Out));
        assert_ne!(hits(one, 1, Direction::In), hits(other, 2, Direction::In));
    }

    #[test]
    fn loses_the_share_that_is_asked_for() {
        let all: Vec<bool> =
            (0..100).flat_map(|path| hits(Some("0.5%"), path, Direction::Out)).collect();
        let lost = all.iter().filter(|&&lost| lost).count();
        // Of 100 000 draws, 500 ± 22 (one standard deviation) are lost.
        assert!((400..600).contains(&lost), "{lost} were lost");
    }

    #[test]
    fn loses_nothing_without_a_share() {
        assert!(!hits(None, 1, Direction::In).contains(&true));
    }
}
