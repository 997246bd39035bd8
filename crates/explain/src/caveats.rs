//! Looks for caveats: `fairness`, `inequality`, `conduct` and `circumstance` find those that lie in
//! what the arms are, between two arms' trials, with one client, and with the run or its machine.
//! What makes an interval wrong is looked for in `dependence`, and whether the instrument can be
//! believed at all in `controls`.

mod circumstance;
mod conduct;
mod fairness;
mod inequality;

use model::arm::{ArmName, Role};
use model::recording::Recording;

use crate::arms::ArmAnalysis;
use crate::caveat::Caveat;
use crate::caveat::reason::{Judged, Reason};
use crate::controls::{self, ControlAnalysis};
use crate::dependence;
use crate::ratios::RatioAnalysis;
use evidence::Evidence;

/// What caveats are found in.
pub(crate) struct CaveatInput<'a> {
    pub(crate) recording: &'a Recording,
    pub(crate) evidence: &'a Evidence<'a>,
    pub(crate) arms: &'a [ArmAnalysis],
    pub(crate) ratios: &'a [RatioAnalysis],
    pub(crate) controls: &'a [ControlAnalysis],
}

impl<'a> CaveatInput<'a> {
    /// The arms that were asked about.
    fn measured(&self) -> impl Iterator<Item = &'a ArmAnalysis> {
        self.arms.iter().filter(|arm| arm.role == Role::Measured)
    }

    /// The names of the arms that were asked about.
    fn names(&self) -> Vec<ArmName> {
        self.measured().map(|arm| arm.arm.clone()).collect()
    }
}

/// Everything that speaks against a result, those that veto first.
pub(crate) fn gather(input: &CaveatInput<'_>) -> Vec<Caveat> {
    let mut caveats = controls::missed(input.evidence.plan, input.controls);
    caveats.extend(inequality::errors(input));
    caveats.extend(inequality::bytes(input));
    let stalls = stalls(input.ratios, &caveats);
    caveats.extend(stalls);
    caveats.extend(fairness::look(input));
    caveats.extend(dependence::look(input.evidence, input.ratios));
    caveats.extend(conduct::disputed(input));
    caveats.extend(conduct::late_answers(input));
    caveats.extend(conduct::slow_first_trials(input));
    caveats.extend(conduct::warm_connections(input));
    caveats.extend(conduct::client_cpu(input));
    caveats.extend(circumstance::of_machine(input));
    caveats.extend(circumstance::of_run(input));
    caveats
}

/// The ratios on which the mean and the ranks disagree, where there is a verdict at all.
fn stalls(ratios: &[RatioAnalysis], vetoes: &[Caveat]) -> Vec<Caveat> {
    ratios
        .iter()
        .filter(|ratio| !vetoes.iter().any(|caveat| caveat.forbids(&ratio.arm, &ratio.baseline)))
        .filter_map(|ratio| {
            let by_ranks = ratio.hodges_lehmann?;
            let reason = Reason::StallsDominate {
                arm: ratio.arm.clone(),
                baseline: ratio.baseline.clone(),
                by_mean: Judged {
                    ratio: ratio.ratio?,
                    low: ratio.low?,
                    high: ratio.high?,
                    verdict: ratio.verdict,
                },
                by_ranks: Judged {
                    ratio: by_ranks.ratio,
                    low: by_ranks.low?,
                    high: by_ranks.high?,
                    verdict: by_ranks.verdict?,
                },
            };
            let arms = vec![ratio.arm.clone(), ratio.baseline.clone()];
            (by_ranks.verdict? != ratio.verdict).then(|| Caveat::new(arms, reason))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::analyse;
    use evidence::sample::Sample;
    use model::recording::StopReason;
    use model::time::Span;
    use stats::verdict::Verdict;

    pub(super) fn caveats(recording: &Recording) -> Vec<Caveat> {
        analyse(recording).caveats
    }

    pub(super) fn codes(recording: &Recording) -> Vec<&'static str> {
        caveats(recording).iter().map(Caveat::code).collect()
    }

    pub(super) fn named<'a>(caveats: &'a [Caveat], code: &str) -> &'a Caveat {
        let mut found = caveats.iter().filter(|caveat| caveat.code() == code);
        let (Some(caveat), None) = (found.next(), found.next()) else {
            panic!("not one caveat {code}: {caveats:?}")
        };
        caveat
    }

    #[test]
    fn a_caveat_is_written_with_its_documented_names() {
        let found = caveats(&Sample::three_ways(3));
        let json = serde_json::to_value(&found).expect("serialises");
        assert_eq!(json[0]["code"], "few_blocks");
        assert_eq!(json[0]["arms"][2], "hyper/async@4");
        assert_eq!(json[0]["vetoes"], false);
        let sentence = json[0]["sentence"].as_str().expect("is text");
        assert!(sentence.starts_with("There are only 3 blocks:") && sentence.ends_with('.'));
    }

    #[test]
    fn no_two_reasons_share_a_code() {
        let codes: std::collections::BTreeSet<&str> = Reason::CODES.into_iter().collect();
        assert_eq!(codes.len(), Reason::CODES.len());
    }

    #[test]
    fn an_ordinary_run_has_no_caveat() {
        assert_eq!(codes(&Sample::three_ways(12)), [""; 0]);
    }

    /// Twelve blocks in which b/y takes 0.9 of the baseline's time, and twice as long as otherwise
    /// in the first so many.
    fn stalled(stalls: usize) -> Recording {
        let mut sample = Sample::new(&[("a/x", 1), ("b/y", 1)]);
        for block in 0..12 {
            let jitter = Span::from_nanos(7919 * (block * block % 13) as u64);
            let time = if block < stalls { 180 } else { 90 };
            sample.in_order(&[
                ("a/x@1", Span::from_millis(100) + jitter),
                ("b/y@1", Span::from_millis(time)),
            ]);
        }
        sample.end(StopReason::Blocks)
    }

    #[test]
    fn where_stalls_hide_what_the_ranks_show_both_are_told() {
        let recording = stalled(1);
        let analysis = analyse(&recording);
        let ratio = &analysis.ratios[0];
        let by_ranks = ratio.hodges_lehmann.expect("there are blocks");
        assert_eq!(ratio.verdict, Verdict::Inconclusive);
        assert_eq!(by_ranks.verdict, Some(Verdict::Faster));
        let caveat = named(&analysis.caveats, "stalls_dominate");
        let sentence = caveat.sentence();
        assert!(sentence.contains("inconclusive; Hodges-Lehmann"), "{sentence}");
        assert!(sentence.contains("0.90") && sentence.contains(", faster."), "{sentence}");
        assert!(!caveat.vetoes());
        assert!(!codes(&stalled(0)).contains(&"stalls_dominate"));
    }
}
