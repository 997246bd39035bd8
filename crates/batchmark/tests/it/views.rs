//! The summary, the full report, single sections and pages, as the command line prints them.

use std::process::Stdio;

use crate::support::Program;

/// A program that has recorded a short run, with its stdout for these options.
fn recorded(view: &[&str]) -> (Program, String) {
    let program = Program::new();
    let words = ["-n", "2", "-b", "2,3", "--link", "rtt=0"];
    let ended = program.run(&[&words[..], view].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    (program, ended.stdout)
}

#[test]
fn report_prints_every_view_as_run_does() {
    for view in [&["--full"][..], &["--section", "path,counters"], &["--section", "caveats"]] {
        let (program, text) = recorded(view);
        assert_eq!(program.run(&[&["report"][..], view].concat()).stdout, text, "{view:?}");
    }
}

#[test]
fn a_waterfall_follows_the_view() {
    let (program, text) = recorded(&["--section", "closing", "--waterfall"]);
    let report = program.run(&["report", "--section", "closing", "--waterfall"]);
    assert_eq!(report.stdout, text);
    assert!(text.starts_with("Stopped after 2 blocks"), "{text}");
    assert!(text.contains("\n\nWaterfall of "), "{text}");
    let named = program.run(&["report", "--waterfall=hyper/async@2"]).stdout;
    assert!(named.contains("\nWaterfall of hyper/async@2: median trial"), "{named}");
}

#[test]
fn a_waterfall_of_an_unknown_arm_is_refused_before_anything_is_measured_or_printed() {
    let (program, _) = recorded(&[]);
    for words in [&["report", "--waterfall=hypr/async"][..], &["--waterfall=hypr/async"]] {
        let ended = program.run(words);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
        assert!(ended.stderr.contains("did you mean hyper/async"), "{}", ended.stderr);
        assert!(!ended.stderr.contains("block"), "{}", ended.stderr);
    }
}

#[test]
fn a_section_comes_without_the_others() {
    let (program, summary) = recorded(&[]);
    assert!(summary.contains("vs fastest") && !summary.contains("cost model"), "{summary}");
    let law = program.run(&["report", "--section", "law"]).stdout;
    assert!(law.starts_with("cost model, ms") && !law.contains("vs fastest"), "{law}");
    let full = program.run(&["report", "--full"]).stdout;
    assert!(full.contains(law.trim_end()) && !full.contains("vs fastest"), "{full}");
}

#[test]
fn the_summary_is_as_wide_as_columns_says() {
    let (program, _) = recorded(&[]);
    let widest = |columns: &str| {
        let text = program.run_with(&[("COLUMNS", columns)], &["report"]).stdout;
        text.lines().map(|line| line.chars().count()).max().unwrap_or_default()
    };
    for (columns, most) in [("20", 60), ("60", 60), ("80", 80), ("120", 120), ("x", 80)] {
        assert!(widest(columns) <= most, "{} of {most}", widest(columns));
    }
    assert!(widest("120") > 80);
}

#[test]
fn suggests_the_nearest_section_and_code() {
    let refusal = |words: &[&str]| {
        let ended = Program::new().run(words);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
        ended.stderr
    };
    assert!(refusal(&["report", "--section", "pth"]).contains("did you mean path?"));
    assert!(refusal(&["--section", "caveat"]).contains("did you mean caveats?"));
    assert!(refusal(&["explain", "workr_limit"]).contains("did you mean worker_limit?"));
    assert!(refusal(&["report", "--full", "--section", "path"]).contains("cannot be used with"));
}

#[test]
fn explains_every_code_that_it_lists() {
    let program = Program::new();
    let list = program.run(&["explain"]).stdout;
    let codes: Vec<&str> = list
        .lines()
        .filter(|line| line.starts_with("  "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    assert!(codes.contains(&"worker_limit") && codes.contains(&"few_blocks"), "{list}");
    for code in codes {
        let page = program.run(&["explain", code]);
        assert_eq!(page.code, Some(0), "{}", page.stderr);
        assert!(page.stdout.starts_with(&format!("{code}\n")), "{}", page.stdout);
    }
}

#[test]
fn ends_quietly_if_the_reader_of_its_output_is_gone() {
    let (program, _) = recorded(&[]);
    let mut child = program
        .command(&["report", "--full"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program starts");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("the program ends");
    assert_eq!((output.status.code(), output.stderr), (Some(0), Vec::new()));
}
