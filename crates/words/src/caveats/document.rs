//! A caveat as JSON.

use explain::caveats::{Caveat, CaveatCode, FactDifference};
use model::arm::ArmName;
use schemars::JsonSchema;
use serde::Serialize;

/// A reason to trust a result less.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Caveat")]
pub struct CaveatDocument<'a> {
    /// Which reason.
    code: CaveatCode,
    /// The arms that it concerns.
    arms: &'a [ArmName],
    /// What was seen, what it means and what to do, for people.
    sentence: String,
    /// Whether it takes away the verdict on every ratio of two of these arms.
    vetoes: bool,
    /// What differs, for the caveat `arms_differ`.
    #[serde(skip_serializing_if = "Option::is_none")]
    differences: Option<&'a [FactDifference]>,
}

impl<'a> CaveatDocument<'a> {
    /// Puts a caveat into words.
    pub fn new(caveat: &'a Caveat) -> Self {
        Self {
            code: caveat.code(),
            arms: caveat.arms(),
            sentence: super::sentence(caveat),
            vetoes: caveat.vetoes(),
            differences: caveat.differences(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use explain::analyse;
    use model::recording::Recording;
    use test_support::sample::Sample;

    fn written(recording: &Recording) -> serde_json::Value {
        let analysis = analyse(recording);
        let caveats: Vec<CaveatDocument<'_>> =
            analysis.caveats.iter().map(CaveatDocument::new).collect();
        serde_json::to_value(caveats).expect("serialises")
    }

    #[test]
    fn a_caveat_has_its_documented_names() {
        let json = written(&Sample::three_strategies(3));
        assert_eq!(json[0]["code"], "few_blocks");
        assert_eq!(json[0]["arms"][2], "hyper/async@4");
        assert_eq!(json[0]["vetoes"], false);
        let sentence = json[0]["sentence"].as_str().expect("is text");
        assert!(sentence.starts_with("Only 3 blocks are complete.") && sentence.ends_with('.'));
        assert!(!json.to_string().contains("differences"));
    }

    #[test]
    fn a_difference_has_its_documented_names() {
        let mut sample = Sample::new(&[("a/x", 2), ("b/y", 2)]);
        for _ in 0..10 {
            sample.block(&[("a/x@2", 100), ("b/y@2", 100)]);
        }
        sample.report_facts("a/x@2", &[("event_loop", "asyncio")]);
        sample.report_facts("b/y@2", &[("event_loop", "uvloop")]);
        let json = written(&sample.end(model::recording::StopReason::Blocks));
        assert_eq!(json[0]["differences"][0]["fact"], "event_loop");
        let group = &json[0]["differences"][0]["groups"][1];
        assert_eq!(group["value"], "uvloop");
        assert_eq!((&group["ways"][0], &group["arms"][0]), (&"b/y".into(), &"b/y@2".into()));
    }
}
