//! The page of synthetic recordings.

use std::collections::BTreeSet;

use model::failure::FailureKind;
use model::recording::StopReason;
use test_support::sample::{self, Sample};

use super::*;

fn shown(recording: &Recording) -> String {
    let text = page(&explain::analyse(recording), recording);
    check(&text);
    text
}

/// What holds for every page: each link leads somewhere, no name is used twice, and nothing is loaded.
pub(super) fn check(text: &str) {
    let attributes = |name: &str| -> Vec<&str> {
        let start = format!(" {name}=\"");
        let pieces = text.split(start.as_str()).skip(1);
        pieces.filter_map(|piece| piece.split('"').next()).collect()
    };
    let ids = attributes("id");
    let distinct: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(distinct.len(), ids.len(), "a name is used twice: {ids:?}");
    for link in attributes("href") {
        let target = link.strip_prefix('#').expect("links stay in the page");
        assert!(distinct.contains(target), "{target} leads nowhere");
    }
    assert!(attributes("src").is_empty() && !text.contains("url(http"), "something is loaded");
    assert!(attributes("style").is_empty(), "the policy forbids styles of single elements");
    assert!(text.starts_with("<!DOCTYPE html>") && text.ends_with("</html>\n"));
    assert!(!text.contains(|letter: char| letter.is_control() && letter != '\n'));
    assert!(!text.contains("NaN") && !text.contains("inf%"), "a figure is no number");
}

#[test]
fn a_page_begins_with_the_answer_and_has_the_sentences_of_the_terminal() {
    let recording = Sample::three_strategies(20);
    let analysis = explain::analyse(&recording);
    let text = shown(&recording);
    let answers = words::answer::sentences(&analysis.answers[0], &analysis);
    assert!(
        text.contains(&format!("<h1 class=\"answer\"><span>{} </span></h1>", answers[0])),
        "{text}"
    );
    for finding in &analysis.findings {
        let sentence = html! { (words::findings::sentence(finding)) };
        assert!(text.contains(&sentence.0), "{}", sentence.0);
    }
}

#[test]
fn a_page_of_several_sizes_has_a_heading_for_each() {
    let text = shown(&Sample::three_sizes(12));
    for size in ["batch 1", "batch 4", "batch 16"] {
        assert!(text.contains(&format!("<h3 class=\"size\">{size}</h3>")), "{size}");
    }
    assert!(text.contains("Time over the batch size"));
}

#[test]
fn one_trial_has_no_interval_and_says_so() {
    let text = shown(&Sample::three_strategies(1));
    assert!(text.contains("1 trial: too few for an interval"), "{text}");
    assert!(!text.contains("class=\"spread\""));
}

#[test]
fn a_recording_in_which_every_trial_failed_shows_what_failed() {
    let mut sample = Sample::new(&[("ureq/threads", 2)]);
    let refused = || Some(sample::failure(FailureKind::Refused, "connection refused"));
    for _ in 0..3 {
        sample.block(&[]);
        sample.failed("ureq/threads@2", &[refused(), refused()]);
    }
    let text = shown(&sample.end(StopReason::Blocks));
    assert!(
        text.contains("connection refused") && text.contains("no strategy has a time"),
        "{text}"
    );
}

#[test]
fn a_recording_without_a_plan_says_how_it_ended() {
    let mut recording = Sample::three_strategies(1);
    recording.trials.clear();
    recording.plan = None;
    recording.closing = None;
    let text = shown(&recording);
    assert!(text.contains("<h1 class=\"answer\"><span>The run was cut off"), "{text}");
}

#[test]
fn every_cut_of_a_recording_has_a_page() {
    let mut recording = Sample::three_strategies(3);
    while recording.trials.pop().is_some() {
        recording.closing = None;
        shown(&recording);
    }
}

#[test]
fn what_others_write_is_text() {
    const HOSTILE: &str = "</script><script>alert(1)</script>\"'&\u{1b}[31m\u{0}\u{202e}";
    let mut sample = Sample::new(&[(HOSTILE, 2), ("hyper/async", 2)]);
    let failure = || Some(sample::failure(FailureKind::Status, HOSTILE));
    let arm = format!("{HOSTILE}@2");
    sample.block(&[(&arm, 10), ("hyper/async@2", 12)]);
    sample.block(&[]);
    sample.failed(&arm, &[failure(), None]);
    let mut recording = sample.end(StopReason::Blocks);
    recording.header.environment.cpu = Some(HOSTILE.to_owned());
    recording.header.started_at = HOSTILE.to_owned();
    let text = shown(&recording);
    assert_eq!(text.matches("<script").count(), 1);
    assert!(text.contains("&lt;/script&gt;&lt;script&gt;alert(1)"), "{text}");
    assert!(!text.contains('\u{202e}'));
}

#[test]
fn the_policy_names_the_hashes_of_style_and_script() {
    let text = shown(&Sample::three_strategies(2));
    assert!(text.contains("default-src 'none'; style-src 'sha256-"), "{text}");
    assert_eq!(text.matches("<style>").count(), 1);
}

#[test]
fn the_script_is_small() {
    assert!(SCRIPT.len() < 10_000, "{} bytes", SCRIPT.len());
}

#[test]
fn a_page_of_thirty_arms_and_many_blocks_stays_small() {
    const LARGEST: usize = 1_000_000;
    let names: Vec<String> = (0..30).map(|arm| format!("own/strategy_number_{arm}")).collect();
    let arms: Vec<(&str, u32)> = names.iter().map(|name| (name.as_str(), 1)).collect();
    let mut sample = Sample::new(&arms);
    let trials: Vec<String> = names.iter().map(|name| format!("{name}@1")).collect();
    for block in 0..300 {
        let times = trials.iter().enumerate();
        let times: Vec<(&str, u64)> =
            times.map(|(arm, name)| (name.as_str(), 10 + arm as u64 + block % 7)).collect();
        sample.block(&times);
    }
    let text = shown(&sample.end(StopReason::Blocks));
    assert!(text.len() < LARGEST, "{} bytes", text.len());
    assert!(text.contains("9000 trials are too many for a table here"), "no table was left out");
}
