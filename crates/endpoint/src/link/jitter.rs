//! Jitter: how much longer the link holds each flight.
//!
//! Each draw depends only on the connection's identifier, the direction and the flight's position,
//! so that no connection's times depend on other connections.

use model::time::Span;

use crate::splitmix::splitmix64;

/// The direction of a flight.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the client.
    In,
    /// From the server.
    Out,
}

/// The jitter of one direction of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Jitter {
    most: Span,
    seed: u64,
    flights: u64,
}

impl Jitter {
    /// The jitter on a connection whose round trips last up to `jitter` longer. Each direction adds
    /// up to half of it.
    pub(crate) fn new(jitter: Span, connection: u64, direction: Direction) -> Self {
        let stream = match direction {
            Direction::In => 0,
            Direction::Out => 1,
        };
        Self { most: jitter.half(), seed: splitmix64(2 * connection + stream), flights: 0 }
    }

    /// How much longer the next flight is held, uniform from 0 to the maximum.
    pub(crate) fn next(&mut self) -> Span {
        let drawn = splitmix64(self.seed.wrapping_add(self.flights));
        self.flights += 1;
        let span = (u128::from(drawn) * (u128::from(self.most.as_nanos()) + 1)) >> u64::BITS;
        // At most `self.most`, so it fits.
        Span::from_nanos(u64::try_from(span).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(connection: u64, direction: Direction, count: usize) -> Vec<u64> {
        let mut jitter = Jitter::new(Span::from_millis(2), connection, direction);
        (0..count).map(|_| jitter.next().as_nanos()).collect()
    }

    #[test]
    fn draws_the_same_times_in_every_run() {
        assert_eq!(draws(1, Direction::In, 5), draws(1, Direction::In, 5));
        assert_ne!(draws(1, Direction::In, 5), draws(1, Direction::Out, 5));
        assert_ne!(draws(1, Direction::In, 5), draws(2, Direction::In, 5));
    }

    #[test]
    fn draws_uniformly_up_to_half_the_jitter() {
        let all: Vec<u64> = (0..100).flat_map(|id| draws(id, Direction::Out, 100)).collect();
        assert!(all.iter().all(|&nanos| nanos <= 1_000_000));
        for tenth in 0..10 {
            let within = tenth * 100_000..(tenth + 1) * 100_000;
            let share = all.iter().filter(|&nanos| within.contains(nanos)).count();
            // Of 10 000 draws, 1000 ± 30 (one standard deviation) are in each tenth.
            assert!((850..1150).contains(&share), "{share} draws in {within:?}");
        }
    }

    #[test]
    fn zero_jitter_adds_nothing() {
        let mut jitter = Jitter::new(Span::ZERO, 7, Direction::In);
        assert!((0..100).all(|_| jitter.next().is_zero()));
    }
}
