//! The servers that a driver is checked with: they answer correctly, wrongly or not at all.

use std::num::NonZeroU64;
use std::path::Path;

use model::byte_size::ByteSize;
use model::http_version::HttpVersion;
use model::link::{Faults, Link, OneIn};
use model::target::{Checks, Header, Request, Target, Trust};
use model::time::Span;

use crate::CheckError;
use crate::faulty_server::FaultyServer;
use host::refusing_port::RefusingPort;
use runner::endpoint::Endpoint;

/// How many requests a target holds.
pub(crate) const REQUESTS: u32 = 5;
/// The time limit of a trial that should end before it.
const LONG_LIMIT: Span = Span::from_secs(20);
/// The time limit of a trial that should reach it.
pub(crate) const SHORT_LIMIT: Span = Span::from_millis(500);
/// How long the endpoint thinks: a client that reports an earlier answer did not see it.
const THINK: Span = Span::from_millis(5);
/// The size of a body that no connection buffers whole: a client that does not read it leaves most
/// of it at the endpoint.
const LARGE: u64 = 64 << 20;
/// The same over QUIC, whose windows are smaller than the buffers of TCP.
const LARGE_OVER_QUIC: u64 = 8 << 20;
/// How long a server thinks that never answers.
const NEVER: Span = Span::from_secs(3600);
/// More bytes than any todo has.
const TOO_MUCH: u64 = 1 << 20;

/// The header that a request must carry.
pub(crate) const HEADER: &str = "x-batchmark-check";
/// That header's value.
pub(crate) const VALUE: &str = "as requested";
/// The body that a request must carry.
pub(crate) const BODY: &str = r#"{"title": "as requested"}"#;

/// The targets of all checks.
#[derive(Debug)]
pub(crate) struct Targets {
    /// Todos that exist, over TLS, with the endpoint's certificate trusted beside the client's own,
    /// as in a run on the embedded endpoint.
    pub(crate) good: Target,
    /// The same, over every version of HTTP.
    pub(crate) every_version: Target,
    /// The good ones, with only that certificate trusted.
    pub(crate) one_certificate: Target,
    /// Todos of which every second does not exist.
    pub(crate) mixed: Target,
    /// Todos whose bodies are shorter than expected.
    pub(crate) short: Target,
    /// Todos behind a certificate that is not trusted.
    pub(crate) untrusted: Target,
    /// The same, without verification.
    pub(crate) unverified: Target,
    /// One large todo.
    pub(crate) large: Target,
    /// Todos whose bodies are cut off.
    pub(crate) cut_off: Target,
    /// Todos that are never answered, with a short time limit.
    pub(crate) silent: Target,
    /// A port that refuses.
    pub(crate) refusing: Target,
    /// The port of the last one, which stays reserved.
    _refusing_port: RefusingPort,
    /// The faulty server.
    pub(crate) faulty: Target,
    /// The faulty server, with a short time limit.
    pub(crate) short_limit: Target,
    /// A request to the faulty server with a method, a header and a body.
    pub(crate) elaborate: Target,
    /// The server of the last three, which speaks HTTP/1.1.
    pub(crate) server: FaultyServer,
}

impl Targets {
    /// Opens the servers. The endpoint offers this version of HTTP; the faulty server speaks HTTP/1.1.
    pub(crate) fn open(endpoint: &mut Endpoint, http: HttpVersion) -> Result<Self, CheckError> {
        let near = Link { rtt: Span::ZERO, http, ..Link::default() };
        let slow = Link { think: THINK, ..near };
        let over_quic = http == HttpVersion::Http3;
        let size = if over_quic { LARGE_OVER_QUIC } else { LARGE };
        let large = Link { tls: over_quic, body: Some(ByteSize(size)), ..near };
        let truncate = Some(OneIn(NonZeroU64::MIN));
        let cut_off = Link { fault: Faults { truncate, ..Faults::default() }, ..near };
        let silent = Link { think: NEVER, ..near };
        let tls = open(endpoint, &slow)?;
        let every_version = open(endpoint, &Link { http: HttpVersion::Http3, ..slow })?;
        let large = open(endpoint, &large)?;
        let cut_off = open(endpoint, &cut_off)?;
        let silent = open(endpoint, &silent)?;
        let server = FaultyServer::open()?;
        let refusing_port = RefusingPort::reserve()?;
        let refusing_url = format!("http://127.0.0.1:{}", refusing_port.number());
        let faulty_url = format!("http://127.0.0.1:{}", server.port());
        let good = target(&tls, &["todos"], REQUESTS, endpoint.ca_certificate());
        let faulty = target(&faulty_url, &["todos"], REQUESTS, endpoint.ca_certificate());
        Ok(Self {
            every_version: target(&every_version, &["todos"], REQUESTS, endpoint.ca_certificate()),
            mixed: target(&tls, &["todos", "absent"], REQUESTS, endpoint.ca_certificate()),
            short: Target { checks: at_least(TOO_MUCH), ..good.clone() },
            untrusted: Target { trust: Trust::Default, ..good.clone() },
            unverified: Target { trust: Trust::Anyone, ..good.clone() },
            one_certificate: Target {
                trust: Trust::File { path: endpoint.ca_certificate().to_owned() },
                ..good.clone()
            },
            good,
            large: target(&large, &["todos"], 1, endpoint.ca_certificate()),
            cut_off: target(&cut_off, &["todos"], REQUESTS, endpoint.ca_certificate()),
            silent: Target {
                time_limit: SHORT_LIMIT,
                ..target(&silent, &["todos"], REQUESTS, endpoint.ca_certificate())
            },
            refusing: Target {
                requests: requests(&refusing_url, &["todos"], REQUESTS).into(),
                ..faulty.clone()
            },
            _refusing_port: refusing_port,
            short_limit: Target { time_limit: SHORT_LIMIT, ..faulty.clone() },
            elaborate: elaborate(&faulty),
            faulty,
            server,
        })
    }
}

/// Opens a listener of the endpoint. Returns the start of its URLs.
fn open(endpoint: &mut Endpoint, link: &Link) -> Result<String, CheckError> {
    let scheme = if link.tls { "https" } else { "http" };
    Ok(format!("{scheme}://127.0.0.1:{}", endpoint.listen(link)?))
}

fn target(server: &str, folders: &[&str], count: u32, certificate: &Path) -> Target {
    Target {
        userinfo: None,
        requests: requests(server, folders, count).into(),
        headers: Vec::new(),
        trust: Trust::Added { path: certificate.to_owned() },
        checks: at_least(3),
        time_limit: LONG_LIMIT,
    }
}

/// Requests for the numbers from 1 on, in each of the folders in turn.
fn requests(server: &str, folders: &[&str], count: u32) -> Vec<Request> {
    (1..=count)
        .zip(folders.iter().cycle())
        .map(|(number, folder)| Request {
            method: "GET".to_owned(),
            url: format!("{server}/{folder}/{number}"),
            body: None,
        })
        .collect()
}

fn at_least(min_bytes: u64) -> Checks {
    Checks { statuses: vec![200], min_bytes }
}

fn elaborate(faulty: &Target) -> Target {
    let mut target = faulty.clone();
    let elaborate = |request: Request| Request {
        method: "PUT".to_owned(),
        body: Some(BODY.to_owned()),
        ..request
    };
    target.requests = target.requests.iter().take(1).map(elaborate).collect();
    target.headers = vec![Header { name: HEADER.to_owned(), value: VALUE.to_owned() }];
    target
}
