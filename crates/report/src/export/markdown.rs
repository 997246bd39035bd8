//! The report as GitHub-flavoured Markdown, for a pull request or an issue: the answer and the causes, the
//! rest behind a click.

use explain::{Analysis, Answer, ArmAnalysis, Finding, FindingCode, RankedArm, RatioAnalysis};
use model::arm::{BatchSize, Role};
use model::recording::Recording;
use words::number::{Decimals, bare_millis};
use words::{answer, ending, failures, findings};

use super::Source;
use crate::markdown::{code, details, document, left, right, table, text};
use crate::{header, ratios};

/// How many causes a batch size shows; the others are in the report.
const MOST_CAUSES: usize = 8;
const UNKNOWN: &str = "–";

pub(super) fn write(source: Source<'_>) -> String {
    let Source { analysis, recording, .. } = source;
    let mut blocks = vec![vec![format!("### batchmark: {}", text(&target(recording)))]];
    blocks.push(vec![text(&ending::sentences(analysis, recording.plan.as_ref()).join(" "))]);
    for &size in &analysis.batch_sizes {
        blocks.extend(size_blocks(analysis, size));
    }
    blocks.push(failed(analysis));
    blocks.push(details("Times and ratios", times(analysis)));
    blocks.push(details(&counted_caveats(analysis), caveats(analysis)));
    blocks.push(details("Environment", environment(recording)));
    document(blocks)
}

fn target(recording: &Recording) -> String {
    let targets: Vec<String> = recording.plan.iter().flat_map(header::targets).collect();
    match targets.as_slice() {
        [] => "nothing was measured".to_owned(),
        targets => targets.join("; "),
    }
}

fn size_blocks(analysis: &Analysis, size: BatchSize) -> Vec<Vec<String>> {
    let Some(found) = analysis.answers.iter().find(|answer| answer.batch_size == size) else {
        return Vec::new();
    };
    vec![vec![headline(found, analysis)], ranking(&found.ranking, analysis), causes(analysis, size)]
}

/// The first sentence of the answer; all of it where no arm has a time, as no table follows then.
fn headline(found: &Answer, analysis: &Analysis) -> String {
    let paragraph = answer::paragraph(found, analysis);
    if found.ranking.is_empty() {
        return text(&paragraph);
    }
    let first = paragraph.split_once(". ").map_or(paragraph.as_str(), |(first, _)| first);
    format!("**{}**", text(first))
}

fn ranking(ranked: &[RankedArm], analysis: &Analysis) -> Vec<String> {
    let headings =
        [left("strategy"), right("time, ms"), right("vs fastest"), right("95% interval")];
    let rows: Vec<Vec<String>> = ranked
        .iter()
        .map(|arm| {
            let label = code(answer::label(analysis, &arm.arm));
            let Some(ratio) = arm.ratio else {
                return vec![label, bare_millis(arm.seconds), "1".to_owned(), String::new()];
            };
            let decimals = Decimals::for_ratio(ratio);
            let interval = arm.low.zip(arm.high);
            let interval = interval.map(|(low, high)| decimals.write_interval(low, high));
            let interval = interval.unwrap_or_else(|| UNKNOWN.to_owned());
            vec![label, bare_millis(arm.seconds), decimals.write(ratio), interval]
        })
        .collect();
    table(&headings, &rows)
}

fn causes(analysis: &Analysis, size: BatchSize) -> Vec<String> {
    let found = analysis
        .findings
        .iter()
        .filter(|finding| finding.batch_size == size && finding.code != FindingCode::Nothing);
    let headings =
        [left("strategy"), left("cause"), left("gain"), left("certainty"), left("what to change")];
    let rows: Vec<Vec<String>> =
        found.take(MOST_CAUSES).map(|finding| cause(finding, analysis)).collect();
    table(&headings, &rows)
}

fn cause(finding: &Finding, analysis: &Analysis) -> Vec<String> {
    let change = [findings::remedy(finding), findings::pair(finding)];
    let change: Vec<String> = change.into_iter().filter(|part| !part.is_empty()).collect();
    let change = match change.as_slice() {
        [] => findings::no_gain(finding),
        parts => parts.join(" "),
    };
    let gain = [findings::size(finding), findings::proof(finding)];
    let gain: Vec<String> = gain.into_iter().filter(|part| !part.is_empty()).collect();
    vec![
        code(answer::label(analysis, &finding.arm)),
        format!("{} {}", code(finding.code.name()), text(&findings::cause(finding))),
        text(&gain.join("; ")),
        findings::certainty(finding).to_owned(),
        text(&change),
    ]
}

fn failed(analysis: &Analysis) -> Vec<String> {
    let left_out = analysis.left_out.iter().map(|left_out| {
        format!("- {}: left out: {}", code(&left_out.strategy), text(&left_out.reason))
    });
    let failed = failures::of_run(analysis);
    let failed = failed.iter().map(|failed| format!("- {}", text(&failed.sentence())));
    left_out.chain(failed).collect()
}

fn times(analysis: &Analysis) -> Vec<String> {
    let headings = [
        left("arm"),
        right("trials"),
        right("failed"),
        right("mean, ms"),
        right("std"),
        right("min"),
        right("median"),
        right("max"),
        right("ratio"),
        right("95% interval"),
        left("verdict"),
    ];
    let measured = analysis.arms.iter().filter(|arm| arm.role == Role::Measured);
    let rows: Vec<Vec<String>> = measured.map(|arm| times_row(analysis, arm)).collect();
    table(&headings, &rows)
}

fn times_row(analysis: &Analysis, arm: &ArmAnalysis) -> Vec<String> {
    let described = &arm.describe;
    let figures = [described.mean, described.std, described.min, described.median, described.max];
    let millis = |figure: Option<f64>| figure.map_or_else(|| UNKNOWN.to_owned(), bare_millis);
    let ratio = analysis.ratios.iter().find(|ratio| ratio.arm == arm.arm);
    let mut row = vec![code(&arm.arm.0), described.count.to_string(), arm.failed.to_string()];
    row.extend(figures.map(millis));
    row.extend(ratio.map_or_else(|| ["1", "", "baseline"].map(str::to_owned), ratio_cells));
    row
}

fn ratio_cells(ratio: &RatioAnalysis) -> [String; 3] {
    let [value, interval] = ratios::figures(ratio);
    [value, interval, ratio.verdict.name().to_owned()]
}

fn counted_caveats(analysis: &Analysis) -> String {
    words::list::counted(analysis.caveats.len(), "caveat")
}

fn caveats(analysis: &Analysis) -> Vec<String> {
    let line = |caveat| format!("- {}", text(&words::caveats::sentence(caveat)));
    analysis.caveats.iter().map(line).collect()
}

fn environment(recording: &Recording) -> Vec<String> {
    let environment = &recording.header.environment;
    let facts = [
        Some(format!("batchmark {}", environment.batchmark)),
        Some(header::machine(environment)).filter(|machine| !machine.is_empty()),
        Some(format!("started {}", recording.header.started_at)),
    ];
    facts.into_iter().flatten().map(|fact| format!("- {}", text(&fact))).collect()
}

#[cfg(test)]
mod tests {
    use crate::export::{Format, testing};
    use model::failure::FailureKind;
    use model::recording::StopReason;
    use test_support::sample::{self, Sample};

    #[test]
    fn shows_the_answer_and_hides_the_details() {
        let text = testing::text(Format::Markdown, &Sample::three_sizes(4));
        let (before, after) = text.split_once("<details>").expect("has details");
        assert!(before.starts_with("### batchmark: embedded endpoint, "), "{text}");
        assert!(before.contains("| strategy | time, ms | vs fastest | 95% interval |"), "{text}");
        assert!(before.contains("| `ureq/sequential` | `serial_round_trips` "), "{text}");
        assert!(after.contains("<summary>Times and ratios</summary>"), "{text}");
        assert_eq!(text.matches("<details>").count(), text.matches("</details>").count());
    }

    #[test]
    fn words_of_a_server_cannot_become_markup() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        let failure =
            sample::failure(FailureKind::Code, "</td><script>|x|`</script>\x1b[31m @user");
        sample.failed("a/x@1", &[Some(failure)]);
        let text = testing::text(Format::Markdown, &sample.end(StopReason::Blocks));
        assert!(text.contains("&lt;/td&gt;&lt;script&gt;\\|x\\|\\`"), "{text}");
        assert!(!text.contains("<script") && !text.contains('\x1b') && !text.contains("@user"));
    }

    #[test]
    fn a_run_that_measured_nothing_says_so() {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.pilot("a/x@1", &[Some(sample::failure(FailureKind::Refused, "refused"))]);
        let mut recording = sample.end(StopReason::Unreachable);
        recording.plan = None;
        let text = testing::text(Format::Markdown, &recording);
        assert!(text.starts_with("### batchmark: nothing was measured\n"), "{text}");
        assert!(text.contains("the target could not be reached"), "{text}");
    }
}
