//! HTTP/3, as a client sees it behind a link that delays and drops datagrams.

use std::future::{Future, poll_fn};
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use bytes::{Buf, Bytes};
use h3::client::SendRequest;
use h3::error::{Code, StreamError};
use h3_quinn::OpenStreams;
use http::Request;
use model::endpoint_protocol::{EndpointCommand, EndpointReply};
use model::http_version::HttpVersion;
use model::time::Span;
use model::witness::{Closer, StreamCounts, TlsAgreement};
use quinn::crypto::rustls::QuicClientConfig;
use quinn::{ClientConfig, Connection, Endpoint, VarInt};
use rustls::RootCertStore;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use test_support::wait_until;

use crate::client::{connect, fetch as fetch_over_tcp};
use crate::runner::{Runner, now};
use crate::tls;

/// How long a test waits before it fails.
const DEADLINE: Duration = Duration::from_secs(60);

/// What a request got: its status and its body, or the code of a reset; nothing where the connection took no more.
type Answer = Result<(u16, Vec<u8>), Option<Code>>;

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let deadline = async { tokio::time::timeout(DEADLINE, test).await.expect("in time") };
    runtime.expect("an event loop").block_on(deadline)
}

struct Client {
    endpoint: Endpoint,
    config: ClientConfig,
    address: SocketAddr,
}

/// An open connection, and its sender of requests.
struct Session {
    quic: Connection,
    sender: SendRequest<OpenStreams, Bytes>,
}

impl Client {
    /// A client that trusts this certificate. Must be called on the event loop.
    fn new(port: u16, certificate: &Path) -> Self {
        let mut roots = RootCertStore::empty();
        let certificate = CertificateDer::from_pem_file(certificate).expect("is readable");
        roots.add(certificate).expect("is a certificate");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut tls = rustls::ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("has versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        tls.alpn_protocols = vec![b"h3".to_vec()];
        let tls = QuicClientConfig::try_from(tls).expect("can speak QUIC");
        Self {
            endpoint: Endpoint::client(([127, 0, 0, 1], 0).into()).expect("a socket"),
            config: ClientConfig::new(Arc::new(tls)),
            address: ([127, 0, 0, 1], port).into(),
        }
    }

    async fn open(&self) -> Session {
        let connecting = self.endpoint.connect_with(self.config.clone(), self.address, "127.0.0.1");
        let quic = connecting.expect("a valid name").await.expect("a handshake");
        let connection = h3_quinn::Connection::new(quic.clone());
        let (mut driver, sender) = h3::client::new(connection).await.expect("a session");
        tokio::spawn(async move { poll_fn(|context| driver.poll_close(context)).await });
        Session { quic, sender }
    }
}

impl Session {
    async fn fetch(&self, path: &str) -> Answer {
        let mut sender = self.sender.clone();
        let request = Request::get(format!("https://127.0.0.1{path}")).body(());
        let mut stream = sender.send_request(request.expect("a request")).await.map_err(code)?;
        stream.finish().await.map_err(code)?;
        let status = stream.recv_response().await.map_err(code)?.status().as_u16();
        let mut body = Vec::new();
        while let Some(mut data) = stream.recv_data().await.map_err(code)? {
            body.extend_from_slice(&data.copy_to_bytes(data.remaining()));
        }
        Ok((status, body))
    }

    /// Fetches todos at once; gives their answers in the same order.
    async fn fetch_all(self: &Arc<Self>, numbers: &[u64]) -> Vec<Answer> {
        let fetch = |number: u64| {
            let session = Arc::clone(self);
            tokio::spawn(async move { session.fetch(&format!("/todos/{number}")).await })
        };
        let tasks: Vec<_> = numbers.iter().map(|&number| fetch(number)).collect();
        let mut answers = Vec::new();
        for task in tasks {
            answers.push(task.await.expect("ends"));
        }
        answers
    }
}

fn code(error: StreamError) -> Option<Code> {
    match error {
        StreamError::RemoteTerminate { code, .. } => Some(code),
        StreamError::RemoteClosing { .. } => None,
        error => panic!("{error:?}"),
    }
}

fn statuses(answers: &[Answer]) -> Vec<Option<u16>> {
    answers.iter().map(|answer| answer.as_ref().ok().map(|(status, _)| *status)).collect()
}

/// Opens a session in which todos are fetched at once, and closes it.
async fn fetch_todos(port: u16, certificate: &Path, numbers: &[u64]) -> Vec<Answer> {
    let client = Client::new(port, certificate);
    let session = Arc::new(client.open().await);
    let answers = session.fetch_all(numbers).await;
    session.quic.close(VarInt::from_u32(0x100), b"");
    client.endpoint.wait_idle().await;
    answers
}

#[test]
fn streams_share_a_connection_and_each_has_its_row() {
    let mut runner = Runner::start();
    let certificate = runner.ca_certificate();
    let port = runner.listen("rtt=20ms,http=3,think=3ms,body=50kB");
    let from = now();
    let answers = run(fetch_todos(port, &certificate, &[1, 2, 3, 4, 5]));
    assert_eq!(statuses(&answers), [Some(200); 5]);
    assert!(answers.iter().flatten().all(|(_, body)| body.len() == 50_000));
    let witness = runner.collect(from);
    assert_eq!(witness.connections.len(), 1);
    let connection = &witness.connections[0];
    let counts = StreamCounts { http: HttpVersion::Http3, opened: 5, most: 5, limit: 100 };
    assert_eq!(connection.streams, Some(counts));
    assert_eq!(connection.closed_by, Some(Closer::Client));
    let alpn = Some("h3".to_owned());
    let tls = TlsAgreement { version: "TLSv1.3".to_owned(), resumed: false, alpn };
    assert_eq!(connection.tls, Some(tls));
    // The link never releases early by more than a part of a millisecond.
    let half = Span::from_millis(9);
    assert!(connection.first_byte_hold > Some(half) && connection.handshake_out_hold > Some(half));
    assert!(connection.handshake_in_hold > Some(half));
    assert!(connection.accepted < connection.handshake_out.expect("was written"));
    assert!(connection.handshake_out < connection.handshake_in);
    assert_eq!(witness.requests.len(), 5);
    for (number, row) in (1..).zip(&witness.requests) {
        assert_eq!(row.path, format!("/todos/{number}"));
        assert_eq!((row.status, row.body_bytes), (200, 50_000));
        assert!(row.think >= Span::from_millis(2) && row.hold_in > half);
        assert!(row.hold_out > Some(half));
        let stream = row.stream.expect("a stream");
        assert_eq!((stream.id, stream.open), (4 * (number - 1), number));
        assert!(stream.headers_in <= row.last_byte_in && row.last_byte_in < row.handled);
        assert!(row.first_byte_out > Some(row.handled) && row.first_byte_out < row.last_byte_out);
    }
    assert!(witness.drained);
}

#[test]
fn lost_datagrams_are_sent_again_until_every_response_is_whole() {
    let mut runner = Runner::start();
    let certificate = runner.ca_certificate();
    let port = runner.listen("rtt=2ms,http=3,loss=10%,body=100kB");
    let from = now();
    let numbers: Vec<u64> = (1..=10).collect();
    let answers = run(fetch_todos(port, &certificate, &numbers));
    assert_eq!(statuses(&answers), [Some(200); 10]);
    assert!(answers.iter().flatten().all(|(_, body)| body.len() == 100_000));
    let witness = runner.collect(from);
    let counts: Vec<_> = witness.connections.iter().filter_map(|row| row.streams).collect();
    assert_eq!(counts.iter().map(|counts| counts.opened).sum::<u64>(), 10);
    assert_eq!(witness.requests.len(), 10);
    assert!(witness.requests.iter().all(|row| row.last_byte_out.is_some()));
}

#[test]
fn a_client_opens_no_more_streams_than_the_limit() {
    let mut runner = Runner::start();
    let certificate = runner.ca_certificate();
    let port = runner.listen("rtt=2ms,http=3,streams=2,think=1ms");
    let from = now();
    let numbers: Vec<u64> = (1..=9).collect();
    let answers = run(fetch_todos(port, &certificate, &numbers));
    assert_eq!(statuses(&answers), [Some(200); 9]);
    let counts = runner.collect(from).connections[0].streams.expect("has streams");
    assert_eq!((counts.opened, counts.limit), (9, 2));
    assert!((1..=2).contains(&counts.most), "{} at once", counts.most);
}

#[test]
fn a_second_session_resumes_the_first_and_has_a_connection_of_its_own() {
    let mut runner = Runner::start();
    let certificate = runner.ca_certificate();
    let port = runner.listen("rtt=0,http=3");
    let from = now();
    run(async {
        let client = Client::new(port, &certificate);
        for _ in 0..2 {
            let session = client.open().await;
            assert_eq!(session.fetch("/todos/1").await.map(|(status, _)| status), Ok(200));
            session.quic.close(VarInt::from_u32(0x100), b"");
            client.endpoint.wait_idle().await;
        }
    });
    let witness = runner.collect(from);
    let resumed: Vec<_> =
        witness.connections.iter().filter_map(|row| Some(row.tls.as_ref()?.resumed)).collect();
    assert_eq!(resumed, [false, true]);
    assert!(witness.connections.iter().all(|row| row.requests == 1));
}

#[test]
fn faults_reset_streams_and_end_connections() {
    let mut runner = Runner::start();
    let certificate = runner.ca_certificate();
    let port = runner.listen("rtt=0,http=3,fault=reset:2+truncate:3");
    let from = now();
    run(async {
        let session = Client::new(port, &certificate).open().await;
        let reset = session.fetch("/todos/2").await;
        assert_eq!(reset, Err(Some(Code::H3_INTERNAL_ERROR)));
        assert_eq!(session.fetch("/todos/1").await.map(|(status, _)| status), Ok(200));
        let cut = session.fetch("/todos/3").await;
        assert_eq!(cut, Err(Some(Code::H3_INTERNAL_ERROR)));
        session.quic.closed().await;
    });
    let witness = runner.collect(from);
    let resets: Vec<bool> = witness
        .requests
        .iter()
        .map(|row| row.stream.is_some_and(|stream| stream.reset.is_some()))
        .collect();
    assert_eq!(resets, [true, false, true]);
    assert_eq!(witness.connections[0].closed_by, Some(Closer::Server));
}

#[test]
fn a_connection_ends_after_its_last_request() {
    let mut runner = Runner::start();
    let certificate = runner.ca_certificate();
    let port = runner.listen("rtt=0,http=3,keepalive=2");
    let from = now();
    run(async {
        let session = Client::new(port, &certificate).open().await;
        for _ in 0..2 {
            assert_eq!(session.fetch("/todos/1").await.map(|(status, _)| status), Ok(200));
        }
        session.quic.closed().await;
    });
    let witness = runner.collect(from);
    assert_eq!((witness.connections[0].requests, witness.requests.len()), (2, 2));
    assert_eq!(witness.connections[0].closed_by, Some(Closer::Server));
}

#[test]
fn requests_wait_for_the_capacity_and_bodies_for_the_bottleneck() {
    let mut runner = Runner::start();
    let certificate = runner.ca_certificate();
    let port = runner.listen("rtt=0,http=3,capacity=1,think=5ms,body=20kB,bandwidth=10Mbit");
    let from = now();
    let answers = run(fetch_todos(port, &certificate, &[1, 2, 3]));
    assert_eq!(statuses(&answers), [Some(200); 3]);
    let rows = runner.collect(from).requests;
    assert!(rows.windows(2).all(|pair| pair[1].handled >= pair[0].handled + pair[0].think));
    // 20 kB take 16 ms at 10 Mbit/s.
    for row in &rows {
        let first_byte_out = row.first_byte_out.expect("is whole");
        let ready = first_byte_out.saturating_sub(row.hold_out.expect("is whole"));
        assert!(row.last_byte_out.expect("is whole") >= ready + Span::from_millis(15));
    }
}

#[test]
fn refuses_to_listen_without_tls() {
    let mut runner = Runner::start();
    let link = "http=3,tls=off".parse().expect("a link");
    let reply = runner.ask(&EndpointCommand::Listen { link });
    let EndpointReply::Error { message } = reply else { panic!("{reply:?}") };
    assert_eq!(message, "HTTP/3 needs TLS. Use tls=on, or http=2");
}

#[test]
fn older_versions_are_served_on_the_same_port() {
    let mut runner = Runner::start();
    let certificate = runner.ca_certificate();
    let port = runner.listen("rtt=0,http=3");
    let name = ServerName::try_from("localhost").expect("a name");
    let config = tls::client(&certificate, &rustls::version::TLS13);
    let session = rustls::ClientConnection::new(config, name).expect("a session");
    let mut stream = rustls::StreamOwned::new(session, connect(port));
    assert_eq!(fetch_over_tcp(&mut stream, "/todos/1").0, 200);
}

#[test]
fn a_client_that_vanishes_leaves_nothing_busy() {
    let mut runner = Runner::start();
    let certificate = runner.ca_certificate();
    let port = runner.listen("rtt=0,http=3,think=1ms");
    let from = now();
    run(async {
        let session = Client::new(port, &certificate).open().await;
        let _ = tokio::time::timeout(Duration::ZERO, session.fetch("/todos/1")).await;
    });
    wait_until("nothing is in flight", || runner.collect(from).drained);
}
