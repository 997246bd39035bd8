//! Servers with scripted answers: they read one request at a time and follow the script.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use host::clock::now;
use model::time::Moment;
use rcgen::{BasicConstraints, Certificate, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{HandshakeKind, ServerConfig, ServerConnection, StreamOwned};
use rustls_pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use test_support::{wait_for, wait_until};

/// What a server does after each request.
#[derive(Clone, Copy)]
pub(crate) enum Script {
    /// Answers with these bytes and waits for the next request.
    Answer(&'static str),
    /// Sends these bytes and ends the connection.
    AnswerAndClose(&'static str),
    /// Sends the bytes of interim responses, and the final response a while later.
    AnswerAfter(&'static str),
    /// Never answers, and keeps the connection open.
    Hang,
}

pub(crate) const TODO: Script = Script::Answer(FINAL);

const FINAL: &str = "HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n{\"id\":1}";

/// A server on a port of its own.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    log: Arc<ServerLog>,
    authority: Option<tempfile::NamedTempFile>,
}

/// What a server has seen.
#[derive(Default)]
struct ServerLog {
    connections: AtomicUsize,
    full: AtomicUsize,
    resumed: AtomicUsize,
    requests: Mutex<Vec<String>>,
    /// When each final response that followed an interim one began.
    answered: Mutex<Vec<Moment>>,
}

impl Server {
    pub(crate) fn plain(script: Script) -> Self {
        let log = Arc::new(ServerLog::default());
        let observer = Arc::clone(&log);
        let address = listen(move |stream| play(stream, script, &observer));
        Self { address, log, authority: None }
    }

    /// A server that sends these bytes to every client, ignores requests, and hangs up.
    pub(crate) fn greeting(bytes: &'static [u8]) -> Self {
        let address = listen(move |mut stream| {
            stream.write_all(bytes).expect("the client is there");
            stream.shutdown(Shutdown::Write).expect("the client is there");
            // Reads what the client sends, so that the connection is not reset before the client reads.
            while stream.read(&mut [0; 64]).is_ok_and(|bytes| bytes > 0) {}
        });
        Self { address, log: Arc::default(), authority: None }
    }

    /// A TLS server for `localhost` with a self-signed certificate.
    pub(crate) fn tls(script: Script) -> Self {
        Self::self_signed(script, &["localhost"], |_| {})
    }

    /// A TLS server for `names` with a self-signed certificate, whose parameters are adjusted.
    pub(crate) fn self_signed(
        script: Script,
        names: &[&str],
        adjust: fn(&mut CertificateParams),
    ) -> Self {
        let parameters = parameters(names, adjust);
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters.self_signed(&key).expect("a certificate");
        Self::presenting(&certificate, &key, script)
    }

    /// A TLS server for `localhost` whose certificate an authority has issued. Its file of trusted
    /// certificates holds the server's certificate, and not the authority's.
    pub(crate) fn issued(script: Script) -> Self {
        let authority = KeyPair::generate().expect("a key");
        let issuer = Issuer::new(parameters(&[], as_authority), authority);
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters(&["localhost"], name_subject).signed_by(&key, &issuer);
        Self::presenting(&certificate.expect("a certificate"), &key, script)
    }

    /// A TLS server for `localhost` whose certificate is an authority's, issued by the authority in its
    /// file of trusted certificates.
    pub(crate) fn authority_issued_by_a_trusted_one(script: Script) -> Self {
        let root = KeyPair::generate().expect("a key");
        let trusted = parameters(&[], as_authority).self_signed(&root).expect("a certificate");
        let issuer = Issuer::new(parameters(&[], as_authority), root);
        let key = KeyPair::generate().expect("a key");
        let parameters = parameters(&["localhost"], |parameters| {
            as_authority(parameters);
            name_subject(parameters);
        });
        let certificate = parameters.signed_by(&key, &issuer).expect("a certificate");
        let mut server = Self::presenting(&certificate, &key, script);
        let mut file = tempfile::NamedTempFile::new().expect("a file");
        file.write_all(trusted.pem().as_bytes()).expect("is written");
        server.authority = Some(file);
        server
    }

    /// A TLS server for `localhost` that agrees to no other protocol than HTTP/2.
    pub(crate) fn http2_only(script: Script) -> Self {
        let key = KeyPair::generate().expect("a key");
        let certificate = parameters(&["localhost"], |_| {}).self_signed(&key);
        Self::offering(&["h2"], &certificate.expect("a certificate"), &key, script)
    }

    fn presenting(certificate: &Certificate, key: &KeyPair, script: Script) -> Self {
        Self::offering(&[], certificate, key, script)
    }

    fn offering(
        protocols: &[&str],
        certificate: &Certificate,
        key: &KeyPair,
        script: Script,
    ) -> Self {
        let mut authority = tempfile::NamedTempFile::new().expect("a file");
        authority.write_all(certificate.pem().as_bytes()).expect("is written");
        let key = PrivatePkcs8KeyDer::from(key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("TLS 1.2 and 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![certificate.der().clone()], PrivateKeyDer::from(key))
            .expect("the key is the certificate's");
        config.alpn_protocols = protocols.iter().map(|name| name.as_bytes().to_vec()).collect();
        let config = Arc::new(config);
        let log = Arc::new(ServerLog::default());
        let observer = Arc::clone(&log);
        let address = listen(move |stream| {
            let connection = ServerConnection::new(Arc::clone(&config)).expect("a connection");
            let mut stream = StreamOwned::new(connection, stream);
            play(&mut stream, script, &observer);
            let kind = match stream.conn.handshake_kind() {
                Some(HandshakeKind::Resumed) => &observer.resumed,
                _ => &observer.full,
            };
            kind.fetch_add(1, Ordering::SeqCst);
        });
        Self { address, log, authority: Some(authority) }
    }

    pub(crate) fn url(&self, path: &str) -> String {
        match &self.authority {
            Some(_) => format!("https://localhost:{}{path}", self.address.port()),
            None => format!("http://{}{path}", self.address),
        }
    }

    pub(crate) fn authority(&self) -> PathBuf {
        self.authority.as_ref().expect("a TLS server").path().to_owned()
    }

    pub(crate) fn connections(&self) -> usize {
        self.log.connections.load(Ordering::SeqCst)
    }

    /// The numbers of full and of resumed handshakes, after every connection has ended.
    pub(crate) fn handshakes(&self) -> (usize, usize) {
        wait_for("every connection has ended", || {
            let full = self.log.full.load(Ordering::SeqCst);
            let resumed = self.log.resumed.load(Ordering::SeqCst);
            (full + resumed == self.connections()).then_some((full, resumed))
        })
    }

    /// Waits for the first request.
    pub(crate) fn wait_for_request(&self) {
        wait_until("the server has read a request", || !self.requests().is_empty());
    }

    /// When the last final response that followed an interim one began.
    pub(crate) fn last_answered(&self) -> Option<Moment> {
        self.log.answered.lock().expect("not poisoned").last().copied()
    }

    /// The requests seen so far, head and body.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.log.requests.lock().expect("not poisoned").clone()
    }
}

/// Marks a certificate as an authority's, as `openssl req -x509` does.
pub(crate) fn as_authority(parameters: &mut CertificateParams) {
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
}

/// Names the subject otherwise than the issuer, whose name is rcgen's default.
fn name_subject(parameters: &mut CertificateParams) {
    parameters.distinguished_name.push(DnType::CommonName, "localhost");
}

fn parameters(names: &[&str], adjust: fn(&mut CertificateParams)) -> CertificateParams {
    let names: Vec<String> = names.iter().copied().map(str::to_owned).collect();
    let mut parameters = CertificateParams::new(names).expect("names for a certificate");
    adjust(&mut parameters);
    parameters
}

/// An address where no server listens.
pub(crate) fn unused_address() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    listener.local_addr().expect("its address")
}

fn listen(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let address = listener.local_addr().expect("its address");
    let serve = Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = Arc::clone(&serve);
            stream.set_nodelay(true).expect("a TCP option");
            std::thread::spawn(move || serve(stream));
        }
    });
    address
}

fn play(mut stream: impl Read + Write, script: Script, log: &ServerLog) {
    log.connections.fetch_add(1, Ordering::SeqCst);
    while let Some(request) = read_request(&mut stream) {
        log.requests.lock().expect("not poisoned").push(request);
        match script {
            Script::Answer(answer) => {
                if stream.write_all(answer.as_bytes()).is_err() {
                    return;
                }
            }
            Script::AnswerAndClose(answer) => {
                let _ = stream.write_all(answer.as_bytes());
                return;
            }
            Script::AnswerAfter(interim) => {
                let _ = stream.write_all(interim.as_bytes());
                std::thread::sleep(Duration::from_millis(20));
                log.answered.lock().expect("not poisoned").push(now());
                let _ = stream.write_all(FINAL.as_bytes());
            }
            Script::Hang => {}
        }
    }
}

/// Reads a head and a body of the announced length.
fn read_request(stream: &mut impl Read) -> Option<String> {
    let mut request = Vec::new();
    let mut byte = [0];
    while !request.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        request.push(byte[0]);
    }
    let head = String::from_utf8(request).ok()?;
    let length = head
        .lines()
        .filter_map(|line| line.split_once(':'))
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"))
        .map_or(0, |(_, value)| value.trim().parse().expect("a length"));
    let mut body = vec![0; length];
    stream.read_exact(&mut body).ok()?;
    Some(head + &String::from_utf8(body).ok()?)
}
