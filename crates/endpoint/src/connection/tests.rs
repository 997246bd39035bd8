//! The state machine under virtual time: the clock moves only when a test moves it.

use std::cell::Cell;
use std::fs;

use model::link::Link;
use model::witness::{ConnectionRow, RequestRow, Witness};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion, version};

use super::*;
use crate::link::lateness::Lateness;
use crate::observer::{Observer, Retention};
use crate::server::EndpointProcess;
use crate::server::capacity::Acquired;
use crate::tls::authority::Authority;

/// A connection and its clock. Times are in microseconds.
struct Harness {
    connection: Connection,
    server: Arc<Server>,
    now: Cell<u64>,
    /// The expected and the actual lateness of every wake-up.
    early: u64,
    late: u64,
    authority: Authority,
}

fn micros(micros: u64) -> Moment {
    Moment::from_nanos(micros * 1000)
}

fn span(micros: u64) -> Span {
    Span::from_nanos(micros * 1000)
}

fn get(number: u64) -> String {
    format!("GET /todos/{number} HTTP/1.1\r\nhost: h\r\n\r\n")
}

impl Harness {
    fn new(link: &str) -> Self {
        let link: Link = link.parse().expect("a link");
        let authority = Authority::establish(&std::env::temp_dir()).expect("an authority");
        let observer = Observer::new(Retention::UntilCollected);
        let process = Arc::new(EndpointProcess { observer, lateness: Lateness::default() });
        let server =
            Arc::new(Server::new(&link, authority.settings(), &process).expect("a server"));
        let connection = Connection::accept(&server, micros(1000), 7).expect("a connection");
        Self { connection, server, now: Cell::new(1000), early: 0, late: 0, authority }
    }

    fn arrives(&mut self, bytes: impl AsRef<[u8]>, at: u64) {
        self.now.set(at);
        self.connection.arrived(bytes.as_ref(), micros(at));
        self.advance();
    }

    fn advance(&mut self) {
        let now = &self.now;
        self.connection.advance(&|| micros(now.get()), span(self.early));
    }

    /// Sleeps until something is due, as the task does, and writes what is due then.
    fn sleep(&mut self) -> String {
        let due = self.connection.due().expect("something is due");
        self.now.set((due.as_nanos() / 1000) - self.early + self.late);
        self.advance();
        self.write()
    }

    /// WriteMode what is on the wire, and gives it.
    fn write(&mut self) -> String {
        String::from_utf8_lossy(&self.write_bytes()).into_owned()
    }

    fn write_bytes(&mut self) -> Vec<u8> {
        let wire = self.connection.wire().to_vec();
        if !wire.is_empty() {
            self.connection.took(wire.len(), micros(self.now.get()));
        }
        wire
    }

    fn witness(&self) -> Witness {
        self.server.process.observer.collect(micros(0), micros(u64::MAX / 1000))
    }

    fn request(&self, ordinal: usize) -> RequestRow {
        self.witness().requests[ordinal].clone()
    }

    fn row(&self) -> ConnectionRow {
        self.witness().connections[0].clone()
    }

    fn is_over(&self) -> bool {
        self.connection.is_over(micros(self.now.get()))
    }
}

#[test]
fn answers_in_the_same_wake_up_without_a_delay() {
    let mut harness = Harness::new("rtt=0,tls=off");
    harness.arrives(get(1), 2000);
    assert!(harness.write().starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(harness.connection.due(), None);
    let row = harness.request(0);
    assert_eq!((row.last_byte_in, row.hold_in), (span(2000), Span::ZERO));
    assert_eq!((row.handled, row.last_byte_out), (span(2000), Some(span(2000))));
}

#[test]
fn holds_each_direction_and_the_first_flight_a_round_trip_longer() {
    let mut harness = Harness::new("rtt=10ms,tls=off");
    harness.arrives(get(1), 2000);
    assert_eq!(harness.sleep(), "");
    assert_eq!(harness.now.get(), 17_000);
    assert!(harness.sleep().starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(harness.now.get(), 22_000);
    harness.arrives(get(2), 30_000);
    assert_eq!(harness.sleep(), "");
    assert_eq!(harness.now.get(), 35_000);
    harness.sleep();
    assert_eq!(harness.now.get(), 40_000);
    let row = harness.request(1);
    assert_eq!((row.last_byte_in, row.hold_in), (span(30_000), span(5000)));
    assert_eq!((row.handled, row.first_byte_out), (span(35_000), Some(span(40_000))));
    assert_eq!(row.hold_out, Some(span(5000)));
    assert_eq!(harness.row().first_byte_hold, Some(span(15_000)));
    assert_eq!(harness.row().requests, 2);
}

#[test]
fn lateness_does_not_add_up() {
    let mut harness = Harness::new("rtt=10ms,tls=off,think=2ms");
    harness.late = 300;
    harness.arrives(get(1), 2000);
    // Passing the link, thinking and writing are each 0.3 ms late. The total is late only once.
    let answers = [harness.sleep(), harness.sleep(), harness.sleep()];
    assert_eq!(answers.map(|answer| answer.is_empty()), [true, true, false]);
    assert_eq!(harness.now.get(), 2000 + 15_000 + 2000 + 5000 + 300);
    let row = harness.request(0);
    assert_eq!(row.hold_in, span(15_300), "the row has the actual hold");
    assert_eq!(row.think, span(2000));
    assert_eq!(row.hold_out, Some(span(5000)));
}

#[test]
fn corrects_expected_lateness() {
    let mut harness = Harness::new("rtt=10ms,tls=off,think=2ms");
    (harness.early, harness.late) = (60, 60);
    harness.arrives(get(1), 2000);
    for _ in 0..3 {
        harness.sleep();
    }
    assert_eq!(harness.now.get(), 24_000);
    // A wake-up sooner than expected makes the response a little early, but only once.
    (harness.early, harness.late) = (60, 10);
    harness.arrives(get(2), 30_000);
    for _ in 0..3 {
        harness.sleep();
    }
    assert_eq!(harness.now.get(), 42_000 - 50);
}

#[test]
fn thinks_about_one_request_of_a_connection_at_a_time() {
    let mut harness = Harness::new("rtt=0,tls=off,think=2ms");
    harness.arrives(get(1) + &get(2), 2000);
    assert!(harness.sleep().contains("\"id\": 1,"));
    harness.server.handler.set_think(span(500));
    assert_eq!(harness.now.get(), 4000);
    // The second was handed over when the first was answered, so it has the old think time.
    assert!(harness.sleep().contains("\"id\": 2,"));
    assert_eq!(harness.now.get(), 6000);
    assert_eq!(harness.request(1).last_byte_in, span(2000));
    assert_eq!(harness.request(1).handled, span(4000));
}

#[test]
fn a_late_wake_up_does_not_delay_a_queued_request() {
    let mut harness = Harness::new("rtt=0,tls=off,think=2ms,capacity=1");
    harness.arrives(get(1), 2000);
    let second = Connection::accept(&harness.server, micros(1000), 8).expect("a connection");
    let first = std::mem::replace(&mut harness.connection, second);
    harness.arrives(get(2), 2000);
    assert_eq!(harness.connection.due(), None, "it waits for its permit alone");
    assert_eq!(harness.witness().requests.len(), 1);

    let mut second = std::mem::replace(&mut harness.connection, first);
    harness.late = 300;
    assert!(harness.sleep().contains("\"id\": 1,"));
    let permit = second.queue_place().expect("a place").try_recv().expect("its permit");
    second.admit(permit, micros(4300));
    harness.connection = second;
    harness.advance();
    // It is ready two milliseconds after the first was due, not after the late hand-over.
    assert_eq!(harness.witness().requests[1].handled, span(4300));
    assert_eq!(harness.connection.due(), Some(micros(6000)));
    assert!(harness.connection.queue_place().is_none());
}

#[test]
fn passes_on_a_permit_when_nothing_waits_any_more() {
    let mut harness = Harness::new("rtt=0,tls=off,think=2ms,capacity=1");
    let Some(Acquired::Permit(held)) =
        harness.server.capacity.as_ref().map(|capacity| capacity.acquire())
    else {
        panic!("a permit is free");
    };
    harness.arrives(get(1), 2000);
    drop(held);
    let permit = harness.connection.queue_place().expect("a place").try_recv().expect("its permit");
    harness.connection.admission.clear();
    harness.connection.admit(permit, micros(3000));
    harness.advance();
    assert!(matches!(
        harness.server.capacity.as_ref().map(|capacity| capacity.acquire()),
        Some(Acquired::Permit(_))
    ));
}

#[test]
fn the_last_response_and_the_end_leave_together() {
    let mut harness = Harness::new("rtt=10ms,tls=off,jitter=2ms,keepalive=1");
    harness.arrives(get(1), 2000);
    // The deadlines are not whole microseconds, so it is woken after them.
    harness.late = 1;
    let answers = [harness.sleep(), harness.sleep()];
    assert!(answers[0].is_empty() && answers[1].contains("connection: close"));
    assert!(harness.connection.wants_shutdown());
}

#[test]
fn responses_keep_their_order_and_the_end_comes_last() {
    let mut harness = Harness::new("rtt=10ms,tls=off");
    harness.arrives(get(1), 2000);
    harness.arrives(get(2), 2100);
    harness.connection.ended(micros(2200));
    assert!(!harness.connection.wants_bytes(), "the end is read once");
    let (mut text, mut wake_ups) = (String::new(), 0);
    while !harness.connection.wants_shutdown() {
        text += &harness.sleep();
        wake_ups += 1;
        assert!(wake_ups < 8);
    }
    assert!(text.find("\"id\": 1,").expect("one") < text.find("\"id\": 2,").expect("two"));
    harness.connection.shut(micros(22_000));
    assert!(harness.is_over());
    assert_eq!(harness.row().closed_by, Some(Closer::Client));
    assert_eq!(harness.row().closed, Some(span(2200)));
}

#[test]
fn discards_bytes_and_lingers_after_the_last_response() {
    let mut harness = Harness::new("rtt=0,tls=off");
    harness.arrives(format!("nonsense\r\n\r\n{}", get(1)), 2000);
    let answer = harness.write();
    assert!(answer.starts_with("HTTP/1.1 400 ") && !answer.contains("200 OK"));
    assert!(harness.connection.wants_shutdown());
    harness.connection.shut(micros(2000));
    harness.arrives(get(2), 3000);
    assert!(harness.witness().requests.is_empty() && !harness.is_over());
    let closed = (harness.row().closed, harness.row().closed_by);
    assert_eq!(closed, (Some(span(2000)), Some(Closer::Server)));
    assert_eq!(harness.connection.due(), Some(micros(1_002_000)));
    assert!(harness.connection.wants_bytes());
    harness.connection.ended(micros(4000));
    assert!(harness.is_over());
}

#[test]
fn attributes_a_requested_close_to_the_client() {
    let mut harness = Harness::new("rtt=0,tls=off");
    let request = "GET /todos/1 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
    harness.arrives(request, 2000);
    assert!(harness.write().starts_with("HTTP/1.1 200 "));
    assert!(harness.connection.wants_shutdown());
    harness.connection.shut(micros(2500));
    let closed = (harness.row().closed, harness.row().closed_by);
    assert_eq!(closed, (Some(span(2500)), Some(Closer::Client)));
}

#[test]
fn reports_whether_anything_is_in_flight() {
    let mut harness = Harness::new("rtt=10ms,tls=off");
    let is_idle = |harness: &Harness| harness.server.process.observer.is_idle();
    assert!(is_idle(&harness));
    harness.arrives(&get(1)[..10], 2000);
    assert!(!is_idle(&harness), "held");
    harness.sleep();
    assert!(is_idle(&harness), "the server waits for the rest of the request");
    harness.arrives(&get(1)[10..], 20_000);
    harness.sleep();
    assert!(!is_idle(&harness), "the answer is held");
    harness.sleep();
    harness.advance();
    assert!(is_idle(&harness));
    harness.connection.ended(micros(40_000));
    harness.advance();
    assert!(is_idle(&harness), "an end alone is not in flight");
}

#[test]
fn stops_reading_from_a_client_that_only_sends() {
    let mut harness = Harness::new("rtt=0,tls=off");
    let flood = get(1).repeat(2000);
    let mut floods = 0;
    while harness.connection.wants_bytes() {
        harness.arrives(&flood, 2000);
        floods += 1;
        assert!(floods < 100, "everything is taken");
    }
    assert!(harness.connection.admission.len() <= admission::MOST_WAITING + 2000);
    // Once it reads, all are answered.
    let mut answers = 0;
    while !harness.connection.wire().is_empty() {
        assert!(answers <= harness.witness().requests.len());
        answers += harness.write().matches("HTTP/1.1 200").count();
        harness.advance();
    }
    assert!(harness.connection.wants_bytes());
    assert_eq!(answers, harness.witness().requests.len());
}

impl Harness {
    /// The client's end arrives.
    fn ends(&mut self, at: u64) {
        self.now.set(at);
        self.connection.ended(micros(at));
        self.advance();
    }

    /// WriteMode everything that is due now, one wire after the other.
    fn write_all(&mut self) -> String {
        let mut text = String::new();
        for _ in 0..1000 {
            let piece = self.write();
            if piece.is_empty() {
                return text;
            }
            text += &piece;
            self.advance();
        }
        panic!("the server writes without end");
    }

    fn closed(&self) -> (Option<Span>, Option<Closer>) {
        let row = self.row();
        (row.closed, row.closed_by)
    }
}

const CLOSING_GET: &str = "GET /todos/1 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";

#[test]
fn finishes_a_response_after_the_client_half_closes() {
    let mut harness = Harness::new("rtt=0,tls=off,body=200000");
    harness.arrives(get(1), 2000);
    harness.connection.took(1000, micros(2000));
    harness.ends(2100);
    assert!(!harness.connection.wants_shutdown() && !harness.connection.wants_bytes());
    let rest = harness.write_all();
    assert!(rest.len() + 1000 > 200_000 && rest.ends_with('}'));
    assert!(harness.connection.wants_shutdown() && !harness.is_over());
    assert_eq!(harness.request(0).last_byte_out, Some(span(2100)));
    harness.connection.shut(micros(2200));
    assert!(harness.is_over());
    assert_eq!(harness.closed(), (Some(span(2100)), Some(Closer::Client)));
}

#[test]
fn answers_a_queued_request_after_the_client_half_closes() {
    let mut harness = Harness::new("rtt=0,tls=off,think=2ms,capacity=1");
    let Some(Acquired::Permit(held)) =
        harness.server.capacity.as_ref().map(|capacity| capacity.acquire())
    else {
        panic!("a permit is free");
    };
    harness.arrives(get(1), 2000);
    harness.ends(2100);
    assert!(!harness.connection.wants_shutdown());
    assert_eq!(harness.connection.due(), None);
    held.end(micros(3000));
    let permit = harness.connection.queue_place().expect("a place").try_recv().expect("its permit");
    harness.now.set(3010);
    harness.connection.admit(permit, micros(3010));
    harness.advance();
    assert_eq!(harness.connection.due(), Some(micros(5000)));
    assert!(harness.sleep().starts_with("HTTP/1.1 200 "));
    assert!(harness.connection.wants_shutdown());
}

#[test]
fn closes_without_a_response_when_the_announced_body_never_comes() {
    let mut harness = Harness::new("rtt=0,tls=off");
    let head =
        "POST /todos HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    harness.arrives(head, 2000);
    assert_eq!(harness.write(), "HTTP/1.1 100 Continue\r\n\r\n");
    harness.ends(2100);
    assert_eq!(harness.write(), "");
    assert!(harness.connection.wants_shutdown());
    assert!(harness.witness().requests.is_empty());
}

#[test]
fn an_early_close_leaves_pipelined_requests_unanswered() {
    let mut harness = Harness::new("rtt=0,tls=off,fault=early-close:2");
    harness.arrives(get(1) + &get(2) + &get(3), 2000);
    let text = harness.write_all();
    assert!(text.contains("\"id\": 1,") && text.contains("\"id\": 2,"));
    assert!(!text.contains("\"id\": 3,") && !text.contains("connection: close"));
    assert_eq!(harness.witness().requests.len(), 2);
    assert!(harness.connection.wants_shutdown());
    harness.connection.shut(micros(2050));
    assert_eq!(harness.closed(), (Some(span(2050)), Some(Closer::Server)));
    assert_eq!(harness.connection.due(), Some(micros(1_002_050)));
    harness.now.set(1_002_049);
    assert!(harness.connection.wants_bytes() && !harness.is_over());
    harness.now.set(1_002_050);
    assert!(harness.is_over());
}

#[test]
fn a_truncated_body_and_the_end_leave_together() {
    let mut harness = Harness::new("rtt=10ms,tls=off,body=1001,fault=truncate:1");
    harness.arrives(get(1), 2000);
    assert_eq!(harness.sleep(), "");
    let text = harness.sleep();
    assert_eq!(harness.now.get(), 22_000);
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains("content-length: 1001") && head.contains("connection: keep-alive"));
    assert_eq!(body.len(), 500);
    assert!(harness.connection.wants_shutdown());
    let row = harness.request(0);
    assert_eq!((row.body_bytes, row.last_byte_out), (500, Some(span(22_000))));
}

#[test]
fn the_keepalive_limit_drops_requests_that_follow_in_the_same_and_in_a_later_flight() {
    let mut harness = Harness::new("rtt=10ms,tls=off,think=1ms,keepalive=2");
    harness.arrives(get(1) + &get(2) + &get(3), 2000);
    harness.arrives(get(4), 16_500);
    let mut events = Vec::new();
    while !harness.connection.wants_shutdown() {
        assert!(events.len() < 20, "the server does not close: {events:?}");
        let text = harness.sleep();
        events.push((harness.now.get(), text.matches("HTTP/1.1 200").count()));
    }
    let expected = [(17_000, 0), (18_000, 0), (19_000, 0), (21_500, 0), (23_000, 1), (24_000, 1)];
    assert_eq!(events, expected);
    assert_eq!(harness.witness().requests.len(), 2);
    harness.connection.shut(micros(24_000));
    assert_eq!(harness.closed(), (Some(span(24_000)), Some(Closer::Server)));
    harness.advance();
    assert!(harness.server.process.observer.is_idle());
    assert!(!harness.is_over());
}

#[test]
fn ignores_garbage_after_the_last_request() {
    let mut harness = Harness::new("rtt=0,tls=off");
    harness.arrives(format!("{CLOSING_GET}nonsense\r\n\r\n"), 2000);
    let text = harness.write_all();
    assert!(text.starts_with("HTTP/1.1 200 ") && text.matches("HTTP/1.1").count() == 1);
    assert!(harness.connection.wants_shutdown() && harness.connection.wants_bytes());
    harness.arrives("more nonsense\r\n\r\n", 2100);
    assert_eq!(harness.write(), "");
    harness.connection.shut(micros(2200));
    assert_eq!(harness.closed(), (Some(span(2200)), Some(Closer::Client)));
    harness.ends(2300);
    assert!(harness.is_over());
    assert_eq!(harness.closed(), (Some(span(2200)), Some(Closer::Client)));
}

#[test]
fn does_not_linger_when_the_client_s_end_arrived_before_the_last_response() {
    let mut harness = Harness::new("rtt=10ms,tls=off");
    harness.arrives(CLOSING_GET, 2000);
    harness.ends(20_000);
    assert!(harness.sleep().starts_with("HTTP/1.1 200 "));
    assert_eq!(harness.now.get(), 22_000);
    assert!(harness.connection.wants_shutdown() && !harness.connection.wants_bytes());
    harness.connection.shut(micros(22_000));
    assert!(harness.is_over());
    assert_eq!(harness.closed(), (Some(span(20_000)), Some(Closer::Client)));
}

#[test]
fn ignores_held_requests_when_the_client_ends_after_the_last_response() {
    let mut harness = Harness::new("rtt=10ms,tls=off");
    harness.arrives(CLOSING_GET, 2000);
    harness.arrives(get(2), 16_500);
    assert_eq!(harness.sleep(), "");
    assert_eq!(harness.now.get(), 17_000);
    // The last response is on the link, and the link still holds the second request.
    harness.ends(17_500);
    let text = harness.sleep() + &harness.sleep();
    assert_eq!(harness.now.get(), 22_000);
    assert_eq!(text.matches("HTTP/1.1 200").count(), 1);
    assert!(harness.connection.wants_shutdown());
    assert_eq!(harness.witness().requests.len(), 1);
}

#[test]
fn answers_the_request_before_garbage_and_refuses_the_garbage() {
    let mut harness = Harness::new("rtt=0,tls=off,think=2ms");
    harness.arrives(get(1) + "nonsense\r\n\r\n" + &get(2), 2000);
    harness.ends(2100);
    let text = harness.sleep() + &harness.write_all();
    assert_eq!(harness.now.get(), 4000);
    let statuses: Vec<&str> =
        text.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.split(' ').next()).collect();
    assert_eq!(statuses, ["200", "400"]);
    assert!(harness.connection.wants_shutdown());
}

#[test]
fn a_reset_while_lingering_does_not_change_who_closed() {
    let mut harness = Harness::new("rtt=0,tls=off");
    harness.arrives("nonsense\r\n\r\n", 2000);
    harness.write_all();
    harness.connection.shut(micros(2100));
    harness.connection.broke(micros(2200));
    assert_eq!(harness.closed(), (Some(span(2100)), Some(Closer::Server)));
}

#[test]
fn a_reset_before_the_response_is_recorded_as_a_reset() {
    let mut harness = Harness::new("rtt=0,tls=off,think=2ms");
    harness.arrives(get(1), 2000);
    harness.connection.broke(micros(2200));
    assert_eq!(harness.closed(), (Some(span(2200)), Some(Closer::Reset)));
    assert_eq!(harness.request(0).first_byte_out, None);
}

/// A TLS client without a socket.
struct TlsClient(ClientConnection);

impl TlsClient {
    fn new(harness: &Harness, version: &'static SupportedProtocolVersion) -> Self {
        let mut roots = RootCertStore::empty();
        let pem = fs::read(harness.authority.certificate()).expect("a certificate");
        roots.add(CertificateDer::from_pem_slice(&pem).expect("PEM")).expect("an authority");
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[version])
            .expect("a known version")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let name = ServerName::try_from("127.0.0.1").expect("a name");
        Self(ClientConnection::new(Arc::new(config), name).expect("a client"))
    }

    fn take_output(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut bytes).expect("writes");
        }
        bytes
    }

    fn receive(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.0.read_tls(&mut bytes).expect("reads");
            self.0.process_new_packets().expect("understands");
        }
    }

    /// Exchanges flights until the client has nothing to send.
    fn exchange(&mut self, harness: &mut Harness) {
        for _ in 0..20 {
            let flight = self.take_output();
            if flight.is_empty() {
                return;
            }
            harness.arrives(flight, harness.now.get());
            let bytes = harness.write_bytes();
            self.receive(&bytes);
            harness.sleep_until_idle(self);
        }
        panic!("client and server exchange flights without end");
    }
}

impl Harness {
    /// Sleeps and writes to the client until nothing is due.
    fn sleep_until_idle(&mut self, client: &mut TlsClient) {
        for _ in 0..1000 {
            let Some(due) = self.connection.due() else { return };
            self.now.set(due.as_nanos() / 1000);
            self.advance();
            let bytes = self.write_bytes();
            client.receive(&bytes);
        }
        panic!("something is always due");
    }
}

#[test]
fn a_silent_client_has_not_ended_the_handshake() {
    let mut harness = Harness::new("rtt=10ms,tls=on");
    TlsClient::new(&harness, &version::TLS12).exchange(&mut harness);
    let row = harness.row();
    assert_eq!(row.handshake_out, Some(span(31_000)));
    assert_eq!((row.handshake_in, row.handshake_in_hold), (None, None));
}

/// What the witness take_output of a connection that was secured from 1 ms on, on a link of 10 ms.
fn secured(version: &'static SupportedProtocolVersion) -> ConnectionRow {
    let mut harness = Harness::new("rtt=10ms,tls=on");
    let mut client = TlsClient::new(&harness, version);
    client.exchange(&mut harness);
    std::io::Write::write_all(&mut client.0.writer(), get(1).as_bytes()).expect("writes");
    client.exchange(&mut harness);
    assert_eq!(harness.witness().requests.len(), 1);
    harness.row()
}

#[test]
fn a_tls_1_3_handshake_takes_one_round_trip_without_its_tickets() {
    let row = secured(&version::TLS13);
    assert_eq!(row.first_byte_in, Some(span(1000)));
    assert_eq!(row.handshake_out, Some(span(21_000)));
    assert_eq!(row.handshake_out_hold, Some(span(5000)));
    assert_eq!(row.handshake_in, Some(span(21_000)));
    assert_eq!(row.handshake_in_hold, Some(span(5000)));
    assert_eq!(row.tls.map(|tls| (tls.version, tls.resumed)), Some(("TLSv1.3".to_owned(), false)));
}

#[test]
fn a_handshake_ends_with_the_last_bytes_of_the_clients_flight() {
    /// A record of ChangeCipherSpec.
    const CHANGE_CIPHER: usize = 6;
    let mut harness = Harness::new("rtt=10ms,tls=on");
    let mut client = TlsClient::new(&harness, &version::TLS13);
    harness.arrives(client.take_output(), 1000);
    harness.sleep_until_idle(&mut client);
    let flight = client.take_output();
    let (first, rest) = flight.split_at(CHANGE_CIPHER);
    let begin = harness.now.get();
    harness.arrives(first, begin);
    harness.arrives(rest, begin + 3000);
    harness.sleep_until_idle(&mut client);
    let row = harness.row();
    assert_eq!(row.handshake_in, Some(span(begin + 3000)));
    assert_eq!(row.handshake_in_hold, Some(span(5000)));
}

#[test]
fn a_tls_1_2_handshake_takes_two_round_trips() {
    let row = secured(&version::TLS12);
    assert_eq!(row.handshake_out, Some(span(31_000)));
    assert_eq!(row.handshake_in, Some(span(31_000)));
    assert_eq!(row.tls.map(|tls| tls.version), Some("TLSv1.2".to_owned()));
}

/// A TLS 1.3 connection whose handshake is done, and its client.
fn established(link: &str) -> (Harness, TlsClient) {
    let mut harness = Harness::new(link);
    let mut client = TlsClient::new(&harness, &version::TLS13);
    client.exchange(&mut harness);
    assert!(!client.0.is_handshaking());
    (harness, client)
}

impl TlsClient {
    fn request(&mut self, text: &str) {
        std::io::Write::write_all(&mut self.0.writer(), text.as_bytes()).expect("writes");
    }

    /// The plaintext that has come, and whether the server's close_notify has.
    fn received(&mut self) -> (String, bool) {
        let mut plaintext = vec![0; 100_000];
        let mut length = 0;
        loop {
            match std::io::Read::read(&mut self.0.reader(), &mut plaintext[length..]) {
                Ok(0) => break,
                Ok(more) => length += more,
                Err(_) => {
                    return (String::from_utf8_lossy(&plaintext[..length]).into_owned(), false);
                }
            }
        }
        (String::from_utf8_lossy(&plaintext[..length]).into_owned(), true)
    }
}

#[test]
fn a_client_s_close_notify_ends_its_input_and_is_answered() {
    let (mut harness, mut client) = established("rtt=10ms,tls=on");
    let from = harness.now.get();
    client.request(&get(1));
    client.0.send_close_notify();
    let flight = client.take_output();
    harness.arrives(flight, from + 1000);
    harness.sleep_until_idle(&mut client);
    assert_eq!(harness.now.get(), from + 11_000);
    let (text, closed) = client.received();
    assert!(text.starts_with("HTTP/1.1 200 ") && closed);
    assert!(harness.connection.wants_shutdown() && harness.connection.wants_bytes());
    assert_eq!(harness.closed(), (Some(span(from + 1000)), Some(Closer::Client)));
    harness.connection.shut(micros(from + 12_000));
    assert!(harness.is_over(), "the client's end has come, though only within TLS");
    harness.ends(from + 13_000);
    assert!(harness.is_over());
    assert_eq!(harness.closed(), (Some(span(from + 1000)), Some(Closer::Client)));
}

#[test]
fn a_close_notify_and_the_end_of_the_stream_close_once() {
    let (mut harness, mut client) = established("rtt=10ms,tls=on");
    let from = harness.now.get();
    client.0.send_close_notify();
    let flight = client.take_output();
    harness.arrives(flight, from + 1000);
    harness.ends(from + 1200);
    harness.sleep_until_idle(&mut client);
    assert_eq!(harness.now.get(), from + 11_000, "the answer to close_notify");
    assert!(client.received().1);
    assert!(harness.connection.wants_shutdown() && !harness.connection.wants_bytes());
    harness.connection.shut(micros(from + 12_000));
    assert!(harness.is_over());
    assert_eq!(harness.closed(), (Some(span(from + 1200)), Some(Closer::Client)));
}

#[test]
fn the_server_s_close_notify_follows_its_last_response() {
    let (mut harness, mut client) = established("rtt=0,tls=on");
    client.request(CLOSING_GET);
    let flight = client.take_output();
    harness.arrives(flight, 2000);
    let bytes = harness.write_bytes();
    client.receive(&bytes);
    let (text, closed) = client.received();
    assert!(text.starts_with("HTTP/1.1 200 ") && closed);
    assert!(harness.connection.wants_shutdown());
    harness.connection.shut(micros(2100));
    client.0.send_close_notify();
    let flight = client.take_output();
    harness.arrives(flight, 2200);
    assert!(!harness.is_over(), "what the client still sends is discarded unread");
    harness.ends(2300);
    assert!(harness.is_over());
    assert_eq!(harness.closed(), (Some(span(2100)), Some(Closer::Client)));
}

#[test]
fn closes_after_the_request_in_progress_when_tls_breaks_behind_it() {
    let (mut harness, mut client) = established("rtt=0,tls=on,think=2ms");
    client.request(&get(1));
    let flight = client.take_output();
    harness.arrives(flight, 2000);
    harness.arrives([0x17, 3, 3, 0, 20].into_iter().chain([7; 20]).collect::<Vec<u8>>(), 2100);
    assert!(!harness.write_bytes().is_empty(), "an alert");
    assert!(!harness.connection.wants_shutdown() && harness.connection.wants_bytes());
    harness.arrives(get(2), 2200);
    assert_eq!(harness.connection.due(), Some(micros(4000)));
    assert!(harness.sleep().is_empty(), "TLS sends nothing after a fatal alert");
    assert!(harness.connection.wants_shutdown());
    assert_eq!(harness.witness().requests.len(), 1);
    assert_eq!(harness.request(0).think, span(2000));
    assert_eq!(harness.request(0).last_byte_out, None);
    harness.connection.shut(micros(4100));
    assert_eq!(harness.closed(), (Some(span(4100)), Some(Closer::Server)));
    assert!(!harness.is_over());
}

#[test]
fn closes_after_arbitrary_bytes_with_and_without_tls() {
    let mut seed = 7u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed >> 33
    };
    for link in ["rtt=0,tls=on", "rtt=0,tls=off"] {
        let mut harness = Harness::new(link);
        for _ in 0..300 {
            let connection = Connection::accept(&harness.server, micros(1000), 7);
            harness.connection = connection.expect("a connection");
            for _ in 0..random() % 8 {
                let mut bytes: Vec<u8> = (0..random() % 200).map(|_| random() as u8).collect();
                if random() % 2 == 0 {
                    bytes.splice(0..0, [0x16, 3, 1, 0, random() as u8, 1, 0, 0]);
                }
                harness.arrives(bytes, 2000);
                harness.write();
            }
            harness.now.set(2000);
            harness.connection.ended(micros(2000));
            harness.advance();
            harness.write();
            assert!(harness.connection.wants_shutdown());
        }
    }
}
