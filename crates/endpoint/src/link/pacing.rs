//! Pacing: which of a connection's bytes have passed the bottleneck and may be written.
//!
//! One piece passes at a time. The next one follows when the last was due, so that late wake-ups do
//! not slow the link. While the socket takes nothing, nothing passes.

use std::sync::Arc;

use model::time::Moment;

use crate::link::bottleneck::Bottleneck;
use crate::link::release::Release;

/// The pacing of one connection.
#[derive(Debug)]
pub(crate) struct Pacing {
    bottleneck: Arc<Bottleneck>,
    /// When the last bytes came to the bottleneck or passed it, whichever was later.
    last: Release,
    passing: Option<Passing>,
    /// How many bytes have passed and are not written.
    passed: usize,
}

/// A piece in the bottleneck.
#[derive(Debug)]
struct Passing {
    bytes: usize,
    due: Moment,
}

impl Pacing {
    /// The pacing of a connection that has sent nothing.
    pub(crate) fn new(bottleneck: &Arc<Bottleneck>) -> Self {
        let start = Moment::from_nanos(0);
        Self {
            bottleneck: Arc::clone(bottleneck),
            last: Release { due: start, at: start },
            passing: None,
            passed: 0,
        }
    }

    /// Bytes came to the bottleneck.
    pub(crate) fn came(&mut self, release: Release) {
        if release.due > self.last.due {
            self.last = release;
        }
    }

    /// Lets pass what is due by `by`. `unwritten` bytes have come and are not written, including
    /// those that have passed.
    pub(crate) fn advance(&mut self, unwritten: usize, now: Moment, by: Moment) {
        loop {
            if let Some(passing) = self.passing.take_if(|passing| passing.due <= by) {
                self.passed += passing.bytes;
                self.last = Release { due: passing.due, at: now };
            }
            let waiting = unwritten - self.passed;
            let stalled = self.passed > self.bottleneck.piece();
            if self.passing.is_some() || stalled || waiting == 0 {
                return;
            }
            let bytes = waiting.min(self.bottleneck.piece());
            let due = self.bottleneck.pass(bytes, self.last.on_time(now));
            self.passing = Some(Passing { bytes, due });
        }
    }

    /// When the next piece has passed.
    pub(crate) fn due(&self) -> Option<Moment> {
        self.passing.as_ref().map(|passing| passing.due)
    }

    /// How many bytes may be written now.
    pub(crate) fn passed(&self) -> usize {
        self.passed
    }

    /// Records that `bytes` of them were written.
    pub(crate) fn wrote(&mut self, bytes: usize) {
        self.passed -= bytes;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// At 8 Mbit a byte takes a microsecond and a piece 1448 of them.
    fn pacing(bottleneck: &Arc<Bottleneck>, came: u64) -> Pacing {
        let mut pacing = Pacing::new(bottleneck);
        pacing.came(Release { due: micros(came), at: micros(came) });
        pacing
    }

    fn bottleneck() -> Arc<Bottleneck> {
        Arc::new(Bottleneck::new("8Mbit".parse().expect("a rate")))
    }

    fn micros(micros: u64) -> Moment {
        Moment::from_nanos(micros * 1000)
    }

    fn advance(pacing: &mut Pacing, unwritten: usize, now: u64) {
        pacing.advance(unwritten, micros(now), micros(now));
    }

    #[test]
    fn late_wake_ups_do_not_slow_the_pieces() {
        let mut pacing = pacing(&bottleneck(), 1000);
        advance(&mut pacing, 3000, 1030);
        assert_eq!((pacing.passed(), pacing.due()), (0, Some(micros(2478))));
        advance(&mut pacing, 3000, 2477);
        assert_eq!(pacing.passed(), 0);
        // Woken 70 µs late, it sends the next piece when the first was due.
        advance(&mut pacing, 3000, 2548);
        assert_eq!((pacing.passed(), pacing.due()), (1448, Some(micros(2478 + 1448))));
        pacing.wrote(1448);
        advance(&mut pacing, 1552, 3926);
        assert_eq!((pacing.passed(), pacing.due()), (1448, Some(micros(4030))));
        pacing.wrote(1448);
        advance(&mut pacing, 104, 4030);
        assert_eq!((pacing.passed(), pacing.due()), (104, None));
    }

    #[test]
    fn connections_take_turns() {
        let bottleneck = bottleneck();
        let mut pair = [pacing(&bottleneck, 0), pacing(&bottleneck, 0)];
        let mut order = Vec::new();
        let mut now = 0;
        while order.len() < 6 {
            assert!(now < 100 * 1448, "pieces stopped passing: {order:?}");
            for (name, pacing) in pair.iter_mut().enumerate() {
                advance(pacing, 100_000, now);
                if pacing.passed() > 0 {
                    pacing.wrote(pacing.passed());
                    order.push((name, now));
                }
            }
            now += 1448;
        }
        let capacity: Vec<(usize, u64)> =
            [0, 1, 0, 1, 0, 1].into_iter().zip((1..=6).map(|permit| permit * 1448)).collect();
        assert_eq!(order, capacity);
    }

    #[test]
    fn nothing_passes_while_the_socket_takes_nothing() {
        let mut pacing = pacing(&bottleneck(), 0);
        for now in [0, 1448, 2896, 4344, 50_000] {
            advance(&mut pacing, 100_000, now);
        }
        assert_eq!((pacing.passed(), pacing.due()), (2 * 1448, None));
        pacing.wrote(2 * 1448);
        advance(&mut pacing, 100_000 - 2 * 1448, 50_000);
        assert_eq!(pacing.due(), Some(micros(51_448)), "lost time is not made up for");
    }
}
