//! The state machine under virtual time: a clock that stands still unless a test moves it.

use std::cell::Cell;
use std::fs;

use model::link::Link;
use model::witness::{ConnectionRow, Witness};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, SupportedProtocolVersion, version};

use super::*;
use crate::authority::Authority;
use crate::lateness::Lateness;
use crate::observer::Retention;
use crate::server::Shared;
use crate::turns::Asked;

/// A connection, and the clock that it is told. Times are in microseconds.
struct World {
    connection: Connection,
    server: Arc<Server>,
    now: Cell<u64>,
    /// By how much every wake-up is expected to be late, and by how much it really is.
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

impl World {
    fn new(link: &str) -> Self {
        let link: Link = link.parse().expect("a link");
        let authority = Authority::establish(&std::env::temp_dir()).expect("an authority");
        let observer = Observer::new(Retention::UntilCollected);
        let shared = Arc::new(Shared { observer, lateness: Lateness::default() });
        let server =
            Arc::new(Server::new(&link, &authority.settings(), &shared).expect("a server"));
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

    /// Sleeps until something is due, as the task does; gives what is to be written then.
    fn sleep(&mut self) -> String {
        let due = self.connection.due().expect("something is due");
        self.now.set((due.as_nanos() / 1000) - self.early + self.late);
        self.advance();
        self.write()
    }

    /// Writes what is on the wire, and gives it.
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
        self.server.shared.observer.collect(micros(0), micros(u64::MAX / 1000))
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
fn without_a_link_a_request_is_answered_in_the_same_wake_up() {
    let mut world = World::new("rtt=0,tls=off");
    world.arrives(get(1), 2000);
    assert!(world.write().starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(world.connection.due(), None);
    let row = world.request(0);
    assert_eq!((row.last_byte_in, row.hold_in), (span(2000), Span::ZERO));
    assert_eq!((row.handled, row.last_byte_out), (span(2000), Some(span(2000))));
}

#[test]
fn the_link_holds_each_direction_and_the_first_flight_a_round_trip_longer() {
    let mut world = World::new("rtt=10ms,tls=off");
    world.arrives(get(1), 2000);
    assert_eq!(world.sleep(), "");
    assert_eq!(world.now.get(), 17_000);
    assert!(world.sleep().starts_with("HTTP/1.1 200 OK\r\n"));
    assert_eq!(world.now.get(), 22_000);
    world.arrives(get(2), 30_000);
    assert_eq!(world.sleep(), "");
    assert_eq!(world.now.get(), 35_000);
    world.sleep();
    assert_eq!(world.now.get(), 40_000);
    let row = world.request(1);
    assert_eq!((row.last_byte_in, row.hold_in), (span(30_000), span(5000)));
    assert_eq!((row.handled, row.first_byte_out), (span(35_000), Some(span(40_000))));
    assert_eq!(row.hold_out, Some(span(5000)));
    assert_eq!(world.row().first_byte_hold, Some(span(15_000)));
    assert_eq!(world.row().requests, 2);
}

#[test]
fn lateness_does_not_add_up() {
    let mut world = World::new("rtt=10ms,tls=off,think=2ms");
    world.late = 300;
    world.arrives(get(1), 2000);
    // Let through, thought over and written: 0.3 ms late each, but only once in the end.
    let answers = [world.sleep(), world.sleep(), world.sleep()];
    assert_eq!(answers.map(|answer| answer.is_empty()), [true, true, false]);
    assert_eq!(world.now.get(), 2000 + 15_000 + 2000 + 5000 + 300);
    let row = world.request(0);
    assert_eq!(row.hold_in, span(15_300), "what really happened is told");
    assert_eq!(row.think, span(2000));
    assert_eq!(row.hold_out, Some(span(5000)));
}

#[test]
fn lateness_that_is_expected_is_taken_off() {
    let mut world = World::new("rtt=10ms,tls=off,think=2ms");
    (world.early, world.late) = (60, 60);
    world.arrives(get(1), 2000);
    for _ in 0..3 {
        world.sleep();
    }
    assert_eq!(world.now.get(), 24_000);
    // Woken sooner than expected, it comes a little early, but that does not add up either.
    (world.early, world.late) = (60, 10);
    world.arrives(get(2), 30_000);
    for _ in 0..3 {
        world.sleep();
    }
    assert_eq!(world.now.get(), 42_000 - 50);
}

#[test]
fn thinking_takes_turns_on_a_connection() {
    let mut world = World::new("rtt=0,tls=off,think=2ms");
    world.arrives(get(1) + &get(2), 2000);
    assert!(world.sleep().contains("\"id\": 1,"));
    world.server.handler.set_think(span(500));
    assert_eq!(world.now.get(), 4000);
    // The second was handed over when the first was answered, with the think time of then.
    assert!(world.sleep().contains("\"id\": 2,"));
    assert_eq!(world.now.get(), 6000);
    assert_eq!(world.request(1).last_byte_in, span(2000));
    assert_eq!(world.request(1).handled, span(4000));
}

#[test]
fn who_waits_for_a_turn_does_not_pay_for_a_late_wake_up() {
    let mut world = World::new("rtt=0,tls=off,think=2ms,capacity=1");
    world.arrives(get(1), 2000);
    let second = Connection::accept(&world.server, micros(1000), 8).expect("a connection");
    let first = std::mem::replace(&mut world.connection, second);
    world.arrives(get(2), 2000);
    assert_eq!(world.connection.due(), None, "it waits for its turn and for no time");
    assert_eq!(world.witness().requests.len(), 1);

    let mut second = std::mem::replace(&mut world.connection, first);
    world.late = 300;
    assert!(world.sleep().contains("\"id\": 1,"));
    let turn = second.place().expect("a place").try_recv().expect("its turn");
    second.admit(turn, micros(4300));
    world.connection = second;
    world.advance();
    // Handled when the first was ready, and ready two milliseconds after that was to be.
    assert_eq!(world.witness().requests[1].handled, span(4300));
    assert_eq!(world.connection.due(), Some(micros(6000)));
    assert!(world.connection.place().is_none());
}

#[test]
fn a_turn_that_comes_when_nothing_waits_any_more_goes_on() {
    let mut world = World::new("rtt=0,tls=off,think=2ms,capacity=1");
    let Some(Asked::Turn(held)) = world.server.turns.as_ref().map(|turns| turns.ask()) else {
        panic!("a turn is free");
    };
    world.arrives(get(1), 2000);
    drop(held);
    let turn = world.connection.place().expect("a place").try_recv().expect("its turn");
    world.connection.admission.clear();
    world.connection.admit(turn, micros(3000));
    world.advance();
    assert!(matches!(world.server.turns.as_ref().map(|turns| turns.ask()), Some(Asked::Turn(_))));
}

#[test]
fn the_last_answer_and_the_end_leave_together() {
    let mut world = World::new("rtt=10ms,tls=off,jitter=2ms,keepalive=1");
    world.arrives(get(1), 2000);
    // Two deadlines in whole microseconds: it is woken after them.
    world.late = 1;
    let answers = [world.sleep(), world.sleep()];
    assert!(answers[0].is_empty() && answers[1].contains("connection: close"));
    assert!(world.connection.wants_shutdown());
}

#[test]
fn answers_keep_their_order_and_the_end_comes_last() {
    let mut world = World::new("rtt=10ms,tls=off");
    world.arrives(get(1), 2000);
    world.arrives(get(2), 2100);
    world.connection.ended(micros(2200));
    assert!(!world.connection.wants_bytes(), "an end is read once");
    let (mut text, mut wake_ups) = (String::new(), 0);
    while !world.connection.wants_shutdown() {
        text += &world.sleep();
        wake_ups += 1;
    }
    assert!(wake_ups < 8);
    assert!(text.find("\"id\": 1,").expect("one") < text.find("\"id\": 2,").expect("two"));
    world.connection.shut(micros(22_000));
    assert!(world.is_over());
    assert_eq!(world.row().closed_by, Some(Closer::Client));
    assert_eq!(world.row().closed, Some(span(2200)));
}

#[test]
fn after_its_last_answer_the_server_is_deaf_but_lingers() {
    let mut world = World::new("rtt=0,tls=off");
    world.arrives(format!("nonsense\r\n\r\n{}", get(1)), 2000);
    let answer = world.write();
    assert!(answer.starts_with("HTTP/1.1 400 ") && !answer.contains("200 OK"));
    assert!(world.connection.wants_shutdown());
    world.connection.shut(micros(2000));
    world.arrives(get(2), 3000);
    assert!(world.witness().requests.is_empty() && !world.is_over());
    let closed = (world.row().closed, world.row().closed_by);
    assert_eq!(closed, (Some(span(2000)), Some(Closer::Server)));
    assert_eq!(world.connection.due(), Some(micros(1_002_000)));
    assert!(world.connection.wants_bytes());
    world.connection.ended(micros(4000));
    assert!(world.is_over());
}

#[test]
fn a_server_that_closes_because_it_was_asked_to_does_so_for_the_client() {
    let mut world = World::new("rtt=0,tls=off");
    let wish = "GET /todos/1 HTTP/1.1\r\nhost: h\r\nconnection: close\r\n\r\n";
    world.arrives(wish, 2000);
    assert!(world.write().starts_with("HTTP/1.1 200 "));
    assert!(world.connection.wants_shutdown());
    world.connection.shut(micros(2500));
    let closed = (world.row().closed, world.row().closed_by);
    assert_eq!(closed, (Some(span(2500)), Some(Closer::Client)));
}

#[test]
fn the_observer_is_told_what_is_in_flight() {
    let mut world = World::new("rtt=10ms,tls=off");
    let is_quiet = |world: &World| world.server.shared.observer.is_quiet();
    assert!(is_quiet(&world));
    world.arrives(&get(1)[..10], 2000);
    assert!(!is_quiet(&world), "held");
    world.sleep();
    assert!(is_quiet(&world), "half a request is the client's matter");
    world.arrives(&get(1)[10..], 20_000);
    world.sleep();
    assert!(!is_quiet(&world), "the answer is held");
    world.sleep();
    world.advance();
    assert!(is_quiet(&world));
    world.connection.ended(micros(40_000));
    world.advance();
    assert!(is_quiet(&world), "an end alone is nothing in flight");
}

#[test]
fn a_client_that_only_sends_is_held_off() {
    let mut world = World::new("rtt=0,tls=off");
    let flood = get(1).repeat(2000);
    let mut floods = 0;
    while world.connection.wants_bytes() {
        world.arrives(&flood, 2000);
        floods += 1;
        assert!(floods < 100, "everything is taken");
    }
    assert!(world.connection.admission.len() <= admission::MOST_WAITING + 2000);
    // Once it reads, all are answered.
    let mut answers = 0;
    while !world.connection.wire().is_empty() {
        answers += world.write().matches("HTTP/1.1 200").count();
        world.advance();
    }
    assert!(world.connection.wants_bytes());
    assert_eq!(answers, world.witness().requests.len());
}

impl World {
    /// The client's end arrives.
    fn ends(&mut self, at: u64) {
        self.now.set(at);
        self.connection.ended(micros(at));
        self.advance();
    }

    /// Writes everything that is due now, one wire after the other.
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
    let mut world = World::new("rtt=0,tls=off,body=200000");
    world.arrives(get(1), 2000);
    world.connection.took(1000, micros(2000));
    world.ends(2100);
    assert!(!world.connection.wants_shutdown() && !world.connection.wants_bytes());
    let rest = world.write_all();
    assert!(rest.len() + 1000 > 200_000 && rest.ends_with('}'));
    assert!(world.connection.wants_shutdown() && !world.is_over());
    assert_eq!(world.request(0).last_byte_out, Some(span(2100)));
    world.connection.shut(micros(2200));
    assert!(world.is_over());
    assert_eq!(world.closed(), (Some(span(2100)), Some(Closer::Client)));
}

#[test]
fn answers_a_queued_request_after_the_client_half_closes() {
    let mut world = World::new("rtt=0,tls=off,think=2ms,capacity=1");
    let Some(Asked::Turn(held)) = world.server.turns.as_ref().map(|turns| turns.ask()) else {
        panic!("a turn is free");
    };
    world.arrives(get(1), 2000);
    world.ends(2100);
    assert!(!world.connection.wants_shutdown());
    assert_eq!(world.connection.due(), None);
    held.end(micros(3000));
    let turn = world.connection.place().expect("a place").try_recv().expect("its turn");
    world.now.set(3010);
    world.connection.admit(turn, micros(3010));
    world.advance();
    assert_eq!(world.connection.due(), Some(micros(5000)));
    assert!(world.sleep().starts_with("HTTP/1.1 200 "));
    assert!(world.connection.wants_shutdown());
}

#[test]
fn closes_without_a_response_when_the_announced_body_never_comes() {
    let mut world = World::new("rtt=0,tls=off");
    let head =
        "POST /todos HTTP/1.1\r\nhost: h\r\nexpect: 100-continue\r\ncontent-length: 2\r\n\r\n";
    world.arrives(head, 2000);
    assert_eq!(world.write(), "HTTP/1.1 100 Continue\r\n\r\n");
    world.ends(2100);
    assert_eq!(world.write(), "");
    assert!(world.connection.wants_shutdown());
    assert!(world.witness().requests.is_empty());
}

#[test]
fn an_early_close_leaves_pipelined_requests_unanswered() {
    let mut world = World::new("rtt=0,tls=off,fault=early-close:2");
    world.arrives(get(1) + &get(2) + &get(3), 2000);
    let text = world.write_all();
    assert!(text.contains("\"id\": 1,") && text.contains("\"id\": 2,"));
    assert!(!text.contains("\"id\": 3,") && !text.contains("connection: close"));
    assert_eq!(world.witness().requests.len(), 2);
    assert!(world.connection.wants_shutdown());
    world.connection.shut(micros(2050));
    assert_eq!(world.closed(), (Some(span(2050)), Some(Closer::Server)));
    assert_eq!(world.connection.due(), Some(micros(1_002_050)));
    world.now.set(1_002_049);
    assert!(world.connection.wants_bytes() && !world.is_over());
    world.now.set(1_002_050);
    assert!(world.is_over());
}

#[test]
fn a_truncated_body_and_the_end_leave_together() {
    let mut world = World::new("rtt=10ms,tls=off,body=1001,fault=truncate:1");
    world.arrives(get(1), 2000);
    assert_eq!(world.sleep(), "");
    let text = world.sleep();
    assert_eq!(world.now.get(), 22_000);
    let (head, body) = text.split_once("\r\n\r\n").expect("a head");
    assert!(head.contains("content-length: 1001") && head.contains("connection: keep-alive"));
    assert_eq!(body.len(), 500);
    assert!(world.connection.wants_shutdown());
    let row = world.request(0);
    assert_eq!((row.body_bytes, row.last_byte_out), (500, Some(span(22_000))));
}

#[test]
fn the_keepalive_limit_drops_requests_that_follow_in_the_same_and_in_a_later_flight() {
    let mut world = World::new("rtt=10ms,tls=off,think=1ms,keepalive=2");
    world.arrives(get(1) + &get(2) + &get(3), 2000);
    world.arrives(get(4), 16_500);
    let mut events = Vec::new();
    while !world.connection.wants_shutdown() {
        assert!(events.len() < 20, "the server does not close: {events:?}");
        let text = world.sleep();
        events.push((world.now.get(), text.matches("HTTP/1.1 200").count()));
    }
    let expected = [(17_000, 0), (18_000, 0), (19_000, 0), (21_500, 0), (23_000, 1), (24_000, 1)];
    assert_eq!(events, expected);
    assert_eq!(world.witness().requests.len(), 2);
    world.connection.shut(micros(24_000));
    assert_eq!(world.closed(), (Some(span(24_000)), Some(Closer::Server)));
    world.advance();
    assert!(world.server.shared.observer.is_quiet());
    assert!(!world.is_over());
}

#[test]
fn ignores_garbage_after_the_last_request() {
    let mut world = World::new("rtt=0,tls=off");
    world.arrives(format!("{CLOSING_GET}nonsense\r\n\r\n"), 2000);
    let text = world.write_all();
    assert!(text.starts_with("HTTP/1.1 200 ") && text.matches("HTTP/1.1").count() == 1);
    assert!(world.connection.wants_shutdown() && world.connection.wants_bytes());
    world.arrives("more nonsense\r\n\r\n", 2100);
    assert_eq!(world.write(), "");
    world.connection.shut(micros(2200));
    assert_eq!(world.closed(), (Some(span(2200)), Some(Closer::Client)));
    world.ends(2300);
    assert!(world.is_over());
    assert_eq!(world.closed(), (Some(span(2200)), Some(Closer::Client)));
}

#[test]
fn answers_the_request_before_garbage_and_refuses_the_garbage() {
    let mut world = World::new("rtt=0,tls=off,think=2ms");
    world.arrives(get(1) + "nonsense\r\n\r\n" + &get(2), 2000);
    world.ends(2100);
    let text = world.sleep() + &world.write_all();
    assert_eq!(world.now.get(), 4000);
    let statuses: Vec<&str> =
        text.split("HTTP/1.1 ").skip(1).filter_map(|answer| answer.split(' ').next()).collect();
    assert_eq!(statuses, ["200", "400"]);
    assert!(world.connection.wants_shutdown());
}

#[test]
fn a_reset_while_lingering_does_not_change_who_closed() {
    let mut world = World::new("rtt=0,tls=off");
    world.arrives("nonsense\r\n\r\n", 2000);
    world.write_all();
    world.connection.shut(micros(2100));
    world.connection.broke(micros(2200));
    assert_eq!(world.closed(), (Some(span(2100)), Some(Closer::Server)));
}

#[test]
fn a_reset_before_the_response_is_recorded_as_a_reset() {
    let mut world = World::new("rtt=0,tls=off,think=2ms");
    world.arrives(get(1), 2000);
    world.connection.broke(micros(2200));
    assert_eq!(world.closed(), (Some(span(2200)), Some(Closer::Reset)));
    assert_eq!(world.request(0).first_byte_out, None);
}

/// A TLS client without a socket, at the other end of a world's link.
struct Peer(ClientConnection);

impl Peer {
    fn of(world: &World, version: &'static SupportedProtocolVersion) -> Self {
        let mut roots = RootCertStore::empty();
        let pem = fs::read(world.authority.certificate()).expect("a certificate");
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

    fn says(&mut self) -> Vec<u8> {
        let mut bytes = Vec::new();
        while self.0.wants_write() {
            self.0.write_tls(&mut bytes).expect("writes");
        }
        bytes
    }

    fn hears(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() {
            self.0.read_tls(&mut bytes).expect("reads");
            self.0.process_new_packets().expect("understands");
        }
    }

    /// Goes back and forth until the client has nothing to say.
    fn converse(&mut self, world: &mut World) {
        loop {
            let flight = self.says();
            if flight.is_empty() {
                return;
            }
            world.arrives(flight, world.now.get());
            let bytes = world.write_bytes();
            self.hears(&bytes);
            while world.connection.due().is_some() {
                world.sleep_for(self);
            }
        }
    }
}

impl World {
    fn sleep_for(&mut self, peer: &mut Peer) {
        let due = self.connection.due().expect("something is due");
        self.now.set(due.as_nanos() / 1000);
        self.advance();
        let bytes = self.write_bytes();
        peer.hears(&bytes);
    }
}

#[test]
fn a_client_that_says_nothing_after_the_server_s_last_word_has_not_ended_the_handshake() {
    let mut world = World::new("rtt=10ms,tls=on");
    Peer::of(&world, &version::TLS12).converse(&mut world);
    let row = world.row();
    assert_eq!(row.handshake_out, Some(span(31_000)));
    assert_eq!((row.handshake_in, row.handshake_in_hold), (None, None));
}

/// What the witness says of a connection that was secured from 1 ms on, on a link of 10 ms.
fn secured(version: &'static SupportedProtocolVersion) -> ConnectionRow {
    let mut world = World::new("rtt=10ms,tls=on");
    let mut peer = Peer::of(&world, version);
    peer.converse(&mut world);
    std::io::Write::write_all(&mut peer.0.writer(), get(1).as_bytes()).expect("writes");
    peer.converse(&mut world);
    assert_eq!(world.witness().requests.len(), 1);
    world.row()
}

#[test]
fn tls_1_3_takes_one_round_trip_and_its_tickets_do_not_count() {
    let row = secured(&version::TLS13);
    assert_eq!(row.first_byte_in, Some(span(1000)));
    assert_eq!(row.handshake_out, Some(span(21_000)));
    assert_eq!(row.handshake_out_hold, Some(span(5000)));
    assert_eq!(row.handshake_in, Some(span(21_000)));
    assert_eq!(row.handshake_in_hold, Some(span(5000)));
    assert_eq!(row.tls.map(|tls| (tls.version, tls.resumed)), Some(("TLSv1.3".to_owned(), false)));
}

#[test]
fn tls_1_2_takes_two_and_the_server_has_the_last_word() {
    let row = secured(&version::TLS12);
    assert_eq!(row.handshake_out, Some(span(31_000)));
    assert_eq!(row.handshake_in, Some(span(31_000)));
    assert_eq!(row.tls.map(|tls| tls.version), Some("TLSv1.2".to_owned()));
}

/// A TLS 1.3 connection whose handshake is done, and its client.
fn established(link: &str) -> (World, Peer) {
    let mut world = World::new(link);
    let mut peer = Peer::of(&world, &version::TLS13);
    peer.converse(&mut world);
    assert!(!peer.0.is_handshaking());
    (world, peer)
}

impl Peer {
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
    let (mut world, mut peer) = established("rtt=10ms,tls=on");
    let from = world.now.get();
    peer.request(&get(1));
    peer.0.send_close_notify();
    let flight = peer.says();
    world.arrives(flight, from + 1000);
    while world.connection.due().is_some() {
        world.sleep_for(&mut peer);
    }
    assert_eq!(world.now.get(), from + 11_000);
    let (text, closed) = peer.received();
    assert!(text.starts_with("HTTP/1.1 200 ") && closed);
    assert!(world.connection.wants_shutdown() && world.connection.wants_bytes());
    assert_eq!(world.closed(), (Some(span(from + 1000)), Some(Closer::Client)));
    world.connection.shut(micros(from + 12_000));
    assert!(world.is_over(), "the client's end has come, though only within TLS");
    world.ends(from + 13_000);
    assert!(world.is_over());
    assert_eq!(world.closed(), (Some(span(from + 1000)), Some(Closer::Client)));
}

#[test]
fn a_close_notify_and_the_end_of_the_stream_close_once() {
    let (mut world, mut peer) = established("rtt=10ms,tls=on");
    let from = world.now.get();
    peer.0.send_close_notify();
    let flight = peer.says();
    world.arrives(flight, from + 1000);
    world.ends(from + 1200);
    while world.connection.due().is_some() {
        world.sleep_for(&mut peer);
    }
    assert_eq!(world.now.get(), from + 11_000, "the answer to close_notify");
    assert!(peer.received().1);
    assert!(world.connection.wants_shutdown() && !world.connection.wants_bytes());
    world.connection.shut(micros(from + 12_000));
    assert!(world.is_over());
    assert_eq!(world.closed(), (Some(span(from + 1200)), Some(Closer::Client)));
}

#[test]
fn the_server_s_close_notify_follows_its_last_response() {
    let (mut world, mut peer) = established("rtt=0,tls=on");
    peer.request(CLOSING_GET);
    let flight = peer.says();
    world.arrives(flight, 2000);
    let bytes = world.write_bytes();
    peer.hears(&bytes);
    let (text, closed) = peer.received();
    assert!(text.starts_with("HTTP/1.1 200 ") && closed);
    assert!(world.connection.wants_shutdown());
    world.connection.shut(micros(2100));
    peer.0.send_close_notify();
    let flight = peer.says();
    world.arrives(flight, 2200);
    assert!(!world.is_over(), "what the client still sends is discarded unread");
    world.ends(2300);
    assert!(world.is_over());
    assert_eq!(world.closed(), (Some(span(2100)), Some(Closer::Client)));
}

#[test]
fn closes_after_the_request_in_progress_when_tls_breaks_behind_it() {
    let (mut world, mut peer) = established("rtt=0,tls=on,think=2ms");
    peer.request(&get(1));
    let flight = peer.says();
    world.arrives(flight, 2000);
    world.arrives([0x17, 3, 3, 0, 20].into_iter().chain([7; 20]).collect::<Vec<u8>>(), 2100);
    assert!(!world.write_bytes().is_empty(), "an alert");
    assert!(!world.connection.wants_shutdown() && world.connection.wants_bytes());
    world.arrives(get(2), 2200);
    assert_eq!(world.connection.due(), Some(micros(4000)));
    assert!(world.sleep().is_empty(), "TLS sends nothing after a fatal alert");
    assert!(world.connection.wants_shutdown());
    assert_eq!(world.witness().requests.len(), 1);
    assert_eq!(world.request(0).think, span(2000));
    assert_eq!(world.request(0).last_byte_out, None);
    world.connection.shut(micros(4100));
    assert_eq!(world.closed(), (Some(span(4100)), Some(Closer::Server)));
    assert!(!world.is_over());
}

#[test]
fn whatever_comes_over_tls_or_not_it_comes_to_an_end() {
    let mut seed = 7u64;
    let mut random = move || {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        seed >> 33
    };
    for link in ["rtt=0,tls=on", "rtt=0,tls=off"] {
        let mut world = World::new(link);
        for _ in 0..300 {
            let connection = Connection::accept(&world.server, micros(1000), 7);
            world.connection = connection.expect("a connection");
            for _ in 0..random() % 8 {
                let mut bytes: Vec<u8> = (0..random() % 200).map(|_| random() as u8).collect();
                if random() % 2 == 0 {
                    bytes.splice(0..0, [0x16, 3, 1, 0, random() as u8, 1, 0, 0]);
                }
                world.arrives(bytes, 2000);
                world.write();
            }
            world.now.set(2000);
            world.connection.ended(micros(2000));
            world.advance();
            world.write();
            assert!(world.connection.wants_shutdown());
        }
    }
}
