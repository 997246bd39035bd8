//! Runs that were interrupted and go on.

use std::fs;
use std::process::{Command, Stdio};

use model::recording::{Recording, StopReason};
use test_support::wait_until;

use crate::support::{Program, Server, read_recording};

const PLAN: [&str; 13] = [
    "-s",
    "ureq/sequential,ureq/threads:workers=2,hyper/async",
    "-b",
    "2",
    "-n",
    "8",
    "-w",
    "1",
    "--no-controls",
    "--seed",
    "3",
    "--link",
    "rtt=10ms,tls=off,think=20ms",
];

/// Runs the program, which records to `file`, and interrupts it once it has begun this block.
fn interrupt_in_block(program: &Program, words: &[&str], file: &str, block: u32) {
    let words = [words, &["--save", file]].concat();
    let mut child = program
        .command(&words)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("the program starts");
    let begun = format!("\"block\":{block},");
    wait_until("the block is begun", || {
        fs::read_to_string(file).is_ok_and(|text| text.contains(&begun))
    });
    let sent = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(sent.expect("kill starts").success());
    child.wait().expect("it ends");
}

/// The block, the slot and the arm of each counted trial.
fn order(recording: &Recording) -> Vec<String> {
    let counted = recording.trials.iter().filter_map(|trial| Some((trial, trial.place()?)));
    counted.map(|(trial, place)| format!("{}.{} {}", place.block, place.slot, trial.arm)).collect()
}

/// An interrupted recording of a run, and its path.
fn interrupted(program: &Program, name: &str) -> String {
    let file = program.file(name).to_str().expect("a plain path").to_owned();
    interrupt_in_block(program, &PLAN, &file, 2);
    let recording = read_recording(&program.file(name));
    assert_eq!(recording.closing.expect("is closed").reason, StopReason::Interrupted);
    file
}

#[test]
fn goes_on_in_the_order_of_an_uninterrupted_run() {
    let program = Program::new();
    let (ended, whole) = program.record(&PLAN);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let file = interrupted(&program, "interrupted.jsonl");
    let before = fs::read(&file).expect("can be read");
    let ended = program.run(&["run", "--resume", &file]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("8 blocks"), "{}", ended.stdout);
    let resumed = read_recording(&program.file("interrupted.jsonl"));
    assert_eq!(order(&resumed), order(&whole));
    let plan = resumed.plan.as_ref().expect("has a plan");
    assert!((2..8).contains(&plan.resumed[0].block), "{:?}", plan.resumed);
    assert_eq!(resumed.closing.expect("is closed").reason, StopReason::Blocks);
    // Nothing that was recorded is lost.
    assert!(fs::read(&file).expect("can be read").starts_with(&before));
    let report = program.run(&["report", &file]);
    assert_eq!(report.stdout, ended.stdout);
    let again = program.run(&["run", "--resume", &file]);
    assert_eq!(again.code, Some(2));
    assert!(again.stderr.contains("nothing is left to do"), "{}", again.stderr);
}

#[test]
fn goes_on_behind_the_last_whole_line_in_a_copy() {
    let program = Program::new();
    let (_, whole) = program.record(&PLAN);
    let file = interrupted(&program, "interrupted.jsonl");
    // As if the program had been killed while it wrote its last trial.
    let text = fs::read_to_string(&file).expect("can be read");
    let lines: Vec<&str> = text.lines().filter(|line| !line.contains("\"closing\"")).collect();
    let cut = text.find(lines[lines.len() - 1]).expect("has a last trial") + 50;
    let killed = program.write("killed.jsonl", &text[..cut]);
    let copy = program.file("copy.jsonl");
    let ended =
        program.run(&["run", "--resume", &killed, "--save", copy.to_str().expect("plain"), "-q"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let resumed = read_recording(&copy);
    assert!(!resumed.truncated);
    assert_eq!(order(&resumed), order(&whole));
    assert_eq!(fs::read_to_string(&killed).expect("can be read"), text[..cut]);
}

#[test]
fn refuses_to_go_on_where_the_result_would_be_another() {
    let program = Program::new();
    let file = interrupted(&program, "interrupted.jsonl");
    let text = fs::read_to_string(&file).expect("can be read");
    let refusal = |words: &[&str]| {
        let ended = program.run(&[&["run", "--resume"], words].concat());
        assert_eq!(ended.code, Some(2), "{words:?}: {}", ended.stderr);
        ended.stderr
    };
    let of_text = |name: &str, text: &str| refusal(&[&program.write(name, text)]);
    let changed = |from: &str, to: &str| {
        assert!(text.contains(from), "has {from}");
        of_text("changed.jsonl", &text.replacen(from, to, 1))
    };
    assert!(refusal(&["/nonexistent"]).contains("/nonexistent cannot be read"));
    assert!(refusal(&[&file, "--seed", "4"]).contains("takes --seed from the recording"));
    assert!(refusal(&[&file, "http://h/[1-2]"]).contains("its requests were others"));
    assert!(refusal(&[&file, "-H", "A: b"]).contains("its requests were others"));
    assert!(changed("batchmark-recording/2", "batchmark-recording/9").contains("newer version"));
    assert!(changed("\"cores\":", "\"cores\":1").contains("the number of cores was 1"));
    assert!(
        changed("\"module\":\"ureq\",\"version\":\"", "\"module\":\"ureq\",\"version\":\"9")
            .contains("ureq was 9")
    );
    assert!(changed("\"http\":\"1.1\"", "\"http\":\"2\"").contains("http of "));
    assert!(changed("\"seed\":3", "\"seed\":4").contains("is not in the order of its seed"));
    assert!(of_text("empty.jsonl", "").contains("it is empty"));
    let header = text.lines().next().expect("has a header");
    assert!(
        of_text("pilot.jsonl", &format!("{header}\n")).contains("ended before its first block")
    );
    assert_eq!(text, fs::read_to_string(&file).expect("can be read"), "the recording is as it was");
    let tuned = program.run(&["tune", "--resume", &file]);
    assert!(tuned.stderr.contains("tune cannot be resumed"), "{}", tuned.stderr);
}

/// An interrupted run of a server that is not ours, with a secret header.
#[test]
fn goes_on_with_secrets_only_if_they_are_given_again() {
    let program = Program::new();
    let server =
        Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfour");
    let url = format!("http://{}/todos/[1-2]", server.address);
    let file = program.file("secret.jsonl").to_str().expect("a plain path").to_owned();
    let sent = ["-H", "Authorization: Bearer abcdefgh", &url];
    let words = ["-s", "ureq/sequential", "-b", "2", "-n", "100", "-w", "1", "--no-controls"];
    interrupt_in_block(&program, &[&words[..], &sent].concat(), &file, 1);
    let resume = ["run", "--resume", &file];
    let ended = program.run(&resume);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("it hides secrets"), "{}", ended.stderr);
    let other =
        program.run(&[&resume[..], &["-H", "Authorization: Bearer zzzzzzzz", &url]].concat());
    assert!(other.stderr.contains("its requests were others"), "{}", other.stderr);
    let _ = server.heads.try_iter().count();
    let ended = program.run(&[&resume[..], &sent].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let head = server.heads.recv().expect("a request");
    assert!(head.contains("Bearer abcdefgh"), "{head}");
    assert!(!fs::read_to_string(&file).expect("can be read").contains("abcdefgh"));
}

#[test]
fn keeps_a_recording_whose_server_is_gone() {
    let program = Program::new();
    let server =
        Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfour");
    let url = format!("http://{}/todos/[1-2]", server.address);
    let file = program.file("gone.jsonl").to_str().expect("a plain path").to_owned();
    let words = ["-s", "ureq/sequential", "-b", "2", "-n", "100", "-w", "1", "--no-controls"];
    interrupt_in_block(&program, &[&words[..], &[&url]].concat(), &file, 1);
    // Nobody listens on port 1.
    let text = fs::read_to_string(&file).expect("can be read");
    let gone = program.write("elsewhere.jsonl", &text.replace(&server.address, "127.0.0.1:1"));
    let ended = program.run(&["run", "--resume", &gone]);
    assert_eq!(ended.code, Some(3), "{}", ended.stderr);
    assert!(ended.stderr.contains("the target could not be reached"), "{}", ended.stderr);
    let kept = read_recording(&program.file("elsewhere.jsonl"));
    assert_eq!(kept.closing.expect("is closed").reason, StopReason::Interrupted);
}

/// The options of a short run of own strategies.
fn own_words<'a>(words: &[&'a str], strategy: &'a str) -> Vec<&'a str> {
    let link = "rtt=20ms,tls=off";
    let others =
        ["-s", strategy, "-b", "2", "-n", "20", "-w", "1", "--no-controls", "--link", link];
    [words, &others].concat()
}

#[test]
fn refuses_own_code_that_has_changed() {
    let Some(python) = crate::provision::python() else { return };
    let python = python.to_str().expect("a plain path");
    let program = Program::new();
    let code = "import urllib.request, helper\ndef fetch(urls):\n    return [urllib.request.urlopen(url).read() for url in urls]\n";
    let own = program.write("fetch.py", code);
    program.write("helper.py", "A = 1\n");
    let file = program.file("own.jsonl").to_str().expect("a plain path").to_owned();
    let typed = format!("{own}:fetch");
    let words = own_words(&["--own", &typed, "--python", python], "own/fetch");
    interrupt_in_block(&program, &words, &file, 1);
    let resume = ["run", "--resume", &file, "--python", python];
    let refusal = || {
        let ended = program.run(&resume);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        ended.stderr
    };
    program.write("fetch.py", &format!("{code}\n# changed\n"));
    assert!(refusal().contains("fetch.py:fetch has changed since"));
    program.write("fetch.py", code);
    program.write("helper.py", "A = 2\n");
    let before = fs::read_to_string(&file).expect("can be read");
    // A refusal must not make the next attempt succeed.
    for _ in 0..2 {
        let changed = refusal();
        assert!(changed.contains("helper.py, which own/fetch@2 imports, has changed"), "{changed}");
        assert_eq!(fs::read_to_string(&file).expect("can be read"), before);
    }
    program.write("helper.py", "A = 1\n");
    let ended = program.run(&resume);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn refuses_a_command_that_has_changed() {
    let program = Program::new();
    let script = program.write("fetch.sh", "sleep 0.02\n");
    let file = program.file("command.jsonl").to_str().expect("a plain path").to_owned();
    let typed = format!("sleep=sh {script} abcdefgh --token abcdefgh {{urls}}");
    let words = own_words(&["--command", &typed], "command/sleep");
    interrupt_in_block(&program, &words, &file, 1);
    let before = fs::read_to_string(&file).expect("can be read");
    assert!(!before.contains("abcdefgh"), "{before}");
    let refusal = |words: &[&str]| {
        let ended = program.run(&[&["run", "--resume", &file], words].concat());
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        ended.stderr
    };
    assert!(refusal(&[]).contains("command/sleep is not offered here: give --own, --command"));
    let other = refusal(&["--command", &typed.replace("{urls}", "-v {urls}")]);
    assert!(other.contains("command/sleep was `sh "), "{other}");
    assert!(!other.contains("abcdefgh"), "{other}");
    program.write("fetch.sh", "sleep 0.01\n");
    let changed = refusal(&["--command", &typed]);
    assert!(changed.contains("fetch.sh, which command/sleep uses, has changed"), "{changed}");
    assert_eq!(fs::read_to_string(&file).expect("can be read"), before);
    program.write("fetch.sh", "sleep 0.02\n");
    let ended = program.run(&["run", "--resume", &file, "--command", &typed]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
}

#[test]
fn keeps_and_compares_a_resumed_run_as_any_other() {
    let program = Program::new();
    let (ended, _) = program.record(&PLAN);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let whole = program.file("recording.jsonl");
    let whole = whole.to_str().expect("a plain path");
    let file = interrupted(&program, "interrupted.jsonl");
    let resume = ["run", "--resume", &file, "--baseline-recording"];
    let refused = program.run(&[&resume[..], &["absent"]].concat());
    assert_eq!(refused.code, Some(2), "{}", refused.stderr);
    let words = [&resume[..], &[whole, "--save-baseline", "main"]].concat();
    let ended = program.run(&words);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("new/old"), "{}", ended.stdout);
    let kept = fs::read(program.file("batchmark/baselines/main.jsonl")).expect("was kept");
    assert_eq!(kept, fs::read(&file).expect("can be read"));
}
