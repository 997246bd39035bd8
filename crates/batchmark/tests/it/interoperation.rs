//! HTTP/2 with implementations that are not ours: our strategies on nginx and nghttpd, and nghttp, h2load and curl on
//! the embedded endpoint. What the other side writes about the exchanges is compared with what was made.

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use rcgen::{BasicConstraints, CertificateParams, IsCa, KeyPair};
use tempfile::TempDir;
use test_support::wait_until;

use crate::provision;
use crate::support::{BARE, OwnEndpoint, Program, succeed};

const REQUESTS: usize = 6;

/// How often each arm makes its batch: once in the pilot, and in one block.
const BATCHES: usize = 2;

/// A server of another implementation that offers HTTP/2 under TLS. Dropping it ends its processes.
struct OtherServer {
    process: Child,
    folder: TempDir,
    port: u16,
}

impl OtherServer {
    /// nginx, which writes a line for each request.
    fn nginx() -> Option<Self> {
        let nginx = provision::nginx()?;
        let (folder, port) = (folder(), free_port());
        let here = folder.path().display();
        let configuration = format!(
            "daemon off; worker_processes 1; pid {here}/pid; error_log {here}/errors crit;
            events {{ worker_connections 256; }}
            http {{
                log_format exchange '$server_protocol $request_method $request_uri $status';
                access_log {here}/transcript exchange; default_type text/plain;
                client_body_temp_path {here}/body; proxy_temp_path {here}/proxy;
                fastcgi_temp_path {here}/fastcgi; uwsgi_temp_path {here}/uwsgi; scgi_temp_path {here}/scgi;
                server {{
                    listen 127.0.0.1:{port} ssl http2; root {here}/files;
                    ssl_certificate {here}/certificate.pem; ssl_certificate_key {here}/key.pem;
                }}
            }}\n"
        );
        let file = folder.path().join("nginx.conf");
        fs::write(&file, configuration).expect("is written");
        let mut command = Command::new(nginx);
        command.arg("-c").arg(file).stdout(Stdio::null());
        Some(Self::start(command, folder, port))
    }

    /// nghttpd, which writes every frame.
    fn nghttpd() -> Option<Self> {
        let nghttpd = provision::nghttp2("nghttpd")?;
        let (folder, port) = (folder(), free_port());
        let file = |name: &str| folder.path().join(name);
        let transcript = fs::File::create(file("transcript")).expect("is created");
        // In a pipe or a file its lines would come in blocks.
        let mut command = Command::new("stdbuf");
        command.args(["-oL", nghttpd, "--verbose", "--address=127.0.0.1", "--htdocs"]);
        command.arg(file("files")).arg(port.to_string());
        command.args([file("key.pem"), file("certificate.pem")]).stdout(transcript);
        Some(Self::start(command, folder, port))
    }

    fn start(mut command: Command, folder: TempDir, port: u16) -> Self {
        let process = command.stdin(Stdio::null()).stderr(Stdio::null()).spawn();
        let process = process.expect("the server starts");
        wait_until("the server listens", || TcpStream::connect(("127.0.0.1", port)).is_ok());
        Self { process, folder, port }
    }

    fn urls(&self) -> String {
        format!("https://127.0.0.1:{}/items/[1-{REQUESTS}]", self.port)
    }

    fn certificate(&self) -> String {
        self.folder.path().join("certificate.pem").to_str().expect("a plain path").to_owned()
    }

    /// What the server has written so far.
    fn transcript(&self) -> String {
        fs::read_to_string(self.folder.path().join("transcript")).unwrap_or_default()
    }

    /// Measures strategies on the server.
    fn measure(&self, strategies: &str, options: &[&str]) -> crate::support::Ended {
        let program = Program::new();
        let words = ["-s", strategies, "-n", "1", "-b", "6"];
        let url = self.urls();
        let words = [&words[..], &BARE, options, &[&url]].concat();
        match provision::node_packages() {
            Some(packages) => program.run_with(&[("NODE_PATH", &packages)], &words),
            None => program.run(&words),
        }
    }
}

impl Drop for OtherServer {
    fn drop(&mut self) {
        // SIGKILL would leave nginx's worker behind.
        let _ = Command::new("kill").arg(self.process.id().to_string()).status();
        let _ = self.process.wait();
    }
}

/// A folder with items to fetch, and a certificate as `openssl req -x509` makes it: self-signed, and marked as an
/// authority's.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().expect("a temporary directory");
    // nginx's worker drops root's rights.
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).expect("it is ours");
    let key = KeyPair::generate().expect("a key");
    let mut made = CertificateParams::new(["127.0.0.1".to_owned()]).expect("is a name");
    made.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let certificate = made.self_signed(&key).expect("a certificate");
    let write = |name: &str, text: &str| write(folder.path(), name, text);
    write("certificate.pem", &certificate.pem());
    write("key.pem", &key.serialize_pem());
    fs::create_dir_all(folder.path().join("files/items")).expect("is made");
    for item in 1..=REQUESTS {
        write(&format!("files/items/{item}"), "an item\n");
    }
    folder
}

fn write(folder: &Path, name: &str, text: &str) {
    fs::write(folder.join(name), text).expect("is written");
}

fn free_port() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    listener.local_addr().expect("has an address").port()
}

/// The strategies that are tested, for which everything is installed, with what they need as options.
fn strategies() -> (Vec<&'static str>, Vec<String>) {
    let mut strategies =
        vec!["hyper/async:http=2", "reqwest/async:http=2", "reqwest/blocking:http=2"];
    let mut options = Vec::new();
    if let Some(python) = provision::python() {
        strategies.extend([
            "httpx/async:http=2",
            "httpx2/async:http=2",
            "pycurl/multi:http=2",
            "curl_cffi/async:http=2",
            "niquests/threads:http=2",
            "niquests/async:http=2",
        ]);
        options.extend(["--python".to_owned(), python.to_str().expect("a plain path").to_owned()]);
    }
    if provision::node().is_some() && provision::node_packages().is_some() {
        strategies.push("undici/request:http=2");
    }
    if provision::go().is_some() {
        strategies.push("go/concurrent:http=2");
    }
    if provision::java().is_some() {
        strategies.push("java/async:http=2");
    }
    (strategies, options)
}

/// Checks that strategies succeed on a server, of whose certificate these words say what to trust.
fn assert_fetched(server: &OtherServer, strategies: &[&str], options: &[String], trust: &[&str]) {
    let options: Vec<&str> =
        options.iter().map(String::as_str).chain(trust.iter().copied()).collect();
    let ended = server.measure(&strategies.join(","), &options);
    assert_eq!(ended.code, Some(0), "{trust:?}: {}{}", ended.stdout, ended.stderr);
}

/// How often each line occurs.
fn counted(lines: impl Iterator<Item = String>) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for line in lines {
        *counts.entry(line).or_default() += 1;
    }
    counts
}

#[test]
fn strategies_fetch_over_http2_from_nginx() {
    let Some(server) = OtherServer::nginx() else { return };
    let (strategies, options) = strategies();
    assert_fetched(&server, &strategies, &options, &["--cacert", &server.certificate()]);
    let times = strategies.len() * BATCHES;
    let expected =
        (1..=REQUESTS).map(|item| (format!("HTTP/2.0 GET /items/{item} 200"), times)).collect();
    assert_eq!(counted(server.transcript().lines().map(str::to_owned)), expected);
}

#[test]
fn strategies_fetch_over_http2_from_nghttpd() {
    let Some(server) = OtherServer::nghttpd() else { return };
    let (strategies, options) = strategies();
    // The certificate is like nginx's: each strategy is tested with one server that it verifies and one that it does not.
    assert_fetched(&server, &strategies, &options, &["-k"]);
    let transcript = server.transcript();
    let paths = transcript.lines().filter_map(|line| line.split_once(") :path: "));
    let times = strategies.len() * BATCHES;
    let expected = (1..=REQUESTS).map(|item| (format!("/items/{item}"), times)).collect();
    assert_eq!(counted(paths.map(|(_, path)| path.to_owned())), expected, "{transcript}");
}

/// The URLs of the first todos on an endpoint.
fn todos(endpoint: &OwnEndpoint) -> Vec<String> {
    (1..=REQUESTS).map(|todo| format!("{}/todos/{todo}", endpoint.url)).collect()
}

#[test]
fn nghttp_fetches_streams_of_one_connection_from_the_endpoint() {
    let Some(nghttp) = provision::nghttp2("nghttp") else { return };
    let endpoint = OwnEndpoint::start(&Program::new(), "rtt=2ms,http=2");
    let transcript = succeed(Command::new(nghttp).arg("-nv").args(todos(&endpoint)));
    assert!(transcript.contains("The negotiated protocol: h2"), "{transcript}");
    let limits = transcript.matches("SETTINGS_MAX_CONCURRENT_STREAMS(0x03):100").count();
    assert!(limits >= 1, "{transcript}");
    assert_eq!(transcript.matches(":status: 200").count(), REQUESTS, "{transcript}");
    let streams = transcript.matches("recv HEADERS frame").count();
    assert_eq!(streams, REQUESTS, "{transcript}");
    assert!(!transcript.contains("RST_STREAM"), "{transcript}");
}

#[test]
fn h2load_fetches_many_streams_from_the_endpoint() {
    let Some(h2load) = provision::nghttp2("h2load") else { return };
    for (link, scheme) in [("rtt=1ms,http=2", "https"), ("rtt=1ms,http=2,tls=off", "http")] {
        let endpoint = OwnEndpoint::start(&Program::new(), link);
        assert!(endpoint.url.starts_with(scheme), "{}", endpoint.url);
        let url = format!("{}/todos/1", endpoint.url);
        let printed =
            succeed(Command::new(h2load).args(["-n", "300", "-c", "3", "-m", "20", &url]));
        let counts = "300 total, 300 started, 300 done, 300 succeeded, 0 failed, 0 errored";
        assert!(printed.contains(counts), "{printed}");
        assert!(printed.contains("Application protocol: h2"), "{printed}");
    }
}

#[test]
fn curl_fetches_over_http2_from_the_endpoint() {
    let Some(curl) = provision::curl() else { return };
    let endpoint = OwnEndpoint::start(&Program::new(), "rtt=2ms,http=2");
    let printed = succeed(
        Command::new(curl)
            .args(["-s", "-Z", "--http2", "--cacert", &endpoint.certificate])
            .args(["-w", "HTTP/%{http_version} %{response_code}\\n"])
            .args(todos(&endpoint).iter().flat_map(|url| ["-o", "/dev/null", url])),
    );
    assert_eq!(printed, "HTTP/2 200\n".repeat(REQUESTS));
}
