//! The user's functions, right and wrong: results are reported, and the run continues.

use std::fs;

use model::failure::FailureKind;
use model::trial::{Outcome, Trial};

use crate::interrupt::Running;
use crate::provision;
use crate::python::python_or_return;
use crate::support::{BARE, Ended, Program};

/// A file of the user with a correct function and the given one.
fn file(function: &str) -> String {
    format!(
        "import asyncio, subprocess, time, urllib.request\n\
         import batchmark\n\n\
         def get(url):\n    with urllib.request.urlopen(url) as answer:\n        return answer.read()\n\n\
         @batchmark.strategy\ndef good(urls):\n    return [get(url) for url in urls]\n\n\
         {function}\n"
    )
}

/// Measures a file beside `ureq/sequential`: one block of a batch of two.
fn measure(program: &Program, python: &str, text: &str, more: &[&str]) -> Ended {
    let own = program.write("my.py", text);
    let words =
        ["-s", "sequential", "--full", "-b", "2", "-n", "1", "--link", "rtt=0", "--python", python];
    let own_words = ["--own", &own];
    program.run(&[&words[..], &own_words, more, &BARE].concat())
}

/// The output for a function that fails beside a correct one.
fn output_of_failing(function: &str, more: &[&str]) -> Option<String> {
    let python = provision::python()?;
    let program = Program::new();
    let text = file(&format!("@batchmark.strategy\n{function}"));
    let words = [&["-s", "own/good,own/bad"][..], more].concat();
    let ended = measure(&program, python.to_str()?, &text, &words);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let has_failed = |name: &str| ended.stdout.contains(&format!("{name}@2: 1 of 1 trial failed"));
    assert!(has_failed("own/bad"), "{}", ended.stdout);
    assert!(!has_failed("own/good") && !has_failed("ureq/sequential"), "{}", ended.stdout);
    Some(ended.stdout)
}

#[test]
fn measures_own_functions_beside_named_strategies_unless_one_of_them_is_named() {
    let python = python_or_return!();
    let program = Program::new();
    let other = "@batchmark.strategy\ndef other(urls):\n    return [get(url) for url in urls]";
    let own = program.write("my.py", &file(other));
    let words = ["-b", "2", "-n", "1", "--own", &own, "--python", &python];
    let measured = |strategies: &str| {
        let (ended, recording) = program.record(&[&words[..], &["-s", strategies], &BARE].concat());
        assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
        let plan = recording.plan.expect("has a plan");
        plan.arms.iter().map(|arm| arm.strategy.clone()).collect::<Vec<_>>()
    };
    assert_eq!(measured("sequential"), ["ureq/sequential", "own/good", "own/other"]);
    assert_eq!(measured("sequential,own/good"), ["ureq/sequential", "own/good"]);
}

#[test]
fn measures_marked_functions_first_and_built_in_strategies_as_references() {
    let python = python_or_return!();
    let program = Program::new();
    let own = program.write(
        "my.py",
        &file("@batchmark.strategy\nasync def later(urls):\n    return [await asyncio.to_thread(get, url) for url in urls]"),
    );
    let words = ["-b", "2", "-n", "2", "--own", &own, "--python", &python];
    let (ended, recording) = program.record(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let plan = recording.plan.expect("has a plan");
    let arms: Vec<&str> = plan.arms.iter().map(|arm| arm.strategy.as_str()).collect();
    let expected = ["own/good", "own/later", "ureq/sequential", "ureq/threads", "hyper/async"];
    assert_eq!(arms, expected);
    assert_eq!(plan.baseline.0, "own/good");
    let references: Vec<&str> = plan.references.iter().map(|label| label.0.as_str()).collect();
    assert_eq!(references, expected[2..]);
}

#[test]
fn driver_check_accepts_a_function_that_refuses_what_it_does_not_support() {
    let python = python_or_return!();
    let program = Program::new();
    let own = program.write("my.py", &file(""));
    let ended = program.run(&["driver-check", "--own", &own, "--python", &python]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let lines_with = |text: &str| ended.stdout.lines().filter(|line| line.contains(text)).count();
    assert_eq!(lines_with("refused: own/good"), 2, "{}", ended.stdout);
    assert_eq!(lines_with("requests/threads"), 0, "{}", ended.stdout);
}

#[test]
fn measures_an_unmarked_function_by_its_name() {
    let python = python_or_return!();
    let program = Program::new();
    let own =
        program.write("my.py", &file("def plain(urls):\n    return [get(url) for url in urls]"));
    let named = format!("{own}:plain");
    let words = ["-s", "own/plain", "-b", "2", "-n", "1", "--own", &named, "--python", &python];
    let ended = program.run(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn reports_wrong_results_of_a_function_instead_of_a_time() {
    let lazy = "def bad(urls):\n    return map(get, urls)";
    let Some(text) = output_of_failing(lazy, &[]) else { return };
    assert!(text.contains("was never consumed"), "{text}");
    let unawaited = "async def bad(urls):\n    return [asyncio.sleep(0, b'body') for url in urls]";
    let Some(text) = output_of_failing(unawaited, &[]) else { return };
    assert!(text.contains("was never awaited"), "{text}");
    let few = "def bad(urls):\n    return [get(urls[0])]";
    let Some(text) = output_of_failing(few, &[]) else { return };
    assert!(text.contains("it returned 1 body for 2 URLs"), "{text}");
    let unread = "def bad(urls):\n    return [urllib.request.urlopen(url) for url in urls]";
    let Some(text) = output_of_failing(unread, &[]) else { return };
    assert!(text.contains("which was not read"), "{text}");
}

#[test]
fn reports_an_error_status_that_a_function_took_for_a_body() {
    let python = python_or_return!();
    let program = Program::new();
    let lenient = "import urllib.error\n\n\
        def get_anything(url):\n    try:\n        return get(url)\n    \
        except urllib.error.HTTPError as error:\n        return error.read()\n\n\
        @batchmark.strategy\ndef lenient(urls):\n    return [get_anything(url) for url in urls]";
    let words = ["-s", "own/good,own/lenient:fault=throttle:1:10s"];
    let ended = measure(&program, &python, &file(lenient), &words);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let failure = "lenient:fault=throttle:1:10s@2: 1 of 1 trial failed: status";
    assert!(ended.stdout.contains(failure), "{}", ended.stdout);
    assert!(ended.stdout.contains("the endpoint answered with status 429"), "{}", ended.stdout);
}

#[test]
fn reports_the_traceback_of_a_function_that_raises() {
    let function = "def bad(urls):\n    get(urls[0])\n    return 1 / 0";
    let Some(text) = output_of_failing(function, &[]) else { return };
    assert!(text.contains("ZeroDivisionError"), "{text}");
    assert!(text.contains("code of own/bad"), "{text}");
    let line = |line: &&str| line.contains("line 15, in bad");
    assert!(
        text.lines().any(|each| line(&each)),
        "the traceback is not printed line by line: {text}"
    );
}

#[test]
fn refuses_code_that_cannot_run_before_the_first_trial() {
    let python = python_or_return!();
    let program = Program::new();
    let raises = "import batchmark\n\n@batchmark.strategy\ndef bad(urls):\n    return []\n\n\
                  raise ValueError('no such luck')\n";
    let no_urls = file("@batchmark.strategy\ndef bad():\n    return []");
    for (text, reason) in [
        (raises, "own/bad cannot be measured: my.py cannot be imported:"),
        (raises, "ValueError: no such luck"),
        (
            &no_urls,
            "own/bad cannot be measured: own/bad cannot be called: it gets the list of URLs",
        ),
        ("def bad(urls:\n", "own/my cannot be measured: my.py does not parse: line 1: "),
    ] {
        let strategies = ["-s", "own/bad"];
        let named = strategies
            .map(|word| word.replace("bad", if text.contains("strategy") { "bad" } else { "my" }));
        let ended = measure(&program, &python, text, &[&named[0], &named[1]]);
        assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
        assert!(ended.stderr.contains(reason), "{}", ended.stderr);
        assert!(ended.stderr.contains("add --keep-going"), "{}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{}", ended.stdout);
    }
    assert!(!program.last_recording().exists(), "a trial was run");
}

#[test]
fn leaves_out_code_that_cannot_run_if_requested() {
    let python = python_or_return!();
    let program = Program::new();
    let own = program
        .write("my.py", &file("@batchmark.strategy\ndef bad(urls, session):\n    return []"));
    let broken = program.write("broken.py", "def f(");
    let words = ["-b", "2", "-n", "1", "--link", "rtt=0", "--python", &python, "--keep-going"];
    let files = ["--own", &own, "--own", &broken];
    let (ended, recording) = program.record(&[&words[..], &files, &BARE].concat());
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let plan = recording.plan.expect("has a plan");
    let measured: Vec<&str> = plan.arms.iter().map(|arm| arm.strategy.as_str()).collect();
    assert_eq!(measured, ["own/good", "ureq/sequential", "ureq/threads", "hyper/async"]);
    let left_out: Vec<&str> = plan.left_out.iter().map(|one| one.strategy.as_str()).collect();
    assert_eq!(left_out, ["own/broken", "own/bad"]);
    assert!(
        ended.stdout.contains("left out: own/bad, own/bad cannot be called"),
        "{}",
        ended.stdout
    );
    assert!(
        ended.stdout.contains("left out: own/broken, broken.py does not parse"),
        "{}",
        ended.stdout
    );
    let all = ["--own", &broken];
    let ended = program.run(&[&words[..], &all, &BARE].concat());
    assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stderr.contains("add --keep-going"), "{}", ended.stderr);
}

#[test]
fn gives_headers_to_functions_that_take_them() {
    let python = python_or_return!();
    let program = Program::new();
    let text = file(
        "@batchmark.strategy\ndef keyed(urls, headers):\n    assert headers == {'X-Key': 'secret'}\n    \
         return [get(url) for url in urls]",
    );
    let words = ["-s", "own/good,own/keyed", "-H", "X-Key: secret"];
    let ended = measure(&program, &python, &text, &words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let before = "caveat: The headers of -H are not sent with own/good. It sends other requests";
    assert!(ended.stderr.contains(before), "{}", ended.stderr);
    assert!(ended.stdout.contains("The headers of -H are not sent"), "{}", ended.stdout);
}

#[test]
fn ends_a_function_that_never_returns_at_the_time_limit() {
    let stuck = "def bad(urls):\n    time.sleep(600)";
    let Some(text) = output_of_failing(stuck, &["--timeout", "4s"]) else { return };
    assert!(text.contains("own/bad@2: 1 of 1 trial failed: timeout"), "{text}");
    assert!(text.contains("timeout: the trial reached its time limit of"), "{text}");
    assert!(!text.contains("lost"), "{text}");
}

#[test]
fn reports_every_batch_that_hangs_and_continues_in_a_new_process() {
    let python = python_or_return!();
    let program = Program::new();
    // Each process hangs in its second batch, which is its first counted one.
    let text = file(
        "ran = []\n\n@batchmark.strategy\ndef bad(urls):\n    ran.append(urls)\n    \
         while len(ran) == 2:\n        time.sleep(0.01)\n    return [get(url) for url in urls]",
    );
    let own = program.write("my.py", &text);
    let words =
        ["-s", "own/bad", "--full", "-b", "2", "-n", "3", "--link", "rtt=0", "--python", &python];
    let more = ["--own", &own, "--timeout", "2s"];
    let (ended, recording) = program.record(&[&words[..], &more, &BARE].concat());
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let processes: Vec<u32> = recording.trials.iter().map(|trial| trial.process).collect();
    assert_eq!(processes, [0, 0, 1, 1, 2, 2], "each hangs in a process that had served one");
    let is_timeout = |trial: &&Trial| match &trial.outcome {
        Outcome::Ran(run) => run.columns.failures().any(|one| one.kind == FailureKind::Timeout),
        Outcome::Lost(_) => panic!("lost"),
    };
    assert_eq!(recording.trials.iter().filter(is_timeout).count(), 3);
    assert!(ended.stdout.contains("3 of 3 trials failed: timeout 6 requests"), "{}", ended.stdout);
}

#[test]
fn keeps_the_output_of_a_function_out_of_the_protocol() {
    let python = python_or_return!();
    let program = Program::new();
    let text = file(
        "print('at import')\n\n@batchmark.strategy\ndef loud(urls):\n    print('{\"op\":\"quit\"}', flush=True)\n    \
         subprocess.run(['echo', 'from a child'], check=True)\n    return [get(url) for url in urls]",
    );
    let ended = measure(&program, &python, &text, &["-s", "own/loud"]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("from a child"), "{}", ended.stdout);
}

#[test]
fn refuses_unusable_files_before_the_run() {
    let python = python_or_return!();
    let program = Program::new();
    let refused = |own: &str| {
        let ended = program.run(&["-n", "1", "-b", "1", "--own", own, "--python", &python]);
        assert_eq!(ended.code, Some(2), "{own}: {}{}", ended.stdout, ended.stderr);
        ended.stderr
    };
    assert!(refused("/nonexistent/my.py").contains("there is no file /nonexistent/my.py"));
    let unmarked = program.write("unmarked.py", "def f(urls):\n    return []\n");
    assert!(refused(&unmarked).contains("@batchmark.strategy"), "{}", refused(&unmarked));
    let one = program.write("one.py", &file(""));
    let two = program.write("two.py", &file(""));
    let words = ["-n", "1", "-b", "1", "--own", &one, "--own", &two, "--python", &python];
    let ended = program.run(&words);
    assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("two functions are named own/good"), "{}", ended.stderr);
}

#[test]
fn imports_a_file_only_in_its_own_driver() {
    let python = python_or_return!();
    let program = Program::new();
    let mark = program.file("imported");
    let text = format!(
        "import os\nwith open({:?}, 'a') as file:\n    file.write(f'{{os.getpid()}}\\n')\n{}",
        mark.to_str().expect("a plain path"),
        file("")
    );
    let words = ["-s", "requests/sequential,own/good"];
    let ended = measure(&program, &python, &text, &words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let imported = fs::read_to_string(&mark).expect("it was imported");
    assert_eq!(imported.lines().count(), 2, "by the check and by the arm: {imported}");
}

#[test]
fn ctrl_c_during_a_batch_leaves_no_process() {
    let python = python_or_return!();
    let program = Program::new();
    let text = file(
        "@batchmark.strategy\ndef slow(urls):\n    subprocess.run(['sleep', '0.05'], check=True)\n    \
         return [get(url) for url in urls]",
    );
    let own = program.write("my.py", &text);
    let words = ["-s", "own/slow", "--own", &own, "--python", &python, "--no-controls"];
    let running = Running::start(&program, &words);
    running.interrupt();
    running.interrupt();
    let (code, _) = running.wait();
    assert!(code == Some(130) || code == Some(0), "{code:?}");
    let recording = crate::support::read_recording(&program.last_recording());
    assert!(recording.trials.iter().any(|trial| matches!(trial.outcome, Outcome::Ran(_))));
}
