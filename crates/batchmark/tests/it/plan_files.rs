//! Plan files, curl commands, completions and the manual page.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::support::{BARE, Program, Server};

/// The options of a run that is as short as can be.
const SHORT: [&str; 6] = ["-s", "ureq/sequential", "-n", "1", "-b", "2"];

#[test]
fn measures_what_a_plan_file_says() {
    let program = Program::new();
    let plan = program.write(
        "plan.toml",
        "batch = 2\nblocks = 2\nno_controls = true\nwarmup = 1\nseed = 9\nlink = { rtt = '1ms', tls = false }\n\
         [[arm]]\nstrategy = 'ureq/threads'\nconditions = { workers = 2 }\n[[arm]]\nstrategy = 'ureq/sequential'\n",
    );
    let (ended, recording) = program.record(&["run", &plan, "-n", "1"]);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    let plan = recording.plan.expect("has a plan");
    assert_eq!((plan.seed, plan.stop.most_blocks()), (9, Some(1)));
    let names: Vec<&str> = plan.arms.iter().map(|arm| arm.name.0.as_str()).collect();
    assert_eq!(names, ["ureq/threads:workers=2@2", "ureq/sequential@2"]);
}

#[test]
fn prints_a_plan_without_measuring() {
    let program = Program::new();
    let words = ["-s", "threads:workers=4", "-b", "4", "-H", "Cookie: a=abcdefgh", "--dry-run"];
    let ended = program.run(&[&words[..], &["http://127.0.0.1:1/[1-4]"]].concat());
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stdout.contains("conditions = { workers = 4 }"), "{}", ended.stdout);
    assert!(!ended.stdout.contains("abcdefgh"), "{}", ended.stdout);
    assert!(!program.last_recording().exists());
    for (wrong, reason) in
        [("thraeds", "unknown strategy"), ("threads:wrokers=4", "has no condition")]
    {
        let ended = program.run(&["-s", wrong, "--dry-run"]);
        assert_eq!((ended.code, ended.stdout.as_str()), (Some(2), ""), "{}", ended.stderr);
        assert!(ended.stderr.contains(reason), "{}", ended.stderr);
    }
    // The secret cannot be sent any more.
    let plan = program.write("plan.toml", &ended.stdout);
    let refused = program.run(&["run", &plan]);
    assert_eq!(refused.code, Some(2));
    assert!(refused.stderr.contains("header: a secret is hidden here"), "{}", refused.stderr);
}

#[test]
fn names_the_line_of_a_bad_plan_file() {
    let program = Program::new();
    let plan = program.write("plan.toml", "seed = 1\nbacth = 4\n");
    for words in [&["run", &plan][..], &[&plan], &["tune", &plan]] {
        let ended = program.run(words);
        assert_eq!(ended.code, Some(2));
        let expected = format!("{plan}, line 2: there is no option \"bacth\": did you mean batch?");
        assert!(ended.stderr.contains(&expected), "{}", ended.stderr);
    }
}

#[test]
fn sends_what_a_curl_command_sends() {
    let program = Program::new();
    let server =
        Server::answering("HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfour");
    let url = format!("http://{}/todos/[1-2]", server.address);
    let words = [&SHORT[..], &BARE, &["--curl", "curl", &url, "-X", "PUT"]].concat();
    let words = [&words[..], &["-b", "session=abcdefgh", "--data-raw", "a=@b", "-s"]].concat();
    let ended = program.run(&words);
    assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    assert!(ended.stderr.contains("-s of curl changes no request: ignored"), "{}", ended.stderr);
    assert!(!ended.stdout.contains("abcdefgh") && !ended.stderr.contains("abcdefgh"));
    let head = server.heads.recv().expect("a request");
    assert!(head.starts_with("PUT /todos/"), "{head}");
    assert!(head.to_lowercase().contains("cookie: session=abcdefgh\r\n"), "{head}");
    assert!(head.ends_with("\r\n\r\na=@b"), "{head}");
}

#[test]
fn refuses_a_curl_option_by_name_and_without_secrets() {
    let program = Program::new();
    let ended =
        program.run(&["--curl", "curl", "http://h/", "-H", "Cookie: a=abcdefgh", "-F", "a=b"]);
    assert_eq!(ended.code, Some(2));
    assert!(ended.stderr.contains("cannot measure -F: "), "{}", ended.stderr);
    assert!(!ended.stderr.contains("abcdefgh"), "{}", ended.stderr);
}

/// Whether a program that reads stdin accepts a text. Nothing where the program is missing.
fn accepts(words: &[&str], text: &str) -> Option<String> {
    let mut child = Command::new(words[0])
        .args(&words[1..])
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .ok()?;
    let mut stdin = child.stdin.take().expect("stdin is piped");
    stdin.write_all(text.as_bytes()).expect("it reads");
    drop(stdin);
    let output = child.wait_with_output().expect("it ends");
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    Some(if output.status.success() { complaints } else { format!("failed: {complaints}") })
}

/// Says that a tool is missing. No shell but bash has to be there.
#[expect(clippy::print_stdout, reason = "a test has no other way to say it")]
pub(crate) fn report_missing(tool: &str) {
    println!("{tool} is missing, so its reading is not tested");
}

#[test]
fn prints_completions_that_shells_read() {
    let program = Program::new();
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = program.run(&["completions", shell]);
        assert_eq!(script.code, Some(0));
        // Not every shell completes an argument that has no name.
        let code =
            if matches!(shell, "bash" | "zsh" | "fish") { "worker_limit" } else { "explain" };
        for word in ["batch-size", "ureq/threads", "path", code] {
            assert!(script.stdout.contains(word), "{shell} lacks {word}");
        }
        if !matches!(shell, "bash" | "zsh" | "fish") {
            continue;
        }
        match accepts(&[shell, "-n"], &script.stdout) {
            None => report_missing(shell),
            Some(complaints) => assert_eq!(complaints, "", "{shell}"),
        }
    }
    // Zsh takes the first word for the first argument of the command, which must be the subcommand.
    let zsh = program.run(&["completions", "zsh"]).stdout;
    let (command, _) = zsh.split_once("_batchmark_commands\"").expect("has subcommands");
    assert!(!command.contains("::urls"), "a subcommand is taken for a URL");
    let ended = program.run(&["completions", "csh"]);
    assert_eq!(ended.code, Some(2));
}

#[test]
fn fish_completes_values_of_options_and_codes() {
    let script = Program::new().run(&["completions", "fish"]).stdout;
    assert!(!script.contains("    or return\n"), "an option without its value ends the completion");
    let completes = |line: &str| {
        let script = format!("{script}complete -C '{line}'\n");
        let ended = Command::new("fish").args(["--no-config", "-c", &script]).output().ok()?;
        Some(String::from_utf8_lossy(&ended.stdout).into_owned())
    };
    for (line, expected) in [
        ("batchmark -s ureq", "ureq/threads"),
        ("batchmark -n 3 --strategy ureq", "ureq/threads"),
        ("batchmark run -s ureq", "ureq/threads"),
        ("batchmark explain worker", "worker_limit"),
    ] {
        match completes(line) {
            None => return report_missing("fish"),
            Some(words) => assert!(words.contains(expected), "{line}: {words}"),
        }
    }
}

#[test]
fn prints_a_manual_page_without_warnings() {
    let page = Program::new().run(&["man"]);
    assert_eq!(page.code, Some(0));
    for word in [".TH batchmark 1", "batch\\-size", "BATCHMARK WHATIF", "BATCHMARK EXPLAIN"] {
        assert!(page.stdout.contains(word), "it lacks {word}");
    }
    match accepts(&["groff", "-man", "-Tutf8", "-Kutf8", "-ww"], &page.stdout) {
        None => report_missing("groff"),
        Some(complaints) => assert_eq!(complaints, ""),
    }
}
