//! Two recordings compared, in words, and their JSON. `docs/compare.schema.json` is its schema.

use explain::compare::{
    ArmComparison, CauseChange, ComparedCause, Comparison, ComparisonCaveat, RecordedArm,
    SetupDifference, SlowdownLimit,
};
use explain::{FindingCode, MARGIN};
use model::arm::ArmName;
use schemars::JsonSchema;
use serde::Serialize;
use stats::verdict::Verdict;

use crate::findings;
use crate::list::{counted, listed};
use crate::number::{factor, percent};

/// The name and version that a document carries.
pub const SCHEMA: &str = "batchmark-comparison/1";

/// What became of the arms, in a sentence or two.
pub fn answer(comparison: &Comparison) -> String {
    let with = |wanted: &[Verdict]| -> Vec<&ArmComparison> {
        comparison.arms.iter().filter(|arm| wanted.contains(&arm.verdict)).collect()
    };
    let changed = [("Slower", with(&[Verdict::Slower])), ("Faster", with(&[Verdict::Faster]))];
    let mut sentences: Vec<String> = changed
        .iter()
        .filter(|(_, arms)| !arms.is_empty())
        .map(|(word, arms)| format!("{word}: {}.", listed_ratios(arms)))
        .collect();
    let compared = comparison.arms.iter().filter(|arm| arm.ratio.is_some()).count();
    let mut undecided = with(&[Verdict::Inconclusive]);
    undecided.retain(|arm| arm.ratio.is_some());
    let arms = counted(compared, "arm");
    if sentences.is_empty() {
        let margin = percent(MARGIN);
        sentences.push(match undecided.len() {
            0 => format!("No change of {margin} or more in {arms}."),
            _ => format!("No certain change in {arms}."),
        });
    }
    if !undecided.is_empty() {
        sentences.push(format!("Undecided: {} of {arms}.", undecided.len()));
    }
    if undecided.iter().any(|arm| seems_changed(arm)) {
        sentences.push(format!("A verdict must hold for {arms} together, so it takes more than the 95% interval of one."));
    }
    sentences.join(" ")
}

/// Whether the arm's own interval excludes 1.
fn seems_changed(arm: &ArmComparison) -> bool {
    arm.low.is_some_and(|low| low > 1.0) || arm.high.is_some_and(|high| high < 1.0)
}

/// `ureq/threads@16 1.10× [1.06, 1.14]`, for each arm.
fn listed_ratios(arms: &[&ArmComparison]) -> String {
    let ratios: Vec<String> =
        arms.iter().map(|arm| format!("{} {}", arm.arm, ratio(arm))).collect();
    listed(&ratios)
}

/// The ratio, with its interval where there is one; empty without a ratio.
pub fn ratio(arm: &ArmComparison) -> String {
    arm.ratio.map(|ratio| factor(ratio, arm.low.zip(arm.high))).unwrap_or_default()
}

/// Why an arm has no ratio, or no interval; empty where it has both.
pub fn missing(arm: &ArmComparison) -> String {
    let without = |which: &str, failed: usize| match failed {
        0 => format!("{}: no trial was counted in the {which} recording.", arm.arm),
        _ => format!("{}: every trial failed in the {which} recording.", arm.arm),
    };
    if arm.old.trials == 0 {
        return without("old", arm.old.failed);
    }
    if arm.new.trials == 0 {
        return without("new", arm.new.failed);
    }
    if arm.ratio.is_some() && arm.low.is_none() {
        return format!(
            "{}: a recording with one trial gives no interval; record more blocks: -n 10.",
            arm.arm
        );
    }
    String::new()
}

/// How many trials of an arm failed, where any did and others succeeded; empty otherwise.
pub fn failed(arm: &ArmComparison) -> String {
    let of = |which: &str, recorded: RecordedArm| match (recorded.trials, recorded.failed) {
        (0, _) | (_, 0) => None,
        (trials, failed) => Some(format!(
            "{failed} of {} failed in the {which} recording",
            counted(trials + failed, "trial")
        )),
    };
    let parts: Vec<String> =
        [of("old", arm.old), of("new", arm.new)].into_iter().flatten().collect();
    if parts.is_empty() { String::new() } else { format!("{}: {}.", arm.arm, listed(&parts)) }
}

/// What differs, a line for each fact that both recordings have, `machine: cpu A → B`, and one for all that
/// only one of them has: `versions: only the old recording has h11 0.14, idna 3.7`.
pub fn differences(setup: &[SetupDifference]) -> Vec<String> {
    let same = |one: &SetupDifference, next: &SetupDifference| {
        one.kind == next.kind && one.arm == next.arm
    };
    setup.chunk_by(same).flat_map(of_one_subject).collect()
}

/// The differences of one kind that concern one arm, or all.
fn of_one_subject(setup: &[SetupDifference]) -> Vec<String> {
    let Some(first) = setup.first() else { return Vec::new() };
    let of = first.arm.as_ref().map(|arm| format!(" of {arm}")).unwrap_or_default();
    let subject = format!("{}{of}", first.kind);
    let mut lines = Vec::new();
    let (mut only_old, mut only_new) = (Vec::new(), Vec::new());
    for SetupDifference { fact, old, new, .. } in setup {
        match (old, new) {
            (Some(old), Some(new)) => lines.push(format!("{subject}: {fact} {old} → {new}")),
            (Some(old), None) => only_old.push(format!("{fact} {old}")),
            (None, Some(new)) => only_new.push(format!("{fact} {new}")),
            (None, None) => {}
        }
    }
    for (which, facts) in [("old", only_old), ("new", only_new)] {
        if !facts.is_empty() {
            let facts = facts.join(", ");
            lines.push(format!("{subject}: only the {which} recording has {facts}"));
        }
    }
    lines
}

/// A cause that appeared or went away: `appeared in ureq/threads@16: 6 workers for 16 requests
/// (worker_limit, saves 21.3 ms (predicted))`.
pub fn cause(cause: &ComparedCause) -> String {
    let place = match cause.change {
        CauseChange::Appeared => "appeared in",
        CauseChange::Gone => "gone from",
    };
    let size = findings::size(&cause.finding);
    let size = if size.is_empty() { size } else { format!(", {size}") };
    format!(
        "{place} {}: {} ({}{size})",
        cause.arm,
        findings::cause(&cause.finding),
        cause.finding.code
    )
}

/// Why to trust the comparison less.
pub const fn caveat(caveat: ComparisonCaveat) -> &'static str {
    match caveat {
        ComparisonCaveat::OtherMachine => {
            "the recordings come from different machines, or from one in different states. A difference \
             of machines is not a difference of code: record both on one machine."
        }
        ComparisonCaveat::OtherQuestion => {
            "the recordings differ in the target or the conditions, so they do not answer the same \
             question."
        }
        ComparisonCaveat::AllAlike => {
            "all arms changed by about the same factor. The machine or the server is a likelier cause \
             than the clients."
        }
        ComparisonCaveat::Vetoed => {
            "the controls of a recording failed at a batch size, so its arms have no verdict."
        }
        ComparisonCaveat::SingleTrial => {
            "a recording has one trial of an arm, which has no interval and decides nothing."
        }
        ComparisonCaveat::OneRunEach => {
            "each recording is one run. What varies from run to run is not in the intervals: repeat a \
             run to see how much two runs of the same code differ."
        }
    }
}

/// Whether the limit of a slowdown holds.
pub fn gate(comparison: &Comparison, limit: SlowdownLimit) -> String {
    let share = percent(limit.share());
    let slower: Vec<String> = comparison
        .slower_than(limit)
        .filter_map(|arm| Some(format!("{} (at least {})", arm.arm, factor(arm.sure_low?, None))))
        .collect();
    match slower.as_slice() {
        [] => format!("No arm is slower by more than {share} for sure."),
        slower => format!("Slower by more than {share}: {}.", listed(slower)),
    }
}

/// Two recordings compared.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(title = "batchmark comparison, version 1")]
pub struct Document<'a> {
    /// Always `batchmark-comparison/1`.
    schema: &'static str,
    /// What became of the arms, for people.
    sentence: String,
    /// In what the recordings differ beside their times.
    setup: &'a [SetupDifference],
    /// The arms of both recordings, aligned by label and batch size.
    arms: &'a [ArmComparison],
    /// The measured arms of only the old recording.
    only_old: &'a [ArmName],
    /// The measured arms of only the new recording.
    only_new: &'a [ArmName],
    /// The causes that only one recording has.
    causes: Vec<CauseDocument<'a>>,
    /// The reasons to trust the comparison less.
    caveats: Vec<CaveatDocument>,
    /// The result of `--fail-slower`; null without it.
    gate: Option<GateDocument<'a>>,
}

/// A cause that only one recording has.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "CauseChanged")]
struct CauseDocument<'a> {
    /// The arm.
    arm: &'a ArmName,
    /// What became of the cause.
    change: CauseChange,
    /// Its code.
    code: FindingCode,
    /// What its removal gains in the recording that has it, in seconds; null where that is not known.
    seconds: Option<f64>,
    /// The same, for people.
    sentence: String,
}

/// A reason to trust the comparison less.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "ComparisonCaveatSentence")]
struct CaveatDocument {
    /// Its code.
    code: ComparisonCaveat,
    /// The same, for people.
    sentence: &'static str,
}

/// Whether the limit of a slowdown holds.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[schemars(rename = "Gate")]
struct GateDocument<'a> {
    /// The limit, as a share: 0.05 for 5%.
    limit: f64,
    /// The arms that are slower by more than it for sure.
    slower: Vec<&'a ArmName>,
    /// The same, for people.
    sentence: String,
}

/// Writes a comparison as JSON, ending in a line break.
pub fn json(comparison: &Comparison, limit: Option<SlowdownLimit>) -> String {
    let causes = comparison.causes.iter().map(|changed| CauseDocument {
        arm: &changed.arm,
        change: changed.change,
        code: changed.finding.code,
        seconds: changed.finding.size.map(|size| size.seconds),
        sentence: cause(changed),
    });
    let caveats = comparison.caveats.iter();
    let caveats = caveats.map(|&code| CaveatDocument { code, sentence: caveat(code) });
    let gate = limit.map(|limit| GateDocument {
        limit: limit.share(),
        slower: comparison.slower_than(limit).map(|arm| &arm.arm).collect(),
        sentence: gate(comparison, limit),
    });
    let document = Document {
        schema: SCHEMA,
        sentence: answer(comparison),
        setup: &comparison.setup,
        arms: &comparison.arms,
        only_old: &comparison.only_old,
        only_new: &comparison.only_new,
        causes: causes.collect(),
        caveats: caveats.collect(),
        gate,
    };
    crate::json::pretty(&document)
}

#[cfg(test)]
mod tests {
    use super::*;
    use explain::compare::SetupKind;
    use model::arm::{BatchSize, Label};

    #[test]
    fn what_only_one_recording_has_takes_one_line() {
        let difference = |kind, fact: &str, old: Option<&str>, new: Option<&str>| SetupDifference {
            kind,
            fact: fact.to_owned(),
            arm: None,
            old: old.map(str::to_owned),
            new: new.map(str::to_owned),
        };
        let workers = SetupDifference {
            arm: Some(ArmName("a/x@1".to_owned())),
            ..difference(SetupKind::Conditions, "workers", Some("4"), Some("8"))
        };
        let setup = [
            difference(SetupKind::Machine, "cpu", Some("A"), Some("B")),
            difference(SetupKind::Versions, "h11", Some("0.14"), None),
            difference(SetupKind::Versions, "idna", Some("3.7"), None),
            difference(SetupKind::Versions, "python", Some("3.11"), Some("3.12")),
            difference(SetupKind::Versions, "yarl", None, Some("1.9")),
            workers,
        ];
        assert_eq!(
            differences(&setup),
            [
                "machine: cpu A → B",
                "versions: python 3.11 → 3.12",
                "versions: only the old recording has h11 0.14, idna 3.7",
                "versions: only the new recording has yarl 1.9",
                "conditions of a/x@1: workers 4 → 8",
            ]
        );
    }

    /// An undecided arm among six, with this interval of its own.
    fn undecided(low: f64, high: f64) -> ArmComparison {
        let recorded = RecordedArm { trials: 10, failed: 0, seconds: Some(0.1) };
        ArmComparison {
            arm: ArmName("a/x@4".to_owned()),
            label: Label("a/x".to_owned()),
            batch_size: BatchSize(4),
            old: recorded,
            new: recorded,
            ratio: Some(f64::midpoint(low, high)),
            low: Some(low),
            high: Some(high),
            sure_low: Some(low - 0.1),
            verdict: Verdict::Inconclusive,
        }
    }

    #[test]
    fn an_interval_that_shows_more_than_the_verdict_is_explained() {
        let answered = |low, high| {
            answer(&Comparison { arms: vec![undecided(low, high)], ..Comparison::default() })
        };
        let explained = "together, so it takes more than the 95% interval of one.";
        assert!(answered(1.1, 1.5).ends_with(explained));
        assert!(answered(0.7, 0.9).ends_with(explained));
        assert!(!answered(0.9, 1.5).contains("together"));
    }

    #[test]
    fn the_committed_schema_of_comparisons_is_that_of_the_types() {
        test_support::assert_committed::<Document<'_>>("compare.schema.json");
    }
}
