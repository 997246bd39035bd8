//! The bottleneck of the link from the server to its clients, which all connections share.
//!
//! Pieces pass one after the other in the order of their requests. A connection asks for its next
//! piece when the last one has passed, so that busy connections take turns. It reads no clock.

use std::sync::{Mutex, PoisonError};

use model::link::Rate;
use model::time::{Moment, Span};

/// How long a piece takes to pass, between the two limits below. Longer pieces would make responses
/// arrive in lumps; shorter ones would wake the machine too often.
const PIECE_TIME: Span = Span::from_nanos(500_000);

/// The smallest piece: the payload of a TCP segment on Ethernet.
const SMALLEST_PIECE: usize = 1448;

/// The largest piece.
const LARGEST_PIECE: usize = 32 * 1024;

/// How long datagrams wait at most: the size of the router's queue. A sender of datagrams fills whatever queue
/// there is, until one is dropped.
const LONGEST_QUEUE: Span = Span::from_millis(100);

/// The bottleneck of one listener.
#[derive(Debug)]
pub(crate) struct Bottleneck {
    rate: Rate,
    piece: usize,
    free: Mutex<Moment>,
}

impl Bottleneck {
    /// An idle bottleneck of this rate.
    pub(crate) fn new(rate: Rate) -> Self {
        let piece = usize::try_from(rate.bytes_in(PIECE_TIME)).unwrap_or(LARGEST_PIECE);
        Self {
            rate,
            piece: piece.clamp(SMALLEST_PIECE, LARGEST_PIECE),
            free: Mutex::new(Moment::from_nanos(0)),
        }
    }

    /// The size of a piece, in bytes.
    pub(crate) fn piece(&self) -> usize {
        self.piece
    }

    /// Sends `bytes` through that came at `came`; gives the moment when the last of them has
    /// passed.
    pub(crate) fn pass(&self, bytes: usize, came: Moment) -> Moment {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        *free = (*free).max(came) + self.rate.time_of(bytes as u64);
        *free
    }

    /// As [`Self::pass`], unless they would have to wait longer than [`LONGEST_QUEUE`]: then there is no room
    /// for them.
    pub(crate) fn pass_or_drop(&self, bytes: usize, came: Moment) -> Option<Moment> {
        let free = *self.free.lock().unwrap_or_else(PoisonError::into_inner);
        (free.since(came) <= LONGEST_QUEUE).then(|| self.pass(bytes, came))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bottleneck(rate: &str) -> Bottleneck {
        Bottleneck::new(rate.parse().expect("a rate"))
    }

    fn micros(micros: u64) -> Moment {
        Moment::from_nanos(micros * 1000)
    }

    #[test]
    fn passes_bytes_in_order_and_does_not_save_idle_time() {
        // A byte takes a microsecond.
        let bottleneck = bottleneck("8Mbit");
        assert_eq!(bottleneck.pass(1000, micros(5000)), micros(6000));
        assert_eq!(bottleneck.pass(500, micros(5000)), micros(6500));
        assert_eq!(bottleneck.pass(1, micros(6400)), micros(6501));
        assert_eq!(bottleneck.pass(100, micros(20_000)), micros(20_100));
    }

    #[test]
    fn drops_what_would_wait_too_long() {
        let bottleneck = bottleneck("8Mbit");
        assert_eq!(bottleneck.pass_or_drop(100_000, micros(0)), Some(micros(100_000)));
        assert_eq!(bottleneck.pass_or_drop(1000, micros(0)), Some(micros(101_000)));
        assert_eq!(bottleneck.pass_or_drop(1000, micros(0)), None);
        assert_eq!(bottleneck.pass_or_drop(1000, micros(1000)), Some(micros(102_000)));
    }

    #[test]
    fn chooses_pieces_that_fit_the_rate() {
        assert_eq!(bottleneck("1kbit").piece(), SMALLEST_PIECE);
        assert_eq!(bottleneck("100Mbit").piece(), 6250);
        assert_eq!(bottleneck("1000Gbit").piece(), LARGEST_PIECE);
    }
}
