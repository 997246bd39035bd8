//! `--why` on own Python code: conditions are imposed on it, and the output says what each showed.

use model::recording::Recording;
use model::trial::Outcome;

use crate::provision;
use crate::python::python_or_return;
use crate::support::{BARE, Program};

/// Runs `own/f` of a file with `--why`: two blocks of a batch of four. Returns the recording, and the
/// section of the experiments.
fn why(program: &Program, python: &str, text: &str, link: &str) -> (Recording, String) {
    let own = program.write("my.py", &format!("import batchmark\n{text}"));
    let words = ["-s", "own/f", "-b", "4", "-n", "2", "--why", "--section", "experiments"];
    let more = ["--link", link, "--own", &own, "--python", python];
    let (ended, recording) = program.record(&[&words[..], &more, &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let one_line = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    (recording, one_line)
}

fn settings(recording: &Recording) -> Vec<&str> {
    let experiments = &recording.plan.as_ref().expect("has a plan").experiments;
    let factors = experiments.iter().flat_map(|experiment| &experiment.factors);
    factors.map(|factor| factor.setting.as_str()).collect()
}

/// How often a condition took effect in the trials of the arm with only that setting: the same in all.
fn effects(recording: &Recording, setting: &str) -> u64 {
    let arm = format!("own/f@4#{setting}");
    let condition = setting.split('=').next().expect("a name");
    let trials = recording.trials.iter().filter(|trial| trial.arm.0 == arm);
    let effects = trials.map(|trial| match &trial.outcome {
        Outcome::Ran(run) => *run.imposed.get(condition).expect("is reported"),
        Outcome::Lost(lost) => panic!("{lost:?}"),
    });
    let mut effects: Vec<u64> = effects.collect();
    effects.dedup();
    let [only] = effects[..] else { panic!("{setting}: {effects:?}") };
    only
}

#[test]
fn sessions_for_each_request_get_one_tls_context() {
    let python = python_or_return!();
    let program = Program::new();
    let text = "import requests\n\n@batchmark.strategy\ndef f(urls):\n    \
        return [requests.Session().get(url).content for url in urls]\n";
    let (recording, output) = why(&program, &python, text, "rtt=1ms");
    let settings = settings(&recording);
    assert!(settings.contains(&"context=shared"), "{settings:?}");
    // The first of four connections loads the certificates.
    assert_eq!(effects(&recording, "context=shared"), 3);
    assert!(output.contains("Tried for you: one TLS context "), "{output}");
    assert!(!output.contains("one TLS context could not be imposed"), "{output}");
    let unchanged = recording.trials.iter().filter(|trial| trial.arm.0 == "own/f@4");
    for trial in unchanged {
        let Outcome::Ran(run) = &trial.outcome else { panic!("{trial:?}") };
        assert!(run.imposed.is_empty() && run.usage.collecting.is_some(), "{run:?}");
    }
}

#[test]
fn sleeps_between_requests_are_skipped() {
    let python = python_or_return!();
    let program = Program::new();
    let text = "from time import sleep\nfrom urllib.request import urlopen\n\n\
        @batchmark.strategy\ndef f(urls):\n    bodies = []\n    for url in urls:\n        \
        sleep(0.03)\n        bodies.append(urlopen(url).read())\n    return bodies\n";
    let (recording, output) = why(&program, &python, text, "rtt=0,tls=off");
    let settings = settings(&recording);
    assert!(settings.contains(&"sleeps=skipped"), "{settings:?}");
    assert_eq!(effects(&recording, "sleeps=skipped"), 4);
    assert!(output.contains("Tried for you: skipping sleeps "), "{output}");
    assert!(!output.contains("skipping sleeps could not be imposed"), "{output}");
}

#[test]
fn a_sleep_that_cannot_be_skipped_is_reported_as_such() {
    let python = python_or_return!();
    let program = Program::new();
    let text = "import select\nfrom urllib.request import urlopen\n\n\
        @batchmark.strategy\ndef f(urls):\n    bodies = []\n    for url in urls:\n        \
        select.select([], [], [], 0.03)\n        bodies.append(urlopen(url).read())\n    \
        return bodies\n";
    let (recording, output) = why(&program, &python, text, "rtt=0,tls=off");
    assert_eq!(effects(&recording, "sleeps=skipped"), 0);
    let sentence = "Tried for you: skipping sleeps could not be imposed, because it had no effect \
                    in 2 of 2 trials";
    assert!(output.contains(sentence), "{output}");
    assert!(!output.contains("confirmed: sleeps=skipped"), "{output}");
}

#[test]
fn a_condition_that_was_asked_for_and_has_no_effect_is_a_caveat() {
    let python = python_or_return!();
    let program = Program::new();
    let text = "import batchmark\nfrom urllib.request import urlopen\n\n\
        @batchmark.strategy\ndef f(urls):\n    return [urlopen(url).read() for url in urls]\n";
    let own = program.write("my.py", text);
    let strategies = "own/f:sleeps=skipped,own/f:lookups=cached";
    let words = ["-s", strategies, "-b", "2", "-n", "1", "--full", "--link", "rtt=0,tls=off"];
    let more = ["--own", &own, "--python", &python];
    let ended = program.run(&[&words[..], &more, &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let one_line = ended.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
    let sentence =
        "no effect on own code: sleeps=skipped in 1 of 1 trial of own/f:sleeps=skipped@2. ";
    assert!(one_line.contains(sentence), "{one_line}");
}
