use model::witness::TlsAgreement;

use super::*;

/// One request on a connection of its own: to which peer, what it shows, and when it was made.
#[derive(Clone, Copy)]
struct Made {
    peer: &'static str,
    line: Option<(&'static str, &'static str)>,
    status: Option<u16>,
    at: u64,
}

const API: &str = "10.0.0.1:443";
const OTHER: &str = "10.0.0.9:443";

fn get(peer: &'static str, path: &'static str, status: u16, at: u64) -> Made {
    Made { peer, line: Some(("GET", path)), status: Some(status), at }
}

fn post(peer: &'static str, path: &'static str, at: u64) -> Made {
    Made { peer, line: Some(("POST", path)), status: Some(200), at }
}

/// A request of which only its encrypted bytes are seen.
fn encrypted(peer: &'static str, at: u64) -> Made {
    Made { peer, line: None, status: None, at }
}

fn witness(made: &[Made]) -> SocketWitness {
    let tls = Some(TlsAgreement { version: "TLSv1.3".to_owned(), resumed: false, alpn: None });
    let connection = |(id, made): (u64, &Made)| SocketConnection {
        id,
        peer: made.peer.to_owned(),
        tls: tls.clone(),
        ..SocketConnection::default()
    };
    let request = |(connection, made): (u64, &Made)| SocketRequest {
        connection,
        method: made.line.map(|(method, _)| method.to_owned()),
        path: made.line.map(|(_, path)| path.to_owned()),
        status: made.status,
        writing: Span::from_millis(made.at),
        first_byte: Some(Span::from_millis(made.at + 5)),
        ..SocketRequest::default()
    };
    SocketWitness {
        connections: (0..).zip(made).map(connection).collect(),
        requests: (0..).zip(made).map(request).collect(),
        ..SocketWitness::default()
    }
}

fn names(known: &[(&str, &str)]) -> Names {
    let mut names = Names::default();
    for (name, address) in known {
        names.learn(name, vec![address.parse().expect("an address")]);
    }
    names
}

fn batch(url: &str) -> [Request; 1] {
    [Request { method: "GET".to_owned(), url: url.to_owned(), body: None }]
}

/// The peers of the requests that count for a batch of one URL.
fn counted(url: &str, names: &Names, made: &[Made]) -> Vec<String> {
    let seen = separate(witness(made), &batch(url), names);
    let peers: BTreeMap<u64, String> =
        seen.connections.into_iter().map(|row| (row.id, row.peer)).collect();
    assert_eq!(seen.requests.len() + seen.other.requests.len(), made.len());
    seen.requests.iter().map(|row| peers[&row.connection].clone()).collect()
}

const URL: &str = "https://api.example.org/todos/1?page=2";

fn both_names() -> Names {
    names(&[("API.example.org.", "10.0.0.1"), ("metrics.example.org", "10.0.0.9")])
}

#[test]
fn a_server_with_another_name_on_the_same_port_does_not_count() {
    let made = [get(API, "/todos/1", 200, 0), post(OTHER, "/metrics", 9)];
    assert_eq!(counted(URL, &both_names(), &made), [API]);
    // The database speaks another protocol.
    let mut seen = witness(&[get(API, "/todos/1", 200, 0), encrypted("10.0.0.1:5432", 9)]);
    seen.connections[1].tls = None;
    assert_eq!(separate(seen, &batch(URL), &both_names()).requests.len(), 1);
}

#[test]
fn every_address_of_a_name_belongs_to_it() {
    let mut known = both_names();
    known.learn("api.example.org", vec!["::ffff:10.0.0.2".parse().expect("an address")]);
    let made = [encrypted(API, 0), encrypted("10.0.0.2:443", 1), encrypted("10.0.0.2:80", 1)];
    let peers = counted(URL, &known, &made);
    assert_eq!(peers, [API, "10.0.0.2:443"]);
}

#[test]
fn a_client_with_a_resolver_of_its_own_is_known_by_the_port() {
    let made = [encrypted(API, 0), post("10.0.0.9:4318", "/v1/metrics", 9)];
    assert_eq!(counted(URL, &Names::default(), &made), [API]);
    // The address of another name is not that of the URL.
    let made = [encrypted(API, 0), post(OTHER, "/metrics", 9)];
    let known = names(&[("metrics.example.org", "10.0.0.9")]);
    assert_eq!(counted(URL, &known, &made), [API]);
}

#[test]
fn a_redirect_to_another_server_counts() {
    let redirected = [get(API, "/todos/1", 302, 0), get(OTHER, "/there", 200, 9)];
    assert_eq!(counted(URL, &both_names(), &redirected), [API, OTHER]);
    let invisible = [encrypted(API, 0), encrypted(OTHER, 9)];
    assert_eq!(counted(URL, &both_names(), &invisible), [API, OTHER]);
    let onward = [redirected[0], get(OTHER, "/there", 307, 9), get("10.0.0.8:80", "/", 200, 20)];
    assert_eq!(counted(URL, &both_names(), &onward), [API, OTHER, "10.0.0.8:80"]);
}

#[test]
fn a_request_that_follows_no_redirect_does_not_count() {
    // Its own server followed the redirect.
    let within = [
        get(API, "/todos/1", 302, 0),
        get(API, "/todos/1/", 200, 9),
        get(OTHER, "/token", 200, 20),
    ];
    assert_eq!(counted(URL, &both_names(), &within), [API, API]);
    let earlier = [get(OTHER, "/token", 200, 0), get(API, "/todos/1", 302, 9)];
    assert_eq!(counted(URL, &both_names(), &earlier), [API]);
    let unasked = [get(API, "/todos/1", 302, 0), post(OTHER, "/metrics", 9)];
    assert_eq!(counted(URL, &both_names(), &unasked), [API]);
}

#[test]
fn a_request_of_the_batch_counts_at_any_server() {
    let mirrored = [get(API, "/todos/1", 200, 0), get(OTHER, "/todos/1", 200, 1)];
    assert_eq!(counted(URL, &both_names(), &mirrored), [API, OTHER]);
}

#[test]
fn everything_counts_where_no_server_of_the_batch_was_used() {
    let by_proxy = [encrypted("10.0.0.5:3128", 0), post("10.0.0.6:3128", "/x", 1)];
    assert_eq!(counted(URL, &both_names(), &by_proxy), ["10.0.0.5:3128", "10.0.0.6:3128"]);
}

#[test]
fn lookups_are_separated_by_their_names() {
    let mut seen = witness(&[get(API, "/todos/1", 200, 0), post(OTHER, "/metrics", 9)]);
    let lookup = |name: &str| Lookup {
        thread: 0,
        name: name.to_owned(),
        began: Span::ZERO,
        ended: Span::ZERO,
        addresses: 1,
    };
    seen.lookups = ["Api.example.org", "metrics.example.org"].map(lookup).to_vec();
    let seen = separate(seen, &batch(URL), &both_names());
    assert_eq!((&*seen.lookups[0].name, seen.lookups.len()), ("Api.example.org", 1));
    assert_eq!(seen.other.lookups.len(), 1);
}

#[test]
fn localhost_is_any_loopback_address() {
    let known = names(&[("localhost", "127.0.0.1")]);
    let made = [encrypted("[::1]:80", 0), encrypted("127.0.0.1:80", 1)];
    assert_eq!(counted("http://localhost/", &known, &made).len(), 2);
    let made = [made[0], made[1], post("127.0.0.1:4318", "/v1/metrics", 1)];
    assert_eq!(counted("http://localhost/", &known, &made).len(), 2);
}
