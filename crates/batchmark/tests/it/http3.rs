//! HTTP/3: `h3/async` on the endpoint, and both with an implementation that is not ours.

use std::collections::BTreeSet;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use model::http_version::HttpVersion;
use model::trial::Trial;
use rcgen::{CertificateParams, KeyPair};

use crate::provision;
use crate::support::{BARE, OwnEndpoint, Program, columns};

/// The folder of the programs that use another implementation.
const PROGRAMS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/http3");

fn script(python: &Path, name: &str) -> Command {
    let mut command = Command::new(python);
    command.arg(Path::new(PROGRAMS).join(name)).stdin(Stdio::null());
    command
}

#[test]
fn counts_every_stream_of_a_run_also_where_datagrams_get_lost() {
    let program = Program::new();
    let strategies = "h3/async,h3/async:loss=2%";
    let words = ["-s", strategies, "--link", "rtt=2ms,http=3", "-n", "3", "-b", "20"];
    let (ended, recording) = program.record(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let counted: Vec<&Trial> =
        recording.trials.iter().filter(|trial| trial.place().is_some()).collect();
    assert_eq!(counted.len(), 6);
    for trial in counted {
        assert_eq!(columns(trial).failures().count(), 0, "{}", trial.arm);
        let witness = trial.witness.as_ref().expect("the endpoint is the program's own");
        assert_eq!(witness.requests.len(), 20, "{}", trial.arm);
        let [connection] = &witness.connections[..] else { panic!("{:?}", witness.connections) };
        let streams = connection.streams.expect("has streams");
        assert_eq!((streams.http, streams.opened), (HttpVersion::Http3, 20), "{}", trial.arm);
        assert!((1..=20).contains(&streams.most), "{streams:?}");
        assert!(connection.closed.is_some(), "the client says goodbye");
    }
}

#[test]
fn says_which_link_offers_the_only_version_of_a_strategy() {
    let ended = Program::new().run(&["-s", "h3/async", "--link", "http=2"]);
    assert_eq!(ended.code, Some(2), "{}", ended.stderr);
    let sentence =
        "h3/async speaks only HTTP/3, but the endpoint offers HTTP/2: write h3/async:http=3";
    assert!(ended.stderr.contains(sentence), "{}", ended.stderr);
}

#[test]
fn refuses_losses_where_no_datagram_is_sent() {
    for words in [["-s", "ureq/threads:loss=2%"], ["--link", "loss=2%"]] {
        let ended = Program::new().run(&words);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        let sentence = "loss=2% drops datagrams of HTTP/3, and ureq/";
        assert!(ended.stderr.contains(sentence), "{}", ended.stderr);
    }
}

#[test]
fn refuses_urls_that_are_not_encrypted() {
    let words = ["-s", "h3/async", "http://127.0.0.1:9/"];
    let ended = Program::new().run(&[&words[..], &BARE].concat());
    assert_ne!(ended.code, Some(0));
    assert!(ended.stderr.contains("HTTP/3 needs https"), "{}{}", ended.stdout, ended.stderr);
}

#[test]
fn a_client_of_another_implementation_fetches_from_the_endpoint() {
    let Some(python) = provision::python() else { return };
    let program = Program::new();
    let endpoint = OwnEndpoint::start(&program, "rtt=2ms,http=3,body=50kB");
    let (_, port) = endpoint.url.rsplit_once(':').expect("has a port");
    let output = script(&python, "client.py")
        .args([port, &endpoint.certificate, "5"])
        .output()
        .expect("Python starts");
    let stderr = String::from_utf8_lossy(&output.stderr);
    let expected: String = (1..=5).map(|number| format!("30 200 {number}\n")).collect();
    assert_eq!(String::from_utf8_lossy(&output.stdout), expected, "{stderr}");
}

/// A server of another implementation. Dropping it ends the process.
struct OtherServer {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl OtherServer {
    fn start(python: &Path, certificate: &str, key: &str) -> Self {
        let mut child = script(python, "server.py")
            .args([certificate, key])
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let stdout = child.stdout.take().expect("stdout is piped");
        Self { child, lines: BufReader::new(stdout).lines() }
    }

    fn line(&mut self) -> String {
        self.lines.next().expect("there is a line").expect("it is text")
    }
}

impl Drop for OtherServer {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn h3_fetches_from_a_server_of_another_implementation() {
    let Some(python) = provision::python() else { return };
    let program = Program::new();
    let key = KeyPair::generate().expect("a key");
    let names = CertificateParams::new(["127.0.0.1".to_owned()]).expect("is a name");
    let certificate = names.self_signed(&key).expect("a certificate");
    let certificate = program.write("certificate.pem", &certificate.pem());
    let key = program.write("key.pem", &key.serialize_pem());
    let mut server = OtherServer::start(&python, &certificate, &key);
    let url = format!("https://127.0.0.1:{}/items/[1-3]", server.line());
    let words = ["-s", "h3/async", "-n", "1", "-b", "3", "--cacert", &certificate, &url];
    let ended = program.run(&[&words[..], &BARE].concat());
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    // A pilot and a block.
    let mut paths: Vec<String> = (0..6).map(|_| server.line()).collect();
    paths.sort();
    assert_eq!(paths, [1, 1, 2, 2, 3, 3].map(|item| format!("/items/{item}")));
}

#[test]
fn python_libraries_send_each_item_as_a_stream_of_http3() {
    let Some(python) = provision::python() else { return };
    let python = python.to_str().expect("a plain path");
    let strategies = "niquests/sequential:http=3,niquests/threads:http=3,niquests/async:http=3,\
                      pycurl/multi:http=3,curl_cffi/async:http=3";
    let link = ["--link", "rtt=2ms,http=3", "-n", "2", "-b", "6", "--python", python];
    let words = [&["-s", strategies][..], &link, &BARE].concat();
    let (ended, recording) = Program::new().record(&words);
    assert_eq!(ended.code, Some(0), "{}{}", ended.stdout, ended.stderr);
    let counted = recording.trials.iter().filter(|trial| trial.place().is_some());
    for trial in counted {
        assert_eq!(columns(trial).failures().count(), 0, "{}", trial.arm);
        let witness = trial.witness.as_ref().expect("the endpoint is the program's own");
        let opened: u64 = witness
            .used_connections()
            .map(|row| {
                let streams = row.streams.expect("has streams");
                assert_eq!(streams.http, HttpVersion::Http3, "{}", trial.arm);
                streams.opened
            })
            .sum();
        assert_eq!((opened, witness.requests.len()), (6, 6), "{}", trial.arm);
        let paths: BTreeSet<&str> = witness.requests.iter().map(|row| row.path.as_str()).collect();
        assert_eq!(paths.len(), 6, "{}: {paths:?}", trial.arm);
    }
}

#[test]
fn says_that_the_endpoint_must_offer_the_version_that_is_asked_for() {
    let Some(python) = provision::python() else { return };
    let python = python.to_str().expect("a plain path");
    for strategy in ["niquests/async", "pycurl/multi", "curl_cffi/async"] {
        let asked = format!("{strategy}:http=3");
        let ended = Program::new().run(&["-s", &asked, "--python", python]);
        assert_eq!(ended.code, Some(2), "{}", ended.stderr);
        let sentence = format!(
            "{strategy}:http=3 asks for HTTP/3, but the endpoint offers HTTP/1.1: add --link http=3"
        );
        assert!(ended.stderr.contains(&sentence), "{}", ended.stderr);
    }
}
