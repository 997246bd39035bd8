//! HTTP/2, as a client of another implementation's making sees it.

use std::future::Future;
use std::io::{Read, Write};
use std::time::Duration;

use bytes::Bytes;
use h2::client::{Builder, SendRequest};
use h2::{Reason, RecvStream};
use http::{Method, Request, StatusCode};
use model::http_version::HttpVersion;
use model::time::Span;
use model::witness::{Closer, StreamCounts};
use test_support::wait_until;
use tokio::net::TcpStream;
use tokio::task::JoinHandle;

use crate::client::{connect, fetch};
use crate::runner::{Runner, nearly, now};

/// What a request got: its status and its body, or the reason of a reset.
type Answer = Result<(StatusCode, Vec<u8>), Option<Reason>>;

/// How long a test waits before it fails.
const DEADLINE: Duration = Duration::from_secs(60);

fn run<T>(test: impl Future<Output = T>) -> T {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let deadline = async { tokio::time::timeout(DEADLINE, test).await.expect("in time") };
    runtime.expect("an event loop").block_on(deadline)
}

/// A client with these windows for each stream and for the connection.
async fn open(port: u16, stream: u32, connection: u32) -> (SendRequest<Bytes>, JoinHandle<()>) {
    let socket = TcpStream::connect(("127.0.0.1", port)).await.expect("connects");
    let (sender, connection) = Builder::new()
        .initial_window_size(stream)
        .initial_connection_window_size(connection)
        .handshake(socket)
        .await
        .expect("a session");
    let driver = tokio::spawn(async move { drop(connection.await) });
    (sender, driver)
}

fn get(number: u64) -> Request<()> {
    let uri = format!("http://localhost/todos/{number}");
    Request::builder().uri(uri).body(()).expect("a request")
}

async fn read(mut body: RecvStream) -> Result<Vec<u8>, Option<Reason>> {
    let mut bytes = Vec::new();
    while let Some(data) = body.data().await {
        let data = data.map_err(|error| error.reason())?;
        body.flow_control().release_capacity(data.len()).expect("is accepted");
        bytes.extend_from_slice(&data);
    }
    Ok(bytes)
}

/// Sends the requests for todos at once; gives their answers in the same order.
async fn fetch_all(sender: &SendRequest<Bytes>, numbers: &[u64]) -> Vec<Answer> {
    let mut tasks = Vec::new();
    for &number in numbers {
        let mut sender = sender.clone().ready().await.expect("is ready");
        let (response, _) = sender.send_request(get(number), true).expect("is sent");
        tasks.push(tokio::spawn(async move {
            let response = response.await.map_err(|error| error.reason())?;
            let (head, body) = response.into_parts();
            Ok((head.status, read(body).await?))
        }));
    }
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("ends"));
    }
    answers
}

fn statuses(answers: &[Answer]) -> Vec<Option<u16>> {
    let status = |answer: &Answer| answer.as_ref().ok().map(|(status, _)| status.as_u16());
    answers.iter().map(status).collect()
}

#[test]
fn streams_share_a_connection_and_each_has_its_row() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=4ms,tls=off,http=2,think=3ms,body=50kB");
    let from = now();
    let answers = run(async {
        let (sender, _driver) = open(port, 1 << 20, 1 << 24).await;
        fetch_all(&sender, &[1, 2, 3, 4, 5]).await
    });
    assert_eq!(statuses(&answers), [Some(200); 5]);
    assert!(answers.iter().flatten().all(|(_, body)| body.len() == 50_000));
    let witness = runner.collect(from);
    assert_eq!(witness.connections.len(), 1);
    let counts = StreamCounts { http: HttpVersion::Http2, opened: 5, most: 5, limit: 100 };
    assert_eq!(witness.connections[0].streams, Some(counts));
    assert_eq!(witness.connections[0].closed_by, Some(Closer::Client));
    for (number, row) in (1..).zip(&witness.requests) {
        assert_eq!(row.path, format!("/todos/{number}"));
        assert_eq!((row.status, row.body_bytes), (200, 50_000));
        // The next hold corrects a late one, so only the sum is certain.
        let held = row.hold_in + row.think + row.hold_out.expect("is written");
        assert!(held >= nearly(Span::from_millis(2 + 3 + 2)), "{row:?}");
        let stream = row.stream.expect("a stream");
        assert_eq!((stream.id, stream.open), (2 * number - 1, number));
        assert_eq!(stream.blocked_by_stream, Span::ZERO);
        assert!(stream.headers_in <= row.last_byte_in);
        assert!(row.first_byte_out > Some(row.handled) && row.first_byte_out <= row.last_byte_out);
    }
}

#[test]
fn a_full_window_of_the_client_blocks_the_response() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=2ms,tls=off,http=2,body=300kB");
    let blocked = |stream, connection, runner: &mut Runner| {
        let from = now();
        let answers = run(async {
            let (sender, _driver) = open(port, stream, connection).await;
            fetch_all(&sender, &[1, 2]).await
        });
        assert!(answers.iter().flatten().all(|(_, body)| body.len() == 300_000));
        let rows = runner.collect(from).requests;
        let stream = rows[0].stream.expect("a stream");
        (!stream.blocked_by_stream.is_zero(), !stream.blocked_by_connection.is_zero())
    };
    assert_eq!(blocked(65_535, 1 << 24, &mut runner), (true, false));
    assert_eq!(blocked(1 << 20, 100_000, &mut runner), (false, true));
    assert_eq!(blocked(1 << 20, 1 << 24, &mut runner), (false, false));
}

#[test]
fn refuses_streams_above_the_limit() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,http=2,streams=2,think=5ms");
    let from = now();
    let answers = run(async {
        // All three are sent before the limit is known.
        let (sender, _driver) = open(port, 1 << 20, 1 << 24).await;
        fetch_all(&sender, &[1, 2, 3]).await
    });
    assert_eq!(statuses(&answers), [Some(200), Some(200), None]);
    assert_eq!(answers[2], Err(Some(Reason::REFUSED_STREAM)));
    let counts = runner.collect(from).connections[0].streams.expect("streams");
    assert_eq!((counts.opened, counts.limit), (3, 2));
}

#[test]
fn capacity_limits_the_streams_that_are_handled_at_once() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,http=2,capacity=1,think=5ms");
    let from = now();
    let answers = run(async {
        let (sender, _driver) = open(port, 1 << 20, 1 << 24).await;
        fetch_all(&sender, &[1, 2, 3]).await
    });
    assert_eq!(statuses(&answers), [Some(200); 3]);
    let rows = runner.collect(from).requests;
    let in_flight: Vec<u64> = rows.iter().map(|row| row.in_flight).collect();
    assert_eq!(in_flight, [1, 1, 1]);
}

#[test]
fn keepalive_ends_the_connection_with_a_goaway() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,http=2,keepalive=2");
    let from = now();
    run(async {
        let (sender, driver) = open(port, 1 << 20, 1 << 24).await;
        assert_eq!(statuses(&fetch_all(&sender, &[1, 2]).await), [Some(200); 2]);
        driver.await.expect("the connection ends");
    });
    assert_eq!(runner.collect(from).connections[0].closed_by, Some(Closer::Server));
}

#[test]
fn faults_reset_cut_and_close_streams() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,http=2,body=1001,fault=truncate:2+reset:3");
    let from = now();
    let answers = run(async {
        let (sender, _driver) = open(port, 1 << 20, 1 << 24).await;
        fetch_all(&sender, &[1, 2, 3]).await
    });
    assert_eq!(statuses(&answers), [Some(200), None, None]);
    let reset = Err(Some(Reason::INTERNAL_ERROR));
    assert_eq!(answers[1..], [reset.clone(), reset]);
    let rows = runner.collect(from).requests;
    assert_eq!(rows[1].body_bytes, 500);
    let reset = rows[2].stream.expect("a stream").reset;
    assert!(reset.is_some() && rows[2].first_byte_out.is_none());

    let port = runner.listen("rtt=0,tls=off,http=2,fault=early-close:2");
    let from = now();
    run(async {
        let (sender, driver) = open(port, 1 << 20, 1 << 24).await;
        assert_eq!(statuses(&fetch_all(&sender, &[2]).await), [Some(200)]);
        driver.await.expect("the connection ends");
    });
    assert_eq!(runner.collect(from).connections[0].closed_by, Some(Closer::Server));
}

/// The first bytes of a client that requests a todo on stream 1: the preface, its settings and HEADERS.
fn first_request() -> Vec<u8> {
    let path = b"/todos/1";
    let mut fields = vec![0x82, 0x86, 0x04, 8];
    fields.extend_from_slice(path);
    fields.extend_from_slice(&[0x01, 9]);
    fields.extend_from_slice(b"localhost");
    let mut bytes = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec();
    bytes.extend_from_slice(&[0, 0, 0, 4, 0, 0, 0, 0, 0]);
    bytes.extend_from_slice(&[0, 0, 23, 1, 5, 0, 0, 0, 1]);
    bytes.extend_from_slice(&fields);
    bytes
}

#[test]
fn a_stream_that_the_client_resets_is_dropped() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,http=2,think=60m");
    let from = now();
    let mut stream = connect(port);
    stream.write_all(&first_request()).expect("writes");
    // The endpoint has read the request when it answers the settings that came with it.
    stream.read_exact(&mut [0; 9]).expect("the endpoint's settings");
    stream.write_all(&[0, 0, 4, 3, 0, 0, 0, 0, 1, 0, 0, 0, 8]).expect("writes");
    wait_until("the reset is recorded", || {
        let witness = runner.collect(from);
        let row = witness.requests.first().and_then(|row| row.stream);
        witness.drained && row.is_some_and(|stream| stream.reset.is_some())
    });
}

#[test]
fn a_body_of_a_request_is_read_to_its_end() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=2ms,tls=off,http=2,window=20kB");
    let from = now();
    let status = run(async {
        let (sender, _driver) = open(port, 1 << 20, 1 << 24).await;
        let mut sender = sender.ready().await.expect("is ready");
        let request = Request::builder().method(Method::POST).uri("http://localhost/todos");
        let request = request.body(()).expect("a request");
        let (response, mut stream) = sender.send_request(request, false).expect("is sent");
        stream.send_data(Bytes::from(vec![b'x'; 100_000]), true).expect("is sent");
        response.await.expect("a response").status()
    });
    assert_eq!(status, StatusCode::CREATED);
    let row = &runner.collect(from).requests[0];
    assert!(row.stream.expect("a stream").headers_in < row.last_byte_in);
}

#[test]
fn a_listener_of_http_2_answers_http_1_1_too() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=0,tls=off,http=2");
    let from = now();
    assert_eq!(fetch(&mut connect(port), "/todos/1").0, 200);
    let witness = runner.collect(from);
    assert_eq!(witness.connections[0].streams, None);
    assert_eq!(witness.requests[0].stream, None);
}

#[test]
fn paces_the_streams_through_the_bottleneck() {
    let mut runner = Runner::start();
    // 40 kB pass in 4 ms.
    let port = runner.listen("rtt=0,tls=off,http=2,body=10kB,bandwidth=80Mbit");
    let from = now();
    let answers = run(async {
        let (sender, _driver) = open(port, 1 << 20, 1 << 24).await;
        fetch_all(&sender, &[1, 2, 3, 4]).await
    });
    assert!(answers.iter().flatten().all(|(_, body)| body.len() == 10_000));
    let rows = runner.collect(from).requests;
    let last = rows.iter().filter_map(|row| row.last_byte_out).max().expect("an end");
    let begin = rows.iter().map(|row| row.last_byte_in).min().expect("a beginning");
    assert!(last >= begin + nearly(Span::from_millis(4)), "{rows:?}");
}
