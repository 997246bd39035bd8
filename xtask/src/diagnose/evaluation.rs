//! Evaluates a run: whether the injected cause was found first, whether a forbidden finding was
//! found, and how far the size is from the injected size.

use std::fmt;

use explain::FindingCode;

use super::case::{Case, First, GroundTruth, Injected};
use crate::scenarios::{AnalysisJson, FindingJson};

/// The largest accepted error of a size, as a fraction of the injected size.
const WITHIN: f64 = 0.15;

/// The evaluation of a run.
#[derive(Debug)]
pub(crate) struct Evaluation {
    /// The finding that came first.
    pub(crate) found: TopFinding,
    /// What is wrong with the findings; none if they are right.
    pub(crate) mistake: Option<Mistake>,
    /// The error of the size, if the injected size is known and the finding is right.
    pub(crate) size: Option<SizeError>,
    description: String,
}

/// The finding that came first in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TopFinding {
    /// A finding, or that nothing was found.
    Code(FindingCode),
    /// The run gave no result.
    NoResult,
}

/// What is wrong with the findings of a run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Mistake {
    /// Something was found in a clean case.
    FalseAlarm,
    /// Another code came first.
    Code,
    /// The code is right, but the arm or the compared arm is not.
    Arm,
    /// A forbidden code was found.
    Forbidden(FindingCode),
    /// The run gave no result, for this reason.
    NoResult(String),
}

/// The error of a size, as a fraction of the injected size.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SizeError(f64);

impl SizeError {
    /// The error of a finding. A finding without a size counts as a size of zero.
    fn new(finding: &FindingJson, injected: &Injected) -> Self {
        Self(finding.seconds.unwrap_or_default() * 1e3 / injected.milliseconds - 1.0)
    }

    /// Whether the error is accepted.
    pub(crate) fn is_within(self) -> bool {
        self.0.abs() <= WITHIN
    }

    /// The larger of two errors, regardless of their sign.
    pub(crate) fn larger(self, other: Self) -> Self {
        if other.0.abs() > self.0.abs() { other } else { self }
    }
}

impl Evaluation {
    /// Evaluates the findings in a case.
    pub(crate) fn new(case: &Case, analysis: &AnalysisJson) -> Self {
        let finding = analysis.findings().next();
        let mistake = match &case.truth {
            GroundTruth::Clean => finding.map(|_| Mistake::FalseAlarm),
            GroundTruth::Cause { first, never, .. } => {
                mistake_in(first, finding).or_else(|| forbidden(never, analysis))
            }
        };
        let size = match (&case.truth, finding) {
            (GroundTruth::Cause { first, injected: Some(injected), .. }, Some(finding))
                if mistake_of(first, finding).is_none() =>
            {
                Some(SizeError::new(finding, injected))
            }
            _ => None,
        };
        let found = TopFinding::Code(finding.map_or(FindingCode::Nothing, |finding| finding.code));
        Self { found, mistake, size, description: finding.map(description).unwrap_or_default() }
    }

    /// Evaluates a run that gave no result.
    pub(crate) fn without_result(reason: String) -> Self {
        let mistake = Some(Mistake::NoResult(reason));
        Self { found: TopFinding::NoResult, mistake, size: None, description: String::new() }
    }
}

/// What is wrong with the first finding, or with its absence.
fn mistake_in(first: &First, finding: Option<&FindingJson>) -> Option<Mistake> {
    finding.map_or(Some(Mistake::Code), |finding| mistake_of(first, finding))
}

fn mistake_of(first: &First, finding: &FindingJson) -> Option<Mistake> {
    if finding.code != first.code && !first.or.contains(&finding.code) {
        return Some(Mistake::Code);
    }
    let is_expected_arm =
        finding.arm == first.arm && (first.versus.is_none() || finding.versus == first.versus);
    (!is_expected_arm).then_some(Mistake::Arm)
}

fn forbidden(never: &[FindingCode], analysis: &AnalysisJson) -> Option<Mistake> {
    let mut codes = analysis.findings().map(|finding| finding.code);
    codes.find(|code| never.contains(code)).map(Mistake::Forbidden)
}

fn description(finding: &FindingJson) -> String {
    let versus = finding.versus.as_ref().map(|arm| format!(" against {arm}")).unwrap_or_default();
    match finding.seconds {
        Some(seconds) => format!("{:.1} ms of {}{versus}", seconds * 1e3, finding.arm),
        None => format!("of {}{versus}", finding.arm),
    }
}

impl fmt::Display for TopFinding {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => code.fmt(formatter),
            Self::NoResult => formatter.write_str("no result"),
        }
    }
}

impl fmt::Display for SizeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:+.1}%", self.0 * 100.0)
    }
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FalseAlarm => formatter.write_str("a false alarm"),
            Self::Code => formatter.write_str("another finding came first"),
            Self::Arm => formatter.write_str("the finding is about another arm"),
            Self::Forbidden(code) => write!(formatter, "{code} must not be found"),
            Self::NoResult(reason) => formatter.write_str(reason),
        }
    }
}

impl fmt::Display for Evaluation {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.mistake.is_some() { "WRONG" } else { "right" };
        write!(formatter, "{verdict}  {}", self.found)?;
        if !self.description.is_empty() {
            write!(formatter, "  {}", self.description)?;
        }
        if let Some(size) = self.size {
            write!(formatter, ", {size}")?;
        }
        self.mistake.as_ref().map_or(Ok(()), |mistake| write!(formatter, "  ({mistake})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenarios::Scenario;

    fn case(truth: GroundTruth) -> Case {
        Case { scenario: Scenario::default(), truth }
    }

    fn cause() -> Case {
        let first = First {
            code: FindingCode::Dns,
            or: vec![FindingCode::ColdStart],
            arm: "a/x@4".to_owned(),
            versus: Some("b/y@4".to_owned()),
        };
        let injected = Injected { milliseconds: 40.0, formula: "10 ms a request".to_owned() };
        let never = vec![FindingCode::Bandwidth];
        case(GroundTruth::Cause { first, never, injected: Some(injected) })
    }

    fn evaluate(case: &Case, findings: &[(&str, &str, f64)]) -> Evaluation {
        let finding = |(code, arm, milliseconds): &(&str, &str, f64)| {
            let seconds = milliseconds / 1e3;
            serde_json::json!({"code": code, "arm": arm, "versus": "b/y@4", "seconds": seconds})
        };
        let findings: Vec<_> = findings.iter().map(finding).collect();
        let json = serde_json::json!({ "findings": findings }).to_string();
        Evaluation::new(case, &AnalysisJson::read(&json).expect("reads"))
    }

    #[test]
    fn evaluates_code_arm_and_size_of_the_first_finding() {
        let right = evaluate(&cause(), &[("dns", "a/x@4", 45.0), ("straggler", "a/x@4", 1.0)]);
        assert_eq!(right.mistake, None);
        assert!(right.size.is_some_and(SizeError::is_within));
        assert_eq!(right.to_string(), "right  dns  45.0 ms of a/x@4 against b/y@4, +12.5%");
        let ambiguous = evaluate(&cause(), &[("cold_start", "a/x@4", 50.0)]);
        assert_eq!(ambiguous.mistake, None);
        assert!(ambiguous.size.is_some_and(|size| !size.is_within()));
        let other = evaluate(&cause(), &[("straggler", "a/x@4", 45.0), ("dns", "a/x@4", 40.0)]);
        assert_eq!(
            (other.mistake, other.found),
            (Some(Mistake::Code), TopFinding::Code(FindingCode::Straggler))
        );
        assert!(other.size.is_none());
        let elsewhere = evaluate(&cause(), &[("dns", "a/x@8", 40.0)]);
        assert_eq!(elsewhere.mistake, Some(Mistake::Arm));
        assert_eq!(evaluate(&cause(), &[]).mistake, Some(Mistake::Code));
    }

    #[test]
    fn a_finding_without_a_size_counts_as_zero() {
        let json = r#"{"findings": [{"code": "dns", "arm": "a/x@4", "versus": "b/y@4", "seconds": null}]}"#;
        let evaluation = Evaluation::new(&cause(), &AnalysisJson::read(json).expect("reads"));
        assert_eq!(evaluation.mistake, None);
        assert_eq!(evaluation.to_string(), "right  dns  of a/x@4 against b/y@4, -100.0%");
    }

    #[test]
    fn a_forbidden_code_makes_a_right_first_finding_wrong() {
        let with_forbidden =
            evaluate(&cause(), &[("dns", "a/x@4", 40.0), ("bandwidth", "b/y@4", 1.0)]);
        assert_eq!(with_forbidden.mistake, Some(Mistake::Forbidden(FindingCode::Bandwidth)));
    }

    #[test]
    fn any_finding_in_a_clean_case_is_a_false_alarm() {
        let clean = case(GroundTruth::Clean);
        for findings in [&[][..], &[("nothing", "a/x@4", 0.0)]] {
            let evaluation = evaluate(&clean, findings);
            assert_eq!(
                (evaluation.mistake, evaluation.found),
                (None, TopFinding::Code(FindingCode::Nothing))
            );
        }
        let alarm = evaluate(&clean, &[("unexplained", "a/x@4", 1.0)]);
        assert_eq!(
            (alarm.mistake, alarm.found),
            (Some(Mistake::FalseAlarm), TopFinding::Code(FindingCode::Unexplained))
        );
    }
}
