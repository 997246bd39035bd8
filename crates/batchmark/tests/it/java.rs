//! Java's java.net.http, measured with the JDK that is installed here.

use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, ChildStdout, Command, Stdio};

use model::failure::FailureKind;

use crate::provision;
use crate::support::{BARE, Program, columns};

#[test]
fn the_java_driver_passes_driver_check() {
    let Some(java) = provision::java() else { return };
    let program = Program::new();
    // The check starts many processes, none of which runs for long.
    let options = provision::JAVA_BRIEFLY.join(" ");
    let java = program.script("java", &format!("#!/bin/sh\nexec {java} {options} \"$@\"\n"));
    let ended = program.run(&["driver-check", "--host", "java", "--java", &java]);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    assert!(!ended.stdout.contains("WRONG"), "{}", ended.stdout);
    for name in ["java/async: ", "java/threads: "] {
        assert!(ended.stdout.contains(name), "{name} is not checked: {}", ended.stdout);
    }
}

#[test]
fn a_run_measures_both_strategies_over_tls_and_sees_their_sockets() {
    let Some(_) = provision::java() else { return };
    let program = Program::new();
    let words = ["-s", "java/async,java/threads", "-b", "4", "-n", "2"];
    let (ended, recording) = program.record(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    for trial in recording.trials.iter().filter(|trial| trial.place().is_some()) {
        let columns = columns(trial);
        assert_eq!(columns.status, Some(vec![Some(200); 4]), "{}", trial.arm);
        assert_eq!(columns.worker.is_some(), trial.arm.0.contains("threads"), "{}", trial.arm);
        let seen = trial.socket.as_deref().expect("the socket witness is on");
        let endpoint = trial.witness.as_ref().expect("the endpoint saw it");
        assert_eq!(seen.requests.len(), endpoint.requests.len(), "{}", trial.arm);
    }
}

#[test]
fn the_java_driver_sends_a_get_as_users_do() {
    let Some(java) = provision::java() else { return };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
    let url = format!("http://{}/x", listener.local_addr().expect("its address"));
    let server = std::thread::spawn(move || {
        let (stream, _) = listener.accept().expect("a client");
        let lines = BufReader::new(&stream).lines().map_while(Result::ok);
        let head: Vec<String> = lines.take_while(|line| !line.is_empty()).collect();
        let answer = b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc";
        (&stream).write_all(answer).expect("is sent");
        head
    });
    let mut driver = Driver::start(java);
    let prepare = serde_json::json!({
        "op": "prepare", "strategy": "java/async", "conditions": {}, "trace": true,
        "target": {
            "requests": [{ "method": "GET", "url": url }],
            "headers": [{ "name": "Host", "value": "api.example" }],
            "trust": { "roots": "default" },
            "checks": { "statuses": [200], "min_bytes": 3 },
            "time_limit": 20_000_000_000_u64,
        },
    });
    assert_eq!(driver.ask(prepare.to_string().as_bytes())["op"], "ready");
    let reply = driver.ask(br#"{"op":"trial","id":1,"requests":1,"warm_up":false}"#);
    assert_eq!(reply["columns"]["bytes"], serde_json::json!([3]), "{reply}");
    let head = server.join().expect("it answered");
    assert_eq!(head[0], "GET /x HTTP/1.1");
    assert!(head.contains(&"Host: api.example".to_owned()), "{head:?}");
    assert!(head.contains(&"Upgrade: h2c".to_owned()), "HTTP/2 is offered: {head:?}");
}

/// The driver as its runner sees it.
struct Driver {
    process: Child,
    output: BufReader<ChildStdout>,
}

impl Driver {
    fn start(java: &str) -> Self {
        let mut process = Command::new(java)
            .args(provision::JAVA_BRIEFLY)
            .args(["Host.java", "conditions.json"])
            .current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../../drivers/java"))
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("it starts");
        let output = BufReader::new(process.stdout.take().expect("is piped"));
        Self { process, output }
    }

    fn ask(&mut self, line: &[u8]) -> serde_json::Value {
        let input = self.process.stdin.as_mut().expect("is piped");
        input.write_all(&[line, b"\n"].concat()).expect("it reads");
        let mut reply = String::new();
        self.output.read_line(&mut reply).expect("it answers");
        serde_json::from_str(&reply).expect("the answer is JSON")
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        drop(self.process.stdin.take());
        let _ = self.process.wait();
    }
}

#[test]
fn the_java_driver_reads_json_strictly() {
    let Some(java) = provision::java() else { return };
    let mut driver = Driver::start(java);
    let deep = "[".repeat(5000);
    let wrong: [&[u8]; 26] = [
        b"{",
        b"}",
        b"[]",
        b"null",
        b"1",
        b"\"op\"",
        b"{} {}",
        b"{\"op\":\"hello\",}",
        b"{\"op\" \"hello\"}",
        b"{op:1}",
        b"{'op':1}",
        b"{\"op\":\"hello\",\"op\":\"quit\"}",
        b"{\"op\":\"hello\",\"protocol\":01}",
        b"{\"op\":\"hello\",\"protocol\":+1}",
        b"{\"op\":\"hello\",\"protocol\":1.}",
        b"{\"op\":\"hello\",\"protocol\":.5}",
        b"{\"op\":\"hello\",\"protocol\":1e}",
        b"{\"op\":\"hello\",\"protocol\":1.0}",
        b"{\"op\":\"hello\",\"protocol\":NaN}",
        b"{\"op\":\"hello\",\"protocol\":nul}",
        b"{\"op\":\"hel\\lo\"}",
        b"{\"op\":\"\\u12g4\"}",
        b"{\"op\":\"a\tb\"}",
        b"{\"op\":\"hello",
        b"{\"op\":\"\xff\"}",
        deep.as_bytes(),
    ];
    for line in wrong {
        let reply = driver.ask(line);
        let shown = String::from_utf8_lossy(line);
        assert_eq!(reply["kind"], "bad_command", "{shown}: {reply}");
    }
    let right = " {\t\"op\" : \"h\\u0065llo\", \"new\": [{}, [1, -0.5e+3, \"\\ud83d\\ude00\", null, true]], \"protocol\":1 } \r";
    assert_eq!(driver.ask(right.as_bytes())["op"], "hello");
}

#[test]
fn the_java_driver_names_a_host_that_cannot_be_resolved() {
    let Some(_) = provision::java() else { return };
    let program = Program::new();
    let words = ["-s", "java/async,java/threads", "-n", "1", "http://unknown.invalid/{1..2}"];
    let (_, recording) = program.record(&[&words[..], &BARE].concat());
    let kinds: Vec<FailureKind> = recording
        .trials
        .iter()
        .flat_map(|trial| columns(trial).failures().map(|failure| failure.kind))
        .collect();
    assert!(!kinds.is_empty() && kinds.iter().all(|kind| *kind == FailureKind::Dns), "{kinds:?}");
}

#[test]
fn a_run_names_a_java_that_is_missing_or_has_no_compiler() {
    let program = Program::new();
    let ended = program.run(&["-s", "java/async", "--java", "/nonexistent/java"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    assert!(ended.stderr.contains("there is no program /nonexistent/java"), "{}", ended.stderr);
    assert!(ended.stderr.contains("apt install default-jdk-headless"), "{}", ended.stderr);
    let runtime_only = "#!/bin/sh\necho 'Module jdk.compiler not found' >&2\nexit 1\n";
    let runtime_only = program.script("java", runtime_only);
    let ended = program.run(&["-s", "java/async", "--java", &runtime_only]);
    assert_eq!(ended.code, Some(2), "{}{}", ended.stdout, ended.stderr);
    assert!(ended.stderr.contains("Module jdk.compiler not found"), "{}", ended.stderr);
}
