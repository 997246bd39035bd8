//! How far one clock is ahead of another, by the four stamps of an exchange of messages (Mills et al.,
//! "Network Time Protocol Version 4", RFC 5905, 2010, section 8).
//!
//! The offset is exact if both ways take equally long. It is off by at most half the round trip, whatever each
//! way takes, so of several exchanges the one with the shortest round trip counts. Assumes that neither clock is
//! set between the stamps and that both run equally fast.

/// The four stamps of an exchange, in nanoseconds: two of each clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamps {
    /// When the message was sent, on the near clock.
    pub sent: u64,
    /// When it was received, on the far clock.
    pub received: u64,
    /// When the answer was sent, on the far clock.
    pub replied: u64,
    /// When the answer arrived, on the near clock.
    pub arrived: u64,
}

/// How far the far clock is ahead of the near one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClockOffset {
    /// In nanoseconds; negative where it is behind.
    pub nanos: i128,
    /// The offset is off by at most this many nanoseconds.
    pub bound: u128,
}

impl ClockOffset {
    /// The offset by one exchange. None if a clock went backwards, or the answer took longer on its way than the
    /// exchange.
    pub fn new(stamps: Stamps) -> Option<Self> {
        let away = stamps.arrived.checked_sub(stamps.sent)?;
        let there = stamps.replied.checked_sub(stamps.received)?;
        let trip = away.checked_sub(there)?;
        let difference = |far: u64, near: u64| i128::from(far) - i128::from(near);
        let twice =
            difference(stamps.received, stamps.sent) + difference(stamps.replied, stamps.arrived);
        // Rounded up, because halving the offset may lose half a nanosecond.
        Some(Self { nanos: twice.div_euclid(2), bound: u128::from(trip).div_ceil(2) + 1 })
    }

    /// The best offset of several exchanges: that with the least bound. None without a valid one.
    pub fn best(exchanges: impl IntoIterator<Item = Stamps>) -> Option<Self> {
        exchanges.into_iter().filter_map(Self::new).min_by_key(|offset| offset.bound)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::random::Random;
    use proptest::prelude::*;

    fn stamps(sent: u64, received: u64, replied: u64, arrived: u64) -> Stamps {
        Stamps { sent, received, replied, arrived }
    }

    #[test]
    fn matches_the_formula_of_rfc_5905() {
        // θ = ((T2 − T1) + (T3 − T4)) / 2 and δ = (T4 − T1) − (T3 − T2): 1000 ahead, 10 there, 30 back.
        let found = ClockOffset::new(stamps(100, 1110, 1115, 145)).expect("is valid");
        assert_eq!((found.nanos, found.bound), (990, 21));
        // The far clock is behind.
        let behind = ClockOffset::new(stamps(5000, 1010, 1020, 5030)).expect("is valid");
        assert_eq!(behind.nanos, -4000);
    }

    #[test]
    fn stamps_that_contradict_each_other_have_no_offset() {
        for bad in [stamps(10, 5, 6, 9), stamps(10, 6, 5, 20), stamps(10, 0, 50, 20)] {
            assert_eq!(ClockOffset::new(bad), None);
        }
        assert_eq!(ClockOffset::best([]), None);
        let extreme = stamps(0, u64::MAX, u64::MAX, u64::MAX);
        assert!(ClockOffset::new(extreme).is_some());
    }

    #[test]
    fn the_shortest_of_several_exchanges_is_nearest_to_the_truth() {
        let mut random = Random::new(71);
        let (mut best, mut first) = (0.0, 0.0);
        for _ in 0..500 {
            let exchanges: Vec<Stamps> = (0..8)
                .map(|_| {
                    let mut way = || 1_000 + random.exponential(50_000.0) as u64;
                    let received = 1_000_000 + way();
                    stamps(0, received, received + 500, received + 500 + way() - 1_000_000)
                })
                .collect();
            let off = |offset: ClockOffset| (offset.nanos - 1_000_000).abs() as f64;
            best += off(ClockOffset::best(exchanges.iter().copied()).expect("is valid"));
            first += off(ClockOffset::new(exchanges[0]).expect("is valid"));
        }
        assert!(best < first / 2.0, "{best} {first}");
    }

    proptest! {
        #[test]
        fn the_truth_lies_within_the_bound(
            near in 0..u64::MAX / 4,
            ahead in -1_000_000_000_i64..1_000_000_000,
            there in 0_u64..1_000_000_000,
            work in 0_u64..1_000_000_000,
            back in 0_u64..1_000_000_000,
        ) {
            let near = near + 2_000_000_000;
            let received = (near + there).checked_add_signed(ahead).expect("in range");
            let replied = received + work;
            let exchange = stamps(near, received, replied, near + there + work + back);
            let found = ClockOffset::new(exchange).expect("is valid");
            let off = (found.nanos - i128::from(ahead)).unsigned_abs();
            prop_assert!(off <= found.bound, "{off} {found:?}");
        }
    }
}
