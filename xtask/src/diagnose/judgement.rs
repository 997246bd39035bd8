//! What is to be thought of a run: whether what was put there came first, and nothing that must not
//! come; and how far its size is from what was injected.

use std::fmt;

use explain::FindingCode;

use super::analysis::{Analysis, Finding};
use super::case::{Case, First, Injected, Truth};

/// How far a size may be from what was injected, as a share of it.
const WITHIN: f64 = 0.15;

/// What is to be thought of a run.
#[derive(Debug)]
pub(crate) struct Judgement {
    /// What came first.
    pub(crate) came: Came,
    /// What is wrong with what was found; nothing where it is right.
    pub(crate) wrong: Option<Wrong>,
    /// How far the size is from what was injected, where that is known and the finding is right.
    pub(crate) size: Option<SizeError>,
    said: String,
}

/// What came first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Came {
    /// A finding, or that nothing was found.
    Code(FindingCode),
    /// The run did not come to a result.
    NoResult,
}

/// What is wrong with what was found.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Wrong {
    /// Something was found where nothing is wrong.
    FalseAlarm,
    /// Another code came first.
    Code,
    /// The code is right, and the arm or what it was found against is not.
    Place,
    /// A code came that must not.
    Unwanted(FindingCode),
    /// The program did not come to a result, and says why.
    NoResult(String),
}

/// How far a size is from what was injected, as a share of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SizeError(f64);

impl SizeError {
    /// A finding without a size has found nothing of what was injected.
    fn of(finding: &Finding, injected: &Injected) -> Self {
        Self(finding.seconds.unwrap_or_default() * 1e3 / injected.milliseconds - 1.0)
    }

    /// Whether it is as small as is asked for.
    pub(crate) fn is_within(self) -> bool {
        self.0.abs() <= WITHIN
    }

    /// The larger of two, whatever their sign.
    pub(crate) fn larger(self, other: Self) -> Self {
        if other.0.abs() > self.0.abs() { other } else { self }
    }
}

impl Judgement {
    /// Judges what the program found in a case.
    pub(crate) fn of(case: &Case, analysis: &Analysis) -> Self {
        let finding = analysis.findings().next();
        let wrong = match &case.truth {
            Truth::Clean => finding.map(|_| Wrong::FalseAlarm),
            Truth::Cause { first, never, .. } => {
                wrong(first, finding).or_else(|| unwanted(never, analysis))
            }
        };
        let size = match (&case.truth, finding) {
            (Truth::Cause { first, injected: Some(injected), .. }, Some(finding))
                if place(first, finding).is_none() =>
            {
                Some(SizeError::of(finding, injected))
            }
            _ => None,
        };
        let came = Came::Code(finding.map_or(FindingCode::Nothing, |finding| finding.code));
        Self { came, wrong, size, said: finding.map(said).unwrap_or_default() }
    }

    /// Judges a run that did not come to a result.
    pub(crate) fn without_result(reason: String) -> Self {
        let wrong = Some(Wrong::NoResult(reason));
        Self { came: Came::NoResult, wrong, size: None, said: String::new() }
    }
}

/// What is wrong with the finding that came first.
fn wrong(first: &First, finding: Option<&Finding>) -> Option<Wrong> {
    finding.map_or(Some(Wrong::Code), |finding| place(first, finding))
}

fn place(first: &First, finding: &Finding) -> Option<Wrong> {
    if finding.code != first.code && !first.or.contains(&finding.code) {
        return Some(Wrong::Code);
    }
    let there =
        finding.arm == first.arm && (first.versus.is_none() || finding.versus == first.versus);
    (!there).then_some(Wrong::Place)
}

fn unwanted(never: &[FindingCode], analysis: &Analysis) -> Option<Wrong> {
    let mut codes = analysis.findings().map(|finding| finding.code);
    codes.find(|code| never.contains(code)).map(Wrong::Unwanted)
}

fn said(finding: &Finding) -> String {
    let versus = finding.versus.as_ref().map(|arm| format!(" against {arm}")).unwrap_or_default();
    match finding.seconds {
        Some(seconds) => format!("{:.1} ms of {}{versus}", seconds * 1e3, finding.arm),
        None => format!("of {}{versus}", finding.arm),
    }
}

impl fmt::Display for Came {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => code.fmt(formatter),
            Self::NoResult => formatter.write_str("no result"),
        }
    }
}

impl fmt::Display for SizeError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:+.1} %", self.0 * 100.0)
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FalseAlarm => formatter.write_str("a false alarm"),
            Self::Code => formatter.write_str("another cause came first"),
            Self::Place => formatter.write_str("another arm than that which it slows down"),
            Self::Unwanted(code) => write!(formatter, "{code} must not come"),
            Self::NoResult(reason) => formatter.write_str(reason),
        }
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verdict = if self.wrong.is_some() { "WRONG" } else { "right" };
        write!(formatter, "{verdict}  {}", self.came)?;
        if !self.said.is_empty() {
            write!(formatter, "  {}", self.said)?;
        }
        if let Some(size) = self.size {
            write!(formatter, ", {size}")?;
        }
        self.wrong.as_ref().map_or(Ok(()), |wrong| write!(formatter, "  ({wrong})"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn case(truth: Truth) -> Case {
        Case {
            name: "case".to_owned(),
            run: Vec::new(),
            needs: Vec::new(),
            packages: Vec::new(),
            environment: std::collections::BTreeMap::default(),
            server: None,
            fails: false,
            truth,
        }
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
        case(Truth::Cause { first, never, injected: Some(injected) })
    }

    fn judge(case: &Case, findings: &[(&str, &str, f64)]) -> Judgement {
        let finding = |(code, arm, milliseconds): &(&str, &str, f64)| {
            let seconds = milliseconds / 1e3;
            serde_json::json!({"code": code, "arm": arm, "versus": "b/y@4", "seconds": seconds})
        };
        let findings: Vec<_> = findings.iter().map(finding).collect();
        let json = serde_json::json!({ "findings": findings }).to_string();
        Judgement::of(case, &Analysis::read(&json).expect("reads"))
    }

    #[test]
    fn the_first_finding_decides_with_its_place_and_its_size() {
        let right = judge(&cause(), &[("dns", "a/x@4", 45.0), ("straggler", "a/x@4", 1.0)]);
        assert_eq!(right.wrong, None);
        assert!(right.size.is_some_and(SizeError::is_within));
        assert_eq!(right.to_string(), "right  dns  45.0 ms of a/x@4 against b/y@4, +12.5 %");
        let ambiguous = judge(&cause(), &[("cold_start", "a/x@4", 50.0)]);
        assert_eq!(ambiguous.wrong, None);
        assert!(ambiguous.size.is_some_and(|size| !size.is_within()));
        let other = judge(&cause(), &[("straggler", "a/x@4", 45.0), ("dns", "a/x@4", 40.0)]);
        assert_eq!(
            (other.wrong, other.came),
            (Some(Wrong::Code), Came::Code(FindingCode::Straggler))
        );
        assert!(other.size.is_none());
        let elsewhere = judge(&cause(), &[("dns", "a/x@8", 40.0)]);
        assert_eq!(elsewhere.wrong, Some(Wrong::Place));
        assert_eq!(judge(&cause(), &[]).wrong, Some(Wrong::Code));
    }

    #[test]
    fn a_finding_without_a_size_has_found_nothing_of_what_was_injected() {
        let json = r#"{"findings": [{"code": "dns", "arm": "a/x@4", "versus": "b/y@4", "seconds": null}]}"#;
        let judgement = Judgement::of(&cause(), &Analysis::read(json).expect("reads"));
        assert_eq!(judgement.wrong, None);
        assert_eq!(judgement.to_string(), "right  dns  of a/x@4 against b/y@4, -100.0 %");
    }

    #[test]
    fn what_must_not_come_spoils_what_came_first() {
        let spoilt = judge(&cause(), &[("dns", "a/x@4", 40.0), ("bandwidth", "b/y@4", 1.0)]);
        assert_eq!(spoilt.wrong, Some(Wrong::Unwanted(FindingCode::Bandwidth)));
    }

    #[test]
    fn where_nothing_is_wrong_only_nothing_may_come() {
        let clean = case(Truth::Clean);
        for findings in [&[][..], &[("nothing", "a/x@4", 0.0)]] {
            let judgement = judge(&clean, findings);
            assert_eq!((judgement.wrong, judgement.came), (None, Came::Code(FindingCode::Nothing)));
        }
        let alarm = judge(&clean, &[("unexplained", "a/x@4", 1.0)]);
        assert_eq!(
            (alarm.wrong, alarm.came),
            (Some(Wrong::FalseAlarm), Came::Code(FindingCode::Unexplained))
        );
    }
}
