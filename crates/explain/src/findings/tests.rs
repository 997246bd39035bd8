use crate::analyse;
use crate::sample::Sample;

#[test]
fn three_ways() {
    let analysis = analyse(&Sample::three_ways(12));
    assert!(!analysis.findings.is_empty());
}
