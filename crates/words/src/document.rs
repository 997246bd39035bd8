//! The JSON of `--json`: the values of an analysis with their sentences. `docs/analysis.schema.json`
//! is its schema.
//!
//! Fields may be added, never renamed. Times are seconds; what is not known is null, never 0.

use explain::{
    Analysis, Answer, ArmAnalysis, Attribution, ControlAnalysis, DoseAnalysis, FailureCount, Gap,
    Law, LawCrossing, LostTrials, Outliers, RatioAnalysis, SpeedUp,
};
use model::arm::{ArmName, BatchSize};
use model::plan::{LeftOut, Plan};
use model::recording::StopReason;
use schemars::JsonSchema;
use serde::Serialize;

use crate::caveats::CaveatDocument;
use crate::failures::{self, FailedArms};
use crate::findings::FindingDocument;
use crate::list::sentence;
use crate::{answer, ending, gap, law};

/// The name and version that a document carries.
pub const SCHEMA: &str = "batchmark-analysis/1";

/// Everything that a recording shows.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "batchmark analysis, version 1")]
pub struct Document<'a> {
    /// Always `batchmark-analysis/1`.
    schema: &'static str,
    /// The number of whole blocks: those in which every arm ran.
    blocks: usize,
    /// Why the run stopped; null for a run that was killed.
    stopped: Option<StopReason>,
    /// Whether the recording ends in the middle of a line. It was read up to there.
    truncated: bool,
    /// Whether the clients' system calls were recorded.
    socket_witness: bool,
    /// The answer at each batch size, in the order of the sizes; none for a size at which no trial was
    /// counted.
    answers: Vec<AnswerDocument<'a>>,
    /// The planned batch sizes, in the order of the arms.
    batch_sizes: &'a [BatchSize],
    /// The arms, in the plan's order; none for a run that ended before its first block.
    arms: &'a [ArmAnalysis],
    /// Each measured arm compared with the baseline of its size, in the order of the arms.
    ratios: &'a [RatioAnalysis],
    /// How much longer each measured arm takes than the fastest of its size, and than the baseline,
    /// and in which phases of its path.
    gaps: Vec<GapDocument<'a>>,
    /// Each control compared with the arm that it copies, in the order of the arms; none for a run
    /// without controls.
    controls: &'a [ControlAnalysis],
    /// The trials that lie far from the others of their arm. They count like all others.
    outliers: &'a [Outliers],
    /// The cost model of each strategy over its batch sizes.
    law: Vec<LawDocument<'a>>,
    /// From which batch size one strategy is faster than another.
    crossings: Vec<CrossingDocument<'a>>,
    /// The causes that were found, the largest first.
    findings: Vec<FindingDocument<'a>>,
    /// What removing each cause was worth, in the order of the arms; none for a run without `--why`.
    attributions: &'a [Attribution],
    /// How arms respond to a server that thinks longer; none for a run without `--why`.
    doses: &'a [DoseAnalysis],
    /// The reasons to trust the results less, those that veto a verdict first.
    caveats: Vec<CaveatDocument<'a>>,
    /// The requested strategies that were not measured, because they cannot be.
    left_out: &'a [LeftOut],
    /// The failures of the pilot, by kind, where nothing was measured after it.
    pilot_failures: &'a [FailureCount],
    /// The trials of the pilot that a driver did not finish, where nothing was measured after it.
    pilot_lost: Option<&'a LostTrials>,
    /// The arms with failed trials, those that failed in the same way together. A control is listed only
    /// where no measured arm failed like it.
    failures: Vec<FailedArmsDocument<'a>>,
    /// How the run ended, for people; for a run that measured nothing, why.
    ending: String,
}

/// Arms that failed in the same way.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "FailedArms")]
struct FailedArmsDocument<'a> {
    /// The arms.
    arms: Vec<&'a ArmName>,
    /// What failed, for people: which requests, how, and in how many trials.
    sentence: String,
}

/// Which arms to use at a batch size.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Answer")]
struct AnswerDocument<'a> {
    #[serde(flatten)]
    values: &'a Answer,
    /// The answer, for people.
    sentence: String,
}

/// How much longer an arm takes than another one of its batch size, and in which phases.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Gap")]
struct GapDocument<'a> {
    #[serde(flatten)]
    values: &'a Gap,
    /// The gap with its largest parts, for people.
    sentence: String,
}

/// The parts of T(n) = setup + latency + serial (n - 1), in seconds, each with its 95% interval over
/// the blocks: of a strategy with two or more batch sizes. Ends are null below two blocks.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Law")]
struct LawDocument<'a> {
    #[serde(flatten)]
    values: &'a Law,
    /// How much faster batches could be if all their requests were concurrent, and how much of that
    /// others reach; none for a strategy that is not sequential.
    speed_ups: Vec<SpeedUpDocument<'a>>,
    /// What limits the model, for people; null where nothing does.
    remark: Option<String>,
}

/// How much faster batches of one size could be.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "SpeedUp")]
struct SpeedUpDocument<'a> {
    #[serde(flatten)]
    values: &'a SpeedUp,
    /// The same, for people.
    sentence: String,
}

/// Where the cost models of two strategies cross.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Crossing")]
struct CrossingDocument<'a> {
    #[serde(flatten)]
    values: &'a LawCrossing,
    /// The same, for people.
    sentence: String,
}

impl<'a> Document<'a> {
    /// Puts the analysis of a run with this plan into words.
    pub fn new(analysis: &'a Analysis, plan: Option<&Plan>) -> Self {
        let answers = analysis
            .answers
            .iter()
            .map(|values| AnswerDocument { values, sentence: answer::paragraph(values, analysis) });
        let gaps = analysis
            .gaps
            .iter()
            .map(|values| GapDocument { values, sentence: gap::sentence(values, analysis) });
        let crossings = analysis
            .crossings
            .iter()
            .map(|values| CrossingDocument { values, sentence: law::crossing(values) });
        Self {
            schema: SCHEMA,
            blocks: analysis.blocks,
            stopped: analysis.stopped,
            truncated: analysis.truncated,
            socket_witness: analysis.socket_witness,
            answers: answers.collect(),
            batch_sizes: &analysis.batch_sizes,
            arms: &analysis.arms,
            ratios: &analysis.ratios,
            gaps: gaps.collect(),
            controls: &analysis.controls,
            outliers: &analysis.outliers,
            law: analysis.law.iter().map(LawDocument::new).collect(),
            crossings: crossings.collect(),
            findings: analysis.findings.iter().map(FindingDocument::new).collect(),
            attributions: &analysis.attributions,
            doses: &analysis.doses,
            caveats: analysis.caveats.iter().map(CaveatDocument::new).collect(),
            left_out: &analysis.left_out,
            pilot_failures: &analysis.pilot_failures,
            pilot_lost: analysis.pilot_lost.as_ref(),
            failures: failures::of_run(analysis).iter().map(FailedArmsDocument::new).collect(),
            ending: ending::sentences(analysis, plan).join(" "),
        }
    }
}

impl<'a> FailedArmsDocument<'a> {
    fn new(failed: &FailedArms<'a>) -> Self {
        let arms = failed.arms.iter().map(|arm| &arm.arm).collect();
        Self { arms, sentence: sentence(&failed.clauses()) }
    }
}

impl<'a> LawDocument<'a> {
    fn new(values: &'a Law) -> Self {
        let speed_ups = values.speed_ups.iter().map(|speed_up| SpeedUpDocument {
            values: speed_up,
            sentence: law::speed_up(values, speed_up),
        });
        Self { values, speed_ups: speed_ups.collect(), remark: law::remark(values) }
    }
}

/// Writes the analysis of a run with this plan as JSON, ending in a line break.
pub fn json(analysis: &Analysis, plan: Option<&Plan>) -> String {
    crate::json::pretty(&Document::new(analysis, plan))
}

/// The JSON Schema of a document, as the text of a file.
pub fn schema() -> String {
    model::schema::text_of::<Document<'_>>()
}

#[cfg(test)]
mod tests;
