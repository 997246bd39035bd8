//! Jitter: by how much longer than usual the link holds each flight.
//!
//! Each direction of a connection draws from numbers of its own, told by the connection's number
//! and the flight's place alone, so that no connection's times depend on what others do meanwhile.

use model::time::Span;

use crate::scramble::scramble;

/// The way that a flight takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Direction {
    /// From the client.
    In,
    /// From the server.
    Out,
}

/// The further holds of one direction of a connection.
#[derive(Clone, Debug)]
pub(crate) struct Jitter {
    most: Span,
    seed: u64,
    flights: u64,
}

impl Jitter {
    /// The holds on a connection whose round trips may last `jitter` longer: each direction has
    /// half of that.
    pub(crate) fn new(jitter: Span, connection: u64, direction: Direction) -> Self {
        let way = match direction {
            Direction::In => 0,
            Direction::Out => 1,
        };
        Self { most: jitter.half(), seed: scramble(2 * connection + way), flights: 0 }
    }

    /// How much longer the next flight is held: any time from nothing to the most, each as likely.
    pub(crate) fn next(&mut self) -> Span {
        let drawn = scramble(self.seed.wrapping_add(self.flights));
        self.flights += 1;
        let span = (u128::from(drawn) * (u128::from(self.most.as_nanos()) + 1)) >> u64::BITS;
        // It is below what was multiplied, which is a span.
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
    fn each_direction_of_each_connection_draws_the_same_every_time() {
        assert_eq!(draws(1, Direction::In, 5), draws(1, Direction::In, 5));
        assert_ne!(draws(1, Direction::In, 5), draws(1, Direction::Out, 5));
        assert_ne!(draws(1, Direction::In, 5), draws(2, Direction::In, 5));
    }

    #[test]
    fn every_time_up_to_half_the_jitter_is_as_likely() {
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
    fn without_jitter_nothing_is_held_longer() {
        let mut jitter = Jitter::new(Span::ZERO, 7, Direction::In);
        assert!((0..100).all(|_| jitter.next().is_zero()));
    }
}
