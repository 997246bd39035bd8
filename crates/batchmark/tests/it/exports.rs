//! The files for other programs: `--csv` and the like, from a run and from its recording.

use std::fs;

use report::export::Format;

use crate::support::Program;

const RUN: [&str; 8] = ["-n", "2", "-b", "2", "--link", "rtt=0", "-s", "sequential,async"];

/// The options that write every format to a file of its own in a folder.
pub(crate) fn every_format(program: &Program, folder: &str) -> Vec<String> {
    fs::create_dir_all(program.file(folder)).expect("is made");
    let option = |format: Format| {
        let file = program.file(&format!("{folder}/{format}"));
        [format!("--{format}"), file.to_str().expect("a plain path").to_owned()]
    };
    Format::ALL.into_iter().flat_map(option).collect()
}

fn words(owned: &[String]) -> Vec<&str> {
    owned.iter().map(String::as_str).collect()
}

#[test]
fn report_writes_the_same_files_as_run() {
    let program = Program::new();
    let ended = program.run(&[&RUN[..], &words(&every_format(&program, "run"))].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("vs fastest"), "{}", ended.stdout);
    let report = every_format(&program, "report");
    let reported = program.run(&[&["report"][..], &words(&report)].concat());
    assert_eq!((reported.code, &reported.stdout), (Some(0), &ended.stdout), "{}", reported.stderr);
    for format in Format::ALL {
        let text = |folder: &str| {
            fs::read_to_string(program.file(&format!("{folder}/{format}"))).expect("is written")
        };
        assert!(text("run").len() > 100 && text("run").ends_with('\n'), "{format}");
        assert_eq!(text("run"), text("report"), "{format}");
        let stdout = program.run(&["report", &format!("--{format}"), "-"]);
        assert_eq!((stdout.code, stdout.stdout), (Some(0), text("run")), "{format}");
    }
}

#[test]
fn refuses_files_that_cannot_be_written_before_it_measures() {
    let program = Program::new();
    let same = program.file("same");
    let same = same.to_str().expect("a plain path");
    let refused = [
        (&["--csv", "-", "--json", "-"][..], "--json and --csv cannot both write to stdout"),
        (&["--csv", same, "--json", same][..], "--json and --csv name the same file"),
        (&["--csv", same, "--save", same][..], "--save and --csv name the same file"),
        (&["--csv", "/absent/file.csv"][..], "/absent/file.csv cannot be written"),
    ];
    for (words, reason) in refused {
        let ended = program.run(&[&RUN[..], words].concat());
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{}", ended.stderr);
        assert!(!program.last_recording().exists(), "measured before the refusal");
    }
}

#[test]
fn never_overwrites_a_recording() {
    let program = Program::new();
    let (ended, recording) = program.record(&RUN);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let file = program.file("recording.jsonl");
    let path = file.to_str().expect("a plain path");
    let refused = program.run(&["report", path, "--csv", path]);
    assert_eq!(refused.code, Some(2), "{}", refused.stdout);
    assert!(refused.stderr.contains("is a recording that --csv would overwrite"));
    assert_eq!(crate::support::read_recording(&file), recording);
}

#[test]
fn shows_the_chosen_trial_or_says_which_there_are() {
    let program = Program::new();
    assert_eq!(program.run(&RUN).code, Some(0));
    let report = |words: &[&str]| program.run(&[&["report"], words].concat());
    let har = report(&["--har", "-", "--trial", "ureq/sequential@2#1"]);
    assert!(har.stdout.contains("\"title\": \"ureq/sequential@2, block 1\""), "{}", har.stderr);
    assert!(!har.stdout.contains("hyper/async@2"), "{}", har.stdout);
    let refused = [
        (&["--har", "-", "--trial", "ureq/sequental@2#1"][..], "did you mean ureq/sequential@2"),
        (&["--har", "-", "--trial", "hyper/async@2#9"], "its blocks are 0 to 1"),
        (&["--har", "-", "--trial", "hyper/async@2"], "write ARM#BLOCK"),
        (&["--trial", "hyper/async@2#0"], "add one of them"),
    ];
    for (words, reason) in refused {
        let ended = report(words);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{words:?}");
        assert!(ended.stderr.contains(reason), "{}", ended.stderr);
    }
}
