//! A finding as the JSON document has it.

use explain::{CodeLine, Finding, FindingCode, ProofVerdict};
use model::arm::{ArmName, BatchSize};
use model::strategy::Conditions;
use schemars::JsonSchema;
use serde::Serialize;

use super::code_lines::place;

/// A cause of a batch's time.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Finding")]
pub struct FindingDocument<'a> {
    /// Which cause, from a closed list.
    code: FindingCode,
    /// The arm that it slows down; for `nothing`, the fastest.
    arm: &'a ArmName,
    /// The arm that it was compared with, where there was one.
    versus: Option<&'a ArmName>,
    /// The arm's strategy.
    strategy: &'a str,
    /// The arm's batch size.
    batch_size: BatchSize,
    /// What the batch would save without the cause, in seconds, if every other limit stays. It is
    /// `measured_seconds` if an experiment removed the cause, otherwise `predicted_seconds`. If nothing is
    /// predicted (`promise` is `not_predicted` or `untested`), it is `charged_seconds`. Null if the arm has no
    /// time because of the cause.
    seconds: Option<f64>,
    /// The lower end of its 95% interval; null below two blocks.
    low: Option<f64>,
    /// The upper end of its 95% interval; null below two blocks.
    high: Option<f64>,
    /// How many seconds of the critical path are charged to the cause. If the arm was compared with another
    /// one (`versus`), only what exceeds the charge of that arm.
    charged_seconds: Option<f64>,
    /// What removing it promises: `gains`, `nothing` (something else limits the batch), `uncertain` (it may
    /// make the batch longer), `untested` (not predicted, and more requests at once may take longer than they
    /// save) or `not_predicted`.
    promise: &'static str,
    /// What the batch would save without the cause, in seconds, as the replay of the arm predicts it; null if it
    /// predicts nothing.
    predicted_seconds: Option<f64>,
    /// The lower end of its interval.
    predicted_low: Option<f64>,
    /// The upper end of its interval.
    predicted_high: Option<f64>,
    /// What was predicted before the first block, in seconds. The experiment was chosen by it. Null if there was
    /// no experiment, or nothing was predicted.
    predicted_before_seconds: Option<f64>,
    /// The lower end of its interval.
    predicted_before_low: Option<f64>,
    /// The upper end of its interval.
    predicted_before_high: Option<f64>,
    /// What this change and a second one save together, in seconds, if each saves more because of the other; null
    /// if there is no second one.
    together_seconds: Option<f64>,
    /// The two changes that save `together_seconds`, as an instruction; empty if there is no second one.
    together: String,
    /// What the experiment saved that removed the cause, in seconds; null if there was none.
    measured_seconds: Option<f64>,
    /// The lower end of its interval.
    measured_low: Option<f64>,
    /// The upper end of its interval.
    measured_high: Option<f64>,
    /// What that experiment says of the prediction before it, or else of the promise: `confirmed`, `smaller_than_predicted` or `refuted`.
    proof: Option<ProofVerdict>,
    /// Whether the prediction goes beyond what was seen, such as more requests at once.
    extrapolated: bool,
    /// Whether the cause is confirmed: an experiment removed it, and the time went with it.
    because: bool,
    /// The finding as a sentence.
    sentence: String,
    /// What to change, as an instruction; empty where there is nothing to do.
    remedy: String,
    /// The limits that the remedy changes, as conditions: `{"workers": "16"}`; empty where it changes none.
    remedy_conditions: Conditions,
    /// The figures that it rests on, each a line.
    evidence: Vec<String>,
    /// The lines of the client's code that most of that time passes on, the largest first; none where
    /// the code was not profiled, or the time is not the client's own.
    lines: Vec<CodeLineDocument<'a>>,
}

/// A line of the client's code.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "CodeLine")]
struct CodeLineDocument<'a> {
    /// The file, relative to the working directory or as its package names it.
    file: &'a str,
    /// The line, from 1 on.
    line: u32,
    /// The function that the line belongs to.
    function: &'a str,
    /// The function of a library that the line calls for most of that time; null where the line itself
    /// runs.
    library: Option<&'a str>,
    /// The innermost function below that, where one has most of the time.
    inner: Option<&'a str>,
    /// How many seconds of the finding's size pass on the line.
    seconds: f64,
    /// The place, for people: `my.py:14 in one() → json.loads`.
    place: String,
}

impl<'a> FindingDocument<'a> {
    /// The document of a finding.
    pub fn new(finding: &'a Finding) -> Self {
        let predicted = finding.promise.predicted();
        let measured = finding.proof.map(|proof| proof.measured);
        let remedy = super::remedy(finding);
        let before = finding.proof.and_then(|proof| proof.predicted_before);
        Self {
            code: finding.code,
            arm: &finding.arm,
            versus: finding.versus.as_ref().map(|versus| &versus.arm),
            strategy: &finding.strategy,
            batch_size: finding.batch_size,
            seconds: finding.size.map(|size| size.seconds),
            low: finding.size.and_then(|size| size.low),
            high: finding.size.and_then(|size| size.high),
            charged_seconds: finding.charged.map(|charged| charged.seconds),
            promise: finding.promise.name(),
            predicted_seconds: predicted.map(|saved| saved.seconds),
            predicted_low: predicted.and_then(|saved| saved.low),
            predicted_high: predicted.and_then(|saved| saved.high),
            predicted_before_seconds: before.map(|saved| saved.seconds),
            predicted_before_low: before.and_then(|saved| saved.low),
            predicted_before_high: before.and_then(|saved| saved.high),
            together_seconds: finding.together.map(|pair| pair.saved.seconds),
            together: super::pair(finding),
            measured_seconds: measured.map(|saved| saved.seconds),
            measured_low: measured.and_then(|saved| saved.low),
            measured_high: measured.and_then(|saved| saved.high),
            proof: finding.proof.map(|proof| proof.verdict),
            extrapolated: finding.promise.is_extrapolated(),
            because: finding.because,
            sentence: super::sentence(finding),
            remedy_conditions: match remedy.as_str() {
                "" => Conditions::new(),
                _ => finding.changed_limits(),
            },
            remedy,
            evidence: super::evidence(finding),
            lines: finding.lines.iter().map(CodeLineDocument::new).collect(),
        }
    }
}

impl<'a> CodeLineDocument<'a> {
    fn new(line: &'a CodeLine) -> Self {
        Self {
            file: &line.file,
            line: line.line,
            function: &line.function,
            library: line.library.as_deref(),
            inner: line.inner.as_deref(),
            seconds: line.seconds,
            place: place(line),
        }
    }
}
