//! A histogram of latencies that can be added to others: HdrHistogram, with three significant digits (Tene,
//! "HdrHistogram: a high dynamic range histogram", 2012).
//!
//! Histograms of several places add up exactly, unlike their quantiles. A place weighs as much as it has
//! requests. A quantile of the sum lies between the least and the greatest of the parts.

use hdrhistogram::Histogram;

use crate::quantity::Probability;

const DIGITS: u8 = 3;

/// By how much a time of a histogram may be off, as a share of it.
pub const PRECISION: f64 = 1e-3;

/// Latencies in nanoseconds, to three digits.
#[derive(Clone, Debug, PartialEq)]
pub struct LatencyHistogram(Histogram<u64>);

impl Default for LatencyHistogram {
    fn default() -> Self {
        Self(Histogram::new(DIGITS).expect("three digits are possible"))
    }
}

impl LatencyHistogram {
    /// Adds a latency in nanoseconds.
    pub fn record(&mut self, nanos: u64) {
        // Recording fails only in a histogram that may not grow.
        let _ = self.0.record(nanos);
    }

    /// Adds all latencies of another histogram.
    pub fn add(&mut self, other: &Self) {
        // Adding fails only where a histogram that may not grow is too small.
        let _ = self.0.add(&other.0);
    }

    /// Adds latencies that were recorded in a histogram.
    pub fn add_recorded(&mut self, recorded: &Histogram<u64>) {
        // As above.
        let _ = self.0.add(recorded);
    }

    /// How many latencies there are.
    pub fn requests(&self) -> u64 {
        self.0.len()
    }

    /// The latency below which this share of the requests lies, in nanoseconds; none without a request.
    pub fn quantile(&self, share: Probability) -> Option<u64> {
        (!self.0.is_empty()).then(|| self.0.value_at_quantile(share.value()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::simulation::random::Random;
    use proptest::prelude::*;

    fn histogram(latencies: &[u64]) -> LatencyHistogram {
        let mut histogram = LatencyHistogram::default();
        for &nanos in latencies {
            histogram.record(nanos);
        }
        histogram
    }

    fn quantile(histogram: &LatencyHistogram, share: f64) -> u64 {
        let share = Probability::new(share).expect("is a share");
        histogram.quantile(share).expect("has requests")
    }

    #[test]
    fn matches_the_documented_example_of_1_to_10_000() {
        // The Java documentation's example: of 10,000 values 1…10,000 the 90th percentile is 9,000, within the
        // precision.
        let all = histogram(&(1..=10_000).collect::<Vec<u64>>());
        assert_eq!(all.requests(), 10_000);
        assert!(quantile(&all, 0.9).abs_diff(9_000) <= 9);
        assert_eq!(LatencyHistogram::default().quantile(Probability(0.5)), None);
    }

    #[test]
    fn the_sum_of_places_has_the_quantiles_of_all_their_requests() {
        let mut random = Random::new(81);
        let mut latencies = |mean: f64| -> Vec<u64> {
            (0..2_000).map(|_| random.exponential(mean) as u64 + 1).collect()
        };
        let (near, far) = (latencies(1e7), latencies(8e7));
        let mut sum = histogram(&near);
        sum.add(&histogram(&far));
        let mut all = [near, far].concat();
        all.sort_unstable();
        for share in [0.5, 0.9, 0.99] {
            let exact = all[(share * all.len() as f64).ceil() as usize - 1];
            let found = quantile(&sum, share);
            assert!(found.abs_diff(exact) <= exact / 1000 + 1, "{share}: {found} {exact}");
        }
    }

    proptest! {
        #[test]
        fn a_quantile_of_the_sum_lies_between_those_of_the_parts(
            one in prop::collection::vec(1..u64::MAX / 4, 1..50),
            other in prop::collection::vec(1..u64::MAX / 4, 1..50),
            share in 0.0..1.0,
        ) {
            let (one, other) = (histogram(&one), histogram(&other));
            let mut sum = one.clone();
            sum.add(&other);
            prop_assert_eq!(sum.requests(), one.requests() + other.requests());
            let parts = [quantile(&one, share), quantile(&other, share)];
            let found = quantile(&sum, share);
            prop_assert!(parts[0].min(parts[1]) <= found && found <= parts[0].max(parts[1]));
        }
    }
}
