//! The user's JavaScript functions, right and wrong: results are reported, and the run continues.

use model::failure::FailureKind;
use model::trial::Outcome;

use crate::interrupt::Running;
use crate::provision;
use crate::support::{BARE, Ended, Program};

/// A file of the user with a correct function and the given one.
fn file(function: &str) -> String {
    format!(
        "async function get(url) {{\n  const response = await fetch(url);\n  \
         if (!response.ok) throw new Error(`status ${{response.status}}`);\n  \
         return response.text();\n}}\n\
         export const good = (urls) => Promise.all(urls.map(get));\n\
         {function}\n\
         export const batchmark = ['good', 'bad'];\n"
    )
}

/// Measures a file beside `ureq/sequential`: one block of a batch of two over TLS.
fn measure(program: &Program, text: &str, more: &[&str]) -> Ended {
    let own = program.write("my.mjs", text);
    let words = ["-s", "sequential", "--full", "-b", "2", "-n", "1", "--link", "rtt=0"];
    program.run(&[&words[..], &["--own", &own], more, &BARE].concat())
}

/// The output for a function that fails beside a correct one.
fn output_of_failing(function: &str, more: &[&str]) -> String {
    let program = Program::new();
    let words = [&["-s", "own/good,own/bad"][..], more].concat();
    let ended = measure(&program, &file(function), &words);
    assert_eq!(ended.code, Some(1), "{}{}", ended.stdout, ended.stderr);
    let has_failed = |name: &str| ended.stdout.contains(&format!("{name}@2: 1 of 1 trial failed"));
    assert!(has_failed("own/bad"), "{}", ended.stdout);
    assert!(!has_failed("own/good") && !has_failed("ureq/sequential"), "{}", ended.stdout);
    ended.stdout
}

#[test]
fn measures_javascript_functions_beside_references() {
    let Some(_) = provision::node() else { return };
    let program = Program::new();
    let common = program.write(
        "common.cjs",
        "const https = require('node:https');\n\
         const get = (url) => new Promise((resolve, reject) => https.get(url, (response) => {\n\
           const chunks = [];\n\
           response.on('data', (chunk) => chunks.push(chunk));\n\
           response.on('end', () => resolve(Buffer.concat(chunks)));\n\
         }).on('error', reject));\n\
         module.exports = { overHttps: (urls) => Promise.all(urls.map(get)) };\n",
    );
    let module = program.write("my.mjs", &file("export const bad = good;"));
    let named = [format!("{common}:overHttps"), format!("{module}:good")];
    let words = ["-b", "2", "-n", "2", "--own", &named[0], "--own", &named[1]];
    let (ended, recording) = program.record(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let plan = recording.plan.expect("has a plan");
    let arms: Vec<&str> = plan.arms.iter().map(|arm| arm.strategy.as_str()).collect();
    let expected = ["own/overHttps", "own/good", "ureq/sequential", "ureq/threads", "hyper/async"];
    assert_eq!(arms, expected);
    assert_eq!(plan.baseline.0, "own/overHttps");
}

#[test]
fn javascript_functions_pass_driver_check() {
    let Some(_) = provision::node() else { return };
    let program = Program::new();
    let own = program.write("my.mjs", &file("export const bad = good;"));
    let ended = program.run(&["driver-check", "--own", &own]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("WRONG"), "{}", ended.stdout);
}

#[test]
fn reports_wrong_results_of_a_javascript_function_instead_of_a_time() {
    let Some(_) = provision::node() else { return };
    let few = output_of_failing("export const bad = async (urls) => [await get(urls[0])];", &[]);
    assert!(few.contains("it returned 1 body for 2 URLs"), "{few}");
    let unread = "export const bad = (urls) => Promise.all(urls.map((url) => fetch(url)));";
    let unread = output_of_failing(unread, &[]);
    assert!(unread.contains("which was not read: return await response.text()"), "{unread}");
    let raises = "export async function bad(urls) {\n  await get(urls[0]);\n  return missing;\n}";
    let raises = output_of_failing(raises, &[]);
    assert!(raises.contains("ReferenceError: missing is not defined"), "{raises}");
    assert!(raises.contains("my.mjs:9:"), "{raises}");
    assert!(raises.contains("code of own/bad"), "{raises}");
}

#[test]
fn continues_after_a_javascript_function_that_hangs_or_ends_its_process() {
    let Some(_) = provision::node() else { return };
    // The first batch of a process is its warm-up.
    let second = |code: &str| {
        format!(
            "let batches = 0;\nexport async function bad(urls) {{\n  batches += 1;\n  \
             if (batches === 2) {{ {code} }}\n  return good(urls);\n}}"
        )
    };
    let program = Program::new();
    for (code, kind, reason) in [
        ("for (;;);", FailureKind::Timeout, "reached its time limit"),
        ("process.exit(0);", FailureKind::Code, "it ended its process with exit code 0"),
        (
            "Promise.reject(new Error('lost')); await new Promise(() => {});",
            FailureKind::Code,
            "a promise was rejected, and nothing handled it:\nError: lost",
        ),
    ] {
        let own = program.write("my.mjs", &file(&second(code)));
        let words = ["-s", "own/bad", "--own", &own, "-b", "2", "-n", "2", "--link", "rtt=0"];
        let (ended, recording) =
            program.record(&[&words[..], &["--timeout", "3s"], &BARE].concat());
        assert_eq!(ended.code, Some(1), "{code}: {}{}", ended.stdout, ended.stderr);
        let counted = recording.trials.iter().filter(|trial| trial.place().is_some());
        for trial in counted {
            let Outcome::Ran(run) = &trial.outcome else { panic!("{code}: lost") };
            let first = run.columns.failures().next().expect("has failed");
            assert_eq!(first.kind, kind, "{code}");
            assert!(first.message.contains(reason), "{code}: {}", first.message);
        }
    }
}

#[test]
fn refuses_javascript_that_cannot_run_before_the_first_trial() {
    let Some(_) = provision::node() else { return };
    let program = Program::new();
    for (text, reason) in [
        ("export const f = (urls) => [;", "SyntaxError: Unexpected token ';'"),
        ("import './missing.mjs';", "Cannot find module"),
        ("export const g = (urls) => [];", "my.mjs exports no function f: it exports g"),
        ("export const f = () => [];", "own/f takes no arguments: it gets the array of URLs"),
    ] {
        let named = format!("{}:f", program.write("my.mjs", text));
        let words = ["-b", "2", "-n", "1", "--link", "rtt=0", "--own", &named];
        let ended = program.run(&[&words[..], &BARE].concat());
        assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
        let lines = ended.stderr.lines().collect::<Vec<_>>();
        assert!(ended.stderr.contains("own/f cannot be measured: "), "{}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{}", ended.stderr);
        assert!(lines.len() < 15, "{}", ended.stderr);
        assert!(ended.stdout.is_empty(), "{}", ended.stdout);
    }
    assert!(!program.last_recording().exists(), "a trial was run");
}

#[test]
fn refuses_own_code_in_another_language() {
    let program = Program::new();
    let own = program.write("my.rb", "");
    let ended = program.run(&["--own", &own, "-n", "1"]);
    assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("neither Python (.py) nor JavaScript"), "{}", ended.stderr);
    assert!(ended.stderr.contains("--command 'NAME=PROGRAM {urls}'"), "{}", ended.stderr);
}

#[test]
fn gives_headers_to_javascript_functions_that_take_them() {
    let Some(_) = provision::node() else { return };
    let program = Program::new();
    let keyed = "export async function bad(urls, headers) {\n  \
                 if (JSON.stringify(headers) !== '{\"X-Key\":\"secret\"}') throw new Error('no key');\n  \
                 return good(urls);\n}";
    let words = ["-s", "own/good,own/bad", "-H", "X-Key: secret"];
    let ended = measure(&program, &file(keyed), &words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let before = "caveat: The headers of -H are not sent with own/good. It sends other requests";
    assert!(ended.stderr.contains(before), "{}", ended.stderr);
}

#[test]
fn ctrl_c_during_a_javascript_batch_leaves_no_process() {
    let Some(_) = provision::node() else { return };
    let program = Program::new();
    let loops = file(
        "export async function bad(urls) {\n  const end = Date.now() + 50;\n  \
         while (Date.now() < end);\n  return good(urls);\n}",
    );
    let own = program.write("my.mjs", &loops);
    let words = ["-s", "own/bad", "--own", &own, "--no-controls"];
    let running = Running::start(&program, &words);
    running.interrupt();
    running.interrupt();
    let (code, _) = running.wait();
    assert!(code == Some(130) || code == Some(0), "{code:?}");
}
