//! Secrets: whatever a run writes or leaves behind is searched for them, however they are written.
//!
//! To cover something new, let a run of `leaves_no_secret_behind` write it: every file below the
//! program's folders is searched.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use report::export::Format;

use crate::exports::every_format;
use crate::provision;
use crate::python::python_or_return;
use crate::support::{BARE, Ended, Program, Server};

const FINE: &str = "HTTP/1.1 200 OK\r\nContent-Length: 4\r\nConnection: close\r\n\r\nfine";
const MISSING: &str = "HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\nSet-Cookie: sid=cookie-of-the-server\r\nConnection: close\r\n\r\nnone";

/// Each is sent in its own place.
const BEARER: &str = "bearer/token+to\"ken";
const COOKIE: &str = "cookie-of-the-client";
const API_KEY: &str = "api key&value";
const NAMED: &str = "named-by-the-user";
const IN_BODY: &str = "pass\\word in the body";
const IN_COMMAND: &str = "token-of-the-command";
const SECRETS: [&str; 7] =
    [BEARER, COOKIE, API_KEY, NAMED, IN_BODY, IN_COMMAND, "cookie-of-the-server"];

/// What a run wrote, and the program whose folders it wrote to.
struct Left<'a> {
    program: &'a Program,
    ended: Ended,
}

impl Left<'_> {
    /// Everything that the run left behind, with a name for each.
    fn all(&self) -> Vec<(String, Vec<u8>)> {
        let mut all = vec![
            ("stdout".to_owned(), self.ended.stdout.clone().into_bytes()),
            ("stderr".to_owned(), self.ended.stderr.clone().into_bytes()),
        ];
        let recording = self.program.file("saved.jsonl");
        let recording = recording.to_str().expect("a plain path");
        let files = Format::ALL.map(|format| format!("--{format}"));
        let files = files.iter().map(|option| vec!["report", recording, option, "-"]);
        let compared = ["--markdown", "--json"];
        let compared = compared.map(|option| vec!["compare", recording, recording, option, "-"]);
        let full = vec!["report", recording, "--full"];
        for words in files.chain(compared).chain([full, vec!["compare", recording, recording]]) {
            let report = self.program.run(&words);
            all.push((words.join(" "), report.stdout.into_bytes()));
            all.push((format!("stderr of {}", words.join(" ")), report.stderr.into_bytes()));
        }
        add_files(&self.program.file(""), &mut all);
        all
    }

    /// Fails if anything that was left contains a secret in any form.
    fn assert_without(&self, secrets: &[&str]) {
        let forms: Vec<String> = secrets.iter().flat_map(|secret| forms(secret)).collect();
        for (name, content) in self.all() {
            // Bytes that are no UTF-8 are in no secret.
            let text = String::from_utf8_lossy(&content);
            for form in &forms {
                assert!(!text.contains(form), "{form:?} is in {name}:\n{text}");
            }
        }
    }
}

/// The files below a folder, except what a test wrote itself.
fn add_files(folder: &Path, all: &mut Vec<(String, Vec<u8>)>) {
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let is_own = path.extension().is_some_and(|end| end == "py" || end == "given");
        if path.is_dir() {
            add_files(&path, all);
        } else if !is_own {
            all.push((path.display().to_string(), fs::read(&path).expect("is readable")));
        }
    }
}

/// A secret as it is, percent-encoded in several ways, in base64 and as JSON.
fn forms(secret: &str) -> Vec<String> {
    let percent = |keep: &[u8]| -> String {
        let encode = |byte: u8| match byte {
            b if b.is_ascii_alphanumeric() || keep.contains(&b) => char::from(b).to_string(),
            b => format!("%{b:02X}"),
        };
        secret.bytes().map(encode).collect()
    };
    let encoded = [percent(b"-._~"), percent(b"-._~/+&"), percent(b"-._~!$&'()*+,;=:@/?")];
    let lower = encoded.iter().map(|text| text.to_lowercase()).collect::<Vec<_>>();
    let json = serde_json::to_string(secret).expect("is text");
    let mut forms = vec![
        secret.to_owned(),
        secret.replace(' ', "+"),
        base64(secret.as_bytes()),
        base64(secret.as_bytes()).trim_end_matches('=').to_owned(),
        json.trim_matches('"').to_owned(),
    ];
    forms.extend(encoded);
    forms.extend(lower.into_iter().filter(|text| text.contains('%')));
    forms
}

fn base64(bytes: &[u8]) -> String {
    use base64::Engine;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

/// Runs the program with all secrets, its temporary files below its own folder.
fn run<'a>(program: &'a Program, words: &[&str]) -> Left<'a> {
    let temporary = program.file("tmp");
    fs::create_dir_all(&temporary).expect("is made");
    let save = program.file("saved.jsonl");
    let plain = |path: &Path| path.to_str().expect("a plain path").to_owned();
    let (save, temporary) = (plain(&save), plain(&temporary));
    let files = every_format(program, "files");
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    let output = ["-n", "2", "-b", "2", "--full", "--save", &save];
    let words = [words, &output, &files, &BARE].concat();
    let ended = program.run_with(&[("TMPDIR", &temporary)], &words);
    Left { program, ended }
}

/// The arguments with all secrets that every client sends.
fn with_secrets(address: &str) -> Vec<String> {
    let headers = [
        format!("Authorization: Bearer {}", BEARER),
        format!("Cookie: a=1; session={COOKIE}"),
        format!("X-Api-Key: {API_KEY}"),
        format!("X-Mine: {NAMED}"),
    ];
    let headers = headers.into_iter().flat_map(|header| ["-H".to_owned(), header]);
    let body = format!("{{\"password\": {}}}", serde_json::to_string(IN_BODY).expect("is text"));
    let path = "todos/[1-2]?api_key=api%20key%26value&mine=named-by-the-user";
    let others = ["-d", &body, "--secret", "x-mine", "--secret", "mine"].map(str::to_owned);
    headers.chain(others).chain([format!("http://{address}/{path}")]).collect()
}

fn words(given: &[String]) -> Vec<&str> {
    given.iter().map(String::as_str).collect()
}

#[test]
fn leaves_no_secret_of_built_in_clients_behind() {
    for answer in [FINE, MISSING] {
        let server = Server::answering(answer);
        let program = Program::new();
        let given = with_secrets(&server.address);
        let left =
            run(&program, &[&words(&given)[..], &["-s", "sequential,threads,async"]].concat());
        let head = server.heads.recv().expect("was asked").to_lowercase();
        assert!(head.contains("authorization: bearer bearer/token+to\"ken"), "{head}");
        assert!(head.contains("api%20key%26value&mine=named-by-the-user"), "{head}");
        assert!(head.contains("pass\\\\word in the body"), "{head}");
        left.assert_without(&SECRETS);
        assert!(left.ended.stdout.contains("?api_key=***"), "{}", left.ended.stdout);
    }
}

#[test]
fn leaves_no_secret_of_an_unreachable_server_behind() {
    let program = Program::new();
    let given = with_secrets("127.0.0.1:1");
    let left = run(&program, &[&words(&given)[..], &["-s", "sequential,async"]].concat());
    assert_eq!(left.ended.code, Some(3), "{}", left.ended.stderr);
    left.assert_without(&SECRETS);
}

#[test]
fn leaves_no_secret_of_python_and_node_clients_behind() {
    let python = python_or_return!();
    let mut strategies = "requests/sequential,urllib3/threads,aiohttp/async,httpx/async".to_owned();
    if provision::node().is_some() {
        strategies += ",fetch/sequential";
    }
    for answer in [FINE, MISSING] {
        let server = Server::answering(answer);
        let program = Program::new();
        let given = with_secrets(&server.address);
        let clients = ["-s", &strategies, "--python", &python];
        let left = run(&program, &[&words(&given)[..], &clients].concat());
        let Ended { code, stdout, stderr } = &left.ended;
        assert_eq!(*code, Some(i32::from(answer == MISSING)), "{stdout}{stderr}");
        left.assert_without(&SECRETS);
    }
}

#[test]
fn leaves_no_secret_that_own_code_prints_or_raises_behind() {
    let python = python_or_return!();
    let server = Server::answering(FINE);
    let program = Program::new();
    let own = program.write(
        "own.py",
        "import base64, os, sys, urllib.parse, batchmark\n\n\
         @batchmark.strategy\ndef prints(urls):\n    \
         value = urllib.parse.unquote(urls[0].split('api_key=')[1].split('&')[0])\n    \
         for text in [value * 900, urls, value, repr(value), base64.b64encode(value.encode())]:\n        \
         print(text, file=sys.stderr)\n    \
         print('Authorization: Bearer hard-coded-in-the-file', file=sys.stderr)\n    \
         sys.stderr.flush()\n    os._exit(3)\n\n\
         @batchmark.strategy\ndef raises(urls):\n    raise ValueError(urls[1], 'named-by-the-user')\n",
    );
    let url = format!("http://{}/[1-2]?api_key=api%20key%26value&mine={NAMED}", server.address);
    let words = ["--own", &own, "--python", &python, "-s", "own/prints,own/raises", &url];
    let left = run(&program, &[&words[..], &["--secret", "mine"]].concat());
    assert_eq!(left.ended.code, Some(1), "{}{}", left.ended.stdout, left.ended.stderr);
    left.assert_without(&[API_KEY, NAMED, "hard-coded-in-the-file"]);
}

#[test]
fn leaves_no_secret_of_a_command_behind() {
    let server = Server::answering(FINE);
    let program = Program::new();
    let seen = program.file("seen");
    // The command copies what others could read while it runs: temporary files, the arguments and
    // the environment of its driver.
    let command = format!(
        "snoop=sh -c 'mkdir -p {0}; cp -r \"$TMPDIR\"/. {0}; cp /proc/$PPID/cmdline /proc/$PPID/environ {0}; \
         echo \"$0 $@\" >&2; exit 3' 'Authorization: Bearer {IN_COMMAND}' {{urls}}",
        seen.display()
    );
    let url = format!("http://{}/[1-2]?api_key=api%20key%26value", server.address);
    let left = run(&program, &["--command", &command, "-s", "command/snoop", &url]);
    assert!(seen.join("cmdline").is_file(), "{}", left.ended.stdout);
    assert!(
        left.ended.stdout.contains("exited with 3: Authorization: ***"),
        "{}",
        left.ended.stdout
    );
    left.assert_without(&[API_KEY, IN_COMMAND]);
}

/// A user name and a password, and their forms in a URL and in base64.
const USERINFO: [&str; 3] =
    ["password/of the user", "a-long-user-name", "a-long-user-name:password/of the user"];

#[test]
fn leaves_no_user_name_and_password_behind() {
    let python = python_or_return!();
    for answer in [FINE, MISSING] {
        let server = Server::answering(answer);
        let program = Program::new();
        let own = program.write(
            "own.py",
            "import sys, batchmark\n\n@batchmark.strategy\ndef raises(urls):\n    \
             print(urls, file=sys.stderr)\n    raise ValueError(urls[0])\n\n\
             @batchmark.strategy\ndef prints(urls, headers):\n    \
             print(headers, file=sys.stderr, flush=True)\n    import os; os._exit(3)\n",
        );
        let url =
            format!("http://a-long-user-name:password%2Fof%20the%20user@{}/[1-2]", server.address);
        let arms = "sequential,async,requests/sequential,command/echo,own/raises,own/prints";
        let command = "echo=sh -c 'echo \"$@\" >&2; exit 3' x {headers} {urls}";
        let words = ["-s", arms, "--python", &python, "--own", &own, "--command", command, &url];
        let left = run(&program, &words);
        let head = server.heads.recv().expect("was asked");
        let expected = format!("Basic {}", base64(USERINFO[2].as_bytes()));
        assert!(head.contains(&expected), "{head}");
        assert_eq!(left.ended.code, Some(1), "{}{}", left.ended.stdout, left.ended.stderr);
        left.assert_without(&USERINFO);
    }
}

#[test]
fn leaves_no_secret_of_wrong_arguments_behind() {
    let program = Program::new();
    for (words, code) in [
        (&["http://user:pass-of-the-user@h/[1-3"][..], 2),
        (&["ftp://user:pass-of-the-user@h/"], 2),
        (&["http://user:pass-of-the-user/x@h/"], 2),
        (&["http://user:pass-of-the-user@h:0/?token=pass-of-the-user"], 2),
        (&["http://h/", "-H", "pass-of-the-user"], 2),
        (&["http://h/", "-H", "Cookie: pass-of-the-user", "-s", "pass-of-the-user"], 2),
        (&["http://h/", "--command", "x=curl -u a:pass-of-the-user"], 2),
    ] {
        let ended = program.run(words);
        assert_eq!(ended.code, Some(code), "{words:?}: {}", ended.stderr);
        let output = ended.stdout + &ended.stderr;
        assert!(!output.contains("pass-of-the-user"), "{words:?}: {output}");
    }
}

#[test]
fn only_the_owner_reads_a_recording() {
    let program = Program::new();
    let file = program.write("saved.jsonl", "readable by everybody");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("it is ours");
    let server = Server::answering(FINE);
    let url = format!("http://{}/", server.address);
    let words = ["-n", "1", "-b", "1", "-s", "sequential", &url];
    for save in [&["--save", &file][..], &[]] {
        let ended = program.run(&[&words[..], save, &BARE].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
    }
    for path in [program.file("saved.jsonl"), program.last_recording()] {
        let mode = fs::metadata(&path).expect("is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", path.display());
    }
    assert!(fs::read_to_string(&file).expect("is readable").starts_with("{\"line\":\"header\""));
}

#[test]
fn equal_secrets_have_equal_marks_in_all_recordings_of_a_user() {
    let server = Server::answering(FINE);
    let url = format!("http://{}/", server.address);
    let program = Program::new();
    let header = |key: &str| {
        let header = format!("X-Api-Key: {key}");
        let words = ["-n", "1", "-b", "1", "-s", "sequential", "-H", &header, &url];
        let (ended, recording) = program.record(&[&words[..], &BARE].concat());
        assert_eq!(ended.code, Some(0), "{}", ended.stderr);
        let plan = recording.plan.expect("has a plan");
        plan.targets[0].target.headers[0].value.clone()
    };
    let first = header("abcdefgh");
    assert!(first.starts_with("***") && first.len() == 11, "{first}");
    assert_eq!(header("abcdefgh"), first);
    assert_ne!(header("abcdefgi"), first);
}
