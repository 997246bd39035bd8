//! Judges a promise: what a finding says that its remedy saves, against what it saved.

use std::fmt;

use explain::{Estimate, FindingCode, least_gain};
use model::strategy::Conditions;
use words::number::{millis, millis_with_interval, signed_percent};

use crate::scenarios::{AnalysisJson, FindingJson, GainJson};

/// The largest accepted error of a promise, as a share of the arm's batch.
const WITHIN: f64 = 0.05;

/// What promises a gain.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum PromisedBy {
    /// A finding.
    Finding(FindingCode),
    /// What is said of a session that is kept between batches.
    KeptSession,
}

/// What the program says that a remedy saves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Promise {
    /// Where it says so.
    pub(crate) by: PromisedBy,
    /// What it says that a batch becomes shorter by.
    pub(crate) saves: Estimate,
    /// The limits that it says to change, as conditions.
    pub(crate) conditions: Conditions,
}

impl Promise {
    /// The promise of the largest finding with one of these codes that has a time and a remedy.
    pub(crate) fn find(analysis: &AnalysisJson, codes: &[FindingCode]) -> Option<Self> {
        let mut named = analysis.findings().filter(|finding| codes.contains(&finding.code));
        named.find_map(Self::new)
    }

    fn new(finding: &FindingJson) -> Option<Self> {
        let seconds = finding.seconds.filter(|_| !finding.remedy.is_empty())?;
        let saves = Estimate { seconds, low: finding.low, high: finding.high };
        let conditions = finding.remedy_conditions.clone();
        Some(Self { by: PromisedBy::Finding(finding.code), saves, conditions })
    }

    /// What a session that is kept between batches promises the only arm.
    pub(crate) fn of_kept_session(analysis: &AnalysisJson) -> Option<Self> {
        let GainJson { seconds, low, high } = analysis.arms.first()?.kept_session?;
        let saves = Estimate { seconds, low, high };
        Some(Self { by: PromisedBy::KeptSession, saves, conditions: Conditions::new() })
    }
}

/// A promise beside what was measured.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Judgement {
    /// The mean batch time of the arm, in seconds.
    pub(crate) batch: f64,
    /// What is promised; nothing if no finding names a remedy.
    pub(crate) promise: Option<Promise>,
    /// By how much the remedied arm was faster in the same blocks.
    pub(crate) measured: Estimate,
}

/// What came of a promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// The promise is as good as exact.
    Right,
    /// It is too high or too low.
    Wrong,
    /// It misses what was measured, which is less certain than the error that is accepted. It is not right either.
    Unsure,
    /// Something is promised where nothing is gained.
    InVain,
    /// The remedy makes the batch slower.
    Slower,
}

/// A share of the arm's batch.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) struct ShareOfBatch(pub(crate) f64);

impl ShareOfBatch {
    /// The same without its sign.
    pub(crate) const fn size(self) -> Self {
        Self(self.0.abs())
    }

    /// Whether an error of this size is accepted.
    pub(crate) fn is_accepted(self) -> bool {
        self.size() <= Self(WITHIN)
    }
}

impl Judgement {
    /// How much too much is promised. Without a promise the arm stays as it is, so that a remedy that
    /// makes it slower is no error.
    pub(crate) fn error(&self) -> ShareOfBatch {
        let error = match &self.promise {
            Some(promise) => promise.saves.seconds - self.measured.seconds,
            None => -self.measured.seconds.max(0.0),
        };
        ShareOfBatch(error / self.batch)
    }

    /// What came of the promise. A remedy that certainly makes the arm slower is worse than a wrong
    /// promise.
    pub(crate) fn verdict(&self) -> Verdict {
        if self.promise.is_some() && self.is_certainly_slower() {
            return Verdict::Slower;
        }
        if self.error().is_accepted() {
            return Verdict::Right;
        }
        if self.promise.is_some() && self.measured.seconds < least_gain(self.batch) {
            return Verdict::InVain;
        }
        if self.is_noisy() { Verdict::Unsure } else { Verdict::Wrong }
    }

    /// Whether the measured gain itself is less certain than the error that is accepted.
    pub(crate) fn is_noisy(&self) -> bool {
        let ends = self.measured.low.zip(self.measured.high);
        ends.is_none_or(|(low, high)| !ShareOfBatch((high - low) / 2.0 / self.batch).is_accepted())
    }

    fn is_certainly_slower(&self) -> bool {
        self.measured.high.is_some_and(|high| high < 0.0)
            && self.measured.seconds <= -least_gain(self.batch)
    }
}

impl fmt::Display for Judgement {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (batch, measured) = (millis(self.batch), with_ends(self.measured));
        let promised = self.promise.as_ref().map_or_else(
            || "nothing".to_owned(),
            |promise| {
                let set = promise.conditions.iter().map(|(name, value)| format!(" {name}={value}"));
                format!("{} {}{}", with_ends(promise.saves), promise.by, set.collect::<String>())
            },
        );
        let (verdict, error) = (self.verdict(), self.error());
        write!(formatter, "{verdict:<6} {batch:>8}  {promised:<46} {measured:<28} {error:>6}")
    }
}

fn with_ends(estimate: Estimate) -> String {
    millis_with_interval(estimate.seconds, estimate.low.zip(estimate.high))
}

impl fmt::Display for PromisedBy {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Finding(code) => code.fmt(formatter),
            Self::KeptSession => formatter.pad("kept session"),
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(match self {
            Self::Right => "right",
            Self::Wrong => "WRONG",
            Self::Unsure => "NOISY",
            Self::InVain => "VAIN",
            Self::Slower => "SLOWER",
        })
    }
}

impl fmt::Display for ShareOfBatch {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.pad(&signed_percent(self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORKER_LIMIT: PromisedBy = PromisedBy::Finding(FindingCode::WorkerLimit);

    /// The judgement of an arm with a batch of 100 ms, with a half-width of 1 ms for what is measured.
    fn judge(promised: Option<f64>, measured: f64) -> Judgement {
        let estimate = |millis: f64| Estimate {
            seconds: millis / 1e3,
            low: Some((millis - 1.0) / 1e3),
            high: Some((millis + 1.0) / 1e3),
        };
        let promise = |millis: f64| Promise {
            by: WORKER_LIMIT,
            saves: estimate(millis),
            conditions: Conditions::new(),
        };
        Judgement { batch: 0.1, promise: promised.map(promise), measured: estimate(measured) }
    }

    fn verdict(promised: Option<f64>, measured: f64) -> Verdict {
        judge(promised, measured).verdict()
    }

    #[test]
    fn a_promise_is_right_within_five_percent_of_the_batch() {
        assert_eq!(verdict(Some(44.9), 40.0), Verdict::Right);
        assert_eq!(verdict(Some(35.1), 40.0), Verdict::Right);
        assert_eq!(verdict(Some(45.1), 40.0), Verdict::Wrong);
        assert_eq!(verdict(Some(34.9), 40.0), Verdict::Wrong);
        assert!((judge(Some(45.0), 40.0).error().0 - 0.05).abs() < 1e-12);
    }

    #[test]
    fn no_promise_is_a_promise_of_no_gain() {
        assert_eq!(verdict(None, 1.0), Verdict::Right);
        assert_eq!(verdict(None, 4.9), Verdict::Right);
        assert_eq!(verdict(None, 5.1), Verdict::Wrong);
        assert!((judge(None, 5.1).error().0 + 0.051).abs() < 1e-12);
    }

    #[test]
    fn no_promise_is_right_where_the_remedy_makes_the_batch_slower() {
        assert_eq!(verdict(None, -60.0), Verdict::Right);
        assert!(judge(None, -60.0).error().0.abs() < 1e-12);
    }

    #[test]
    fn a_promise_without_a_gain_is_in_vain_unless_it_is_small() {
        assert_eq!(verdict(Some(6.2), 1.0), Verdict::InVain);
        assert_eq!(verdict(Some(5.5), 1.0), Verdict::Right);
        assert_eq!(verdict(Some(7.5), 2.1), Verdict::Wrong);
        assert_eq!(verdict(Some(6.0), -0.5), Verdict::InVain);
    }

    #[test]
    fn a_remedy_that_certainly_makes_the_batch_slower_is_never_right() {
        assert_eq!(verdict(Some(0.5), -2.1), Verdict::Slower);
        assert_eq!(verdict(Some(0.5), -1.9), Verdict::Right);
        let uncertain = Judgement {
            measured: Estimate { seconds: -0.003, low: Some(-0.007), high: Some(0.001) },
            ..judge(Some(0.5), 0.0)
        };
        assert_eq!(uncertain.verdict(), Verdict::Right);
    }

    #[test]
    fn a_gain_is_noisy_if_it_is_less_certain_than_the_accepted_error() {
        assert!(!judge(None, 10.0).is_noisy());
        let measured = Estimate { seconds: 0.01, low: Some(0.004_9), high: Some(0.015_1) };
        assert!(Judgement { measured, ..judge(None, 0.0) }.is_noisy());
        let missed = Judgement { measured, ..judge(Some(30.0), 0.0) };
        assert_eq!(
            (missed.verdict(), judge(Some(30.0), 10.0).verdict()),
            (Verdict::Unsure, Verdict::Wrong)
        );
        assert!(!missed.error().is_accepted());
        let measured = Estimate { seconds: 0.01, low: None, high: None };
        assert!(Judgement { measured, ..judge(None, 0.0) }.is_noisy());
    }

    #[test]
    fn the_promise_is_the_largest_allowed_finding_with_a_remedy() {
        let finding = |code: &str, seconds: Option<f64>, remedy: &str| serde_json::json!({"code": code, "arm": "a/x@4", "seconds": seconds, "remedy": remedy});
        let json = serde_json::json!({"findings": [
            finding("straggler", Some(0.9), "Change it."),
            finding("dns", None, "Change it."),
            finding("dns", Some(0.3), ""),
            finding("cold_start", Some(0.2), "Change it."),
            finding("dns", Some(0.1), "Change it."),
            {"code": "worker_limit", "arm": "a/x@4", "seconds": 0.05, "remedy": "Raise workers to 8.",
                "remedy_conditions": {"workers": "8"}},
        ]});
        let analysis = AnalysisJson::read(&json.to_string()).expect("reads");
        let find = |codes: &[FindingCode]| {
            let promise = Promise::find(&analysis, codes)?;
            Some((promise.by, promise.saves.seconds))
        };
        let (dns, cold) = (FindingCode::Dns, FindingCode::ColdStart);
        assert_eq!(find(&[dns, cold]), Some((PromisedBy::Finding(cold), 0.2)));
        assert_eq!(find(&[dns]), Some((PromisedBy::Finding(dns), 0.1)));
        assert_eq!(find(&[FindingCode::Bandwidth]), None);
        let limit = Promise::find(&analysis, &[FindingCode::WorkerLimit]).expect("is promised");
        assert_eq!(limit.conditions, Conditions::from([("workers".to_owned(), "8".to_owned())]));
        assert_eq!(Promise::of_kept_session(&analysis), None);
    }

    #[test]
    fn a_kept_session_promises_what_is_said_of_the_arm() {
        let kept = serde_json::json!({"seconds": 0.2, "low": 0.1, "high": 0.3});
        let json = serde_json::json!({"findings": [], "arms": [{"kept_session": kept}]});
        let analysis = AnalysisJson::read(&json.to_string()).expect("reads");
        let promise = Promise::of_kept_session(&analysis).expect("is promised");
        assert_eq!((promise.by, promise.saves.seconds), (PromisedBy::KeptSession, 0.2));
    }

    #[test]
    fn a_judgement_is_a_line_with_both_gains_and_the_error() {
        assert_eq!(
            judge(Some(45.0), 40.0).to_string().split_whitespace().collect::<Vec<_>>().join(" "),
            "right 100 ms 45.0 ms [44.0, 46.0] worker_limit 40.0 ms [39.0, 41.0] +5%"
        );
        assert!(judge(None, 0.0).to_string().contains("nothing"));
    }
}
