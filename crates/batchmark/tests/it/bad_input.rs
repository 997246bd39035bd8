//! Usage errors: exit code 2, and a sentence that says what to type instead.

use report::export::Format;

use crate::support::{Program, program_path};

/// Runs the program with arguments that it must refuse. Returns its message.
fn refusal(words: &[&str]) -> String {
    let ended = Program::new().run(words);
    assert_eq!(ended.code, Some(2), "{words:?}: {}", ended.stderr);
    assert_eq!(ended.stdout, "", "{words:?}");
    ended.stderr
}

#[test]
fn suggests_the_nearest_strategies_and_conditions() {
    let sentence = refusal(&["-s", "thread"]);
    assert!(sentence.contains("did you mean") && sentence.contains("threads?"), "{sentence}");
    let sentence = refusal(&["-s", "threads:worker=4"]);
    assert!(sentence.contains("did you mean workers?"), "{sentence}");
    assert!(sentence.contains("it has session, workers"), "{sentence}");
    assert!(refusal(&["-s", "threads:workers=0"]).contains("a number from 1 up, not \"0\""));
    assert!(refusal(&["-s", "sequential:workers=4"]).contains("has no condition \"workers\""));
    assert!(refusal(&["-s", "workers=4"]).contains("belongs to no strategy"));
    assert!(refusal(&["-s", "async,async"]).contains("hyper/async is requested twice"));
    assert!(refusal(&["--baseline", "curl"]).contains("the baseline \"curl\" is not one of"));
}

#[test]
fn refuses_bad_urls_and_batch_sizes() {
    assert!(refusal(&["http://h/[1-3"]).contains("the '[' at character 10 is not closed"));
    assert!(refusal(&["/todos/1"]).contains("is not a URL: write http://HOST/PATH"));
    assert!(refusal(&["http://h/[3-1]"]).contains("or -g to take brackets literally"));
    assert!(refusal(&["ftp://h/"]).contains("only http:// and https:// can be measured"));
    assert!(refusal(&["--urls", "/dev/null"]).contains("there are no URLs in /dev/null"));
    assert!(refusal(&["--urls", "-"]).contains("there are no URLs in the input on stdin"));
    let sentence = refusal(&["-b", "5", "http://127.0.0.1:1/[1-4]"]);
    assert!(sentence.contains("a batch of 5 needs 5 URLs, but there are only 4"), "{sentence}");
    assert!(refusal(&["--timeout", "0"]).contains("--timeout 30s"));
    assert!(refusal(&["--timeout", "30"]).contains("such as 11ms, 1.5s"));
}

#[test]
fn says_what_number_an_option_expects() {
    let options = [
        ("-b", "a whole number from 1 to 1000000, such as 16"),
        ("-n", "a whole number from 1 to 4294967295, such as 30"),
        ("-w", "a whole number from 0 to 4294967295, such as 3"),
        ("--seed", "a whole number from 0 to 18446744073709551615, such as 1"),
        ("--expect-status", "a status from 200 to 599"),
        ("--precision", "a share between 0% and 100%, such as 2%"),
        ("--budget", "a number and a unit, such as 11ms"),
        ("--timeout", "a number and a unit, such as 11ms"),
        ("--expect-min-bytes", "a number of bytes or a number with a unit, such as 100kB"),
    ];
    for (option, expected) in options {
        for value in ["x", "", "-1", "-5s", "1.5.2", "1e99", "--quiet"] {
            let sentence = refusal(&[option, value]);
            assert!(
                sentence.contains(&format!("write {expected}")),
                "{option} {value}: {sentence}"
            );
        }
    }
    for list in ["4,", "4,x", "-4,8", ",4"] {
        assert!(refusal(&["-b", list]).contains("write a whole number from 1"), "{list}");
    }
    assert!(refusal(&["--timeout", "999999999999m"]).contains("write a time of at most a year"));
    assert!(refusal(&["--expect-min-bytes", "99999999999GB"]).contains("the largest size is"));
    assert!(refusal(&["endpoint", "--listen", "x"]).contains("write an IP address and a port"));
}

#[test]
fn recognises_a_mistyped_subcommand() {
    for (typed, meant) in [
        ("strategie", "strategies"),
        ("reprot", "report"),
        ("repor", "report"),
        ("driver-chek", "driver-check"),
        ("endpiont", "endpoint"),
        ("rnu", "run"),
        ("REPORT", "report"),
    ] {
        for words in [&[typed][..], &[typed, "x.jsonl"], &[typed, "--python", "python3"]] {
            let sentence = refusal(words);
            assert!(sentence.contains(&format!("did you mean {meant}?")), "{words:?}: {sentence}");
        }
    }
    // A port that cannot be: no request is made.
    for url in ["h:0/reprot", "reprot.example:0/x y", "banana"] {
        assert!(!refusal(&[url]).contains("did you mean"), "{url}");
    }
}

#[test]
fn suggests_a_name_with_two_letters_swapped() {
    assert!(refusal(&["report", "--section", "lwa"]).contains("did you mean law?"));
    assert!(refusal(&["explain", "wokrer_limit"]).contains("did you mean worker_limit?"));
    assert!(refusal(&["-s", "ureq/threads:wokrers=4"]).contains("did you mean workers?"));
    assert!(refusal(&["--link", "rtt=1ms,tihnk=2ms"]).contains("did you mean think?"));
    assert!(refusal(&["endpoint", "--link", "bandwith=1MB/s"]).contains("did you mean bandwidth?"));
}

#[test]
fn refuses_a_link_for_a_foreign_server() {
    assert!(
        refusal(&["--link", "ttl=1"])
            .contains("it has rtt, jitter, bandwidth, loss, tls, think, body")
    );
    for words in [["--link", "tls=off", "http://h/"], ["-s", "async:tls=off", "http://h/"]] {
        assert!(refusal(&words).contains("leave out the URLs"), "{words:?}");
    }
}

#[test]
fn refuses_an_unwritable_file_before_the_run() {
    let formats = Format::ALL.map(|format| format!("--{format}")).into_iter();
    for option in formats.chain(["--save".to_owned()]) {
        let sentence = refusal(&[&option, "/nonexistent/file"]);
        assert!(sentence.contains("/nonexistent/file cannot be written"), "{sentence}");
        assert!(!sentence.contains("block"), "it ran all the same: {sentence}");
    }
}

#[test]
fn reports_a_file_without_certificates() {
    let words = ["-n", "1", "-b", "1", "--cacert", "/dev/null", "https://127.0.0.1:1/"];
    let ended = Program::new().run(&words);
    assert_ne!(ended.code, Some(0));
    assert!(ended.stdout.contains("/dev/null"), "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn refuses_too_few_file_descriptors_before_the_run() {
    let program = Program::new();
    let mut shell = std::process::Command::new("/bin/sh");
    let script = format!("ulimit -n 100; exec {} -s hyper/async -b 200 -n 1", program_path());
    let output = shell
        .args(["-c", &script])
        .env("XDG_STATE_HOME", program.file("state"))
        .output()
        .expect("sh starts");
    let sentence = String::from_utf8(output.stderr).expect("is text");
    assert_eq!(output.status.code(), Some(2), "{sentence}");
    assert!(sentence.contains("100 connections at once need 264 open files"), "{sentence}");
    assert!(sentence.contains("ulimit -n 264"), "{sentence}");
}

#[test]
fn prints_help_and_version() {
    let program = Program::new();
    let help = program.run(&["--help"]);
    assert_eq!(help.code, Some(0));
    assert!(help.stdout.contains("Usage: batchmark"), "{}", help.stdout);
    assert_eq!(program.run(&["--version"]).code, Some(0));
}
