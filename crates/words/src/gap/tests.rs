use super::*;
use explain::{GapParts, analyse};
use model::recording::StopReason;
use test_support::sample::Sample;

const fn estimate(seconds: f64, low: f64, high: f64) -> Estimate {
    Estimate { seconds, low: Some(low), high: Some(high) }
}

/// A sample's analysis with its first gap set to these figures.
fn sentence_of(gap: Estimate, parts: Option<GapParts>) -> String {
    let mut sample = Sample::new(&[("a/x", 4), ("b/y", 4)]);
    sample.block(&[("a/x@4", 20), ("b/y@4", 96)]);
    sample.block(&[("a/x@4", 20), ("b/y@4", 96)]);
    let analysis = analyse(&sample.end(StopReason::Blocks));
    let first = Gap { gap, parts, ..analysis.gaps[0].clone() };
    sentence(&first, &analysis)
}

fn part(name: GapPartName, estimate: Estimate) -> GapPart {
    GapPart { name, estimate }
}

#[test]
fn names_the_largest_parts_with_equal_decimals() {
    let named = vec![
        part(GapPartName::TlsPreparation, estimate(0.068, 0.0641, 0.072)),
        part(GapPartName::Phases(vec![Phase::Client]), estimate(0.0061, 0.005, 0.0072)),
    ];
    let parts = GapParts { named, rest: Some(estimate(0.002, -0.001, 0.005)) };
    assert_eq!(
        sentence_of(estimate(0.0761, 0.073, 0.0792), Some(parts)),
        "batch 4: b/y is 76.1 ms [73.0, 79.2] slower than a/x: TLS preparation +68.0 [64.1, 72.0], \
         client +6.1 [5.0, 7.2], the rest within noise (+2.0)."
    );
}

#[test]
fn says_faster_and_names_phases_that_cannot_be_told_apart_together() {
    let together = GapPartName::Phases(vec![Phase::Dns, Phase::Connect, Phase::Tls]);
    let named = vec![part(together, estimate(-0.02, -0.021, -0.019))];
    let parts = GapParts { named, rest: Some(estimate(-0.001, -0.0012, -0.0008)) };
    assert_eq!(
        sentence_of(estimate(-0.021, -0.023, -0.019), Some(parts)),
        "batch 4: b/y is 21.0 ms [19.0, 23.0] faster than a/x: DNS, connect and TLS together -20.0 \
         [-21.0, -19.0], the rest -1.0 [-1.2, -0.8]."
    );
}

#[test]
fn says_what_is_within_noise_and_what_was_not_observed() {
    assert_eq!(
        sentence_of(estimate(0.001, -0.0117, 0.0137), None),
        "batch 4: b/y differs from a/x by +1.00 ms [-11.70, 13.70], within noise; phases not \
         observed."
    );
    let nothing = GapParts { named: Vec::new(), rest: None };
    assert!(
        sentence_of(estimate(0.02, 0.01, 0.03), Some(nothing)).ends_with(": no phase stands out.")
    );
}

#[test]
fn one_block_has_no_interval() {
    let mut sample = Sample::new(&[("a/x", 4), ("b/y", 4)]);
    sample.block(&[("a/x@4", 20), ("b/y@4", 22)]);
    let analysis = analyse(&sample.end(StopReason::Blocks));
    assert_eq!(
        sentence(&analysis.gaps[0], &analysis),
        "batch 4: b/y differs from a/x by +2.00 ms in the one block they share."
    );
}
