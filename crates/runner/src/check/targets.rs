//! What a driver is tried on: servers that answer well, badly and not at all.

use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use model::byte_size::ByteSize;
use model::link::Link;
use model::target::{Checks, Header, Request, Target, Trust};
use model::time::Span;

use super::CheckError;
use super::wayward::Wayward;
use crate::endpoint::Endpoint;

/// How many requests a target holds.
pub(super) const REQUESTS: u32 = 5;
/// The time limit of a trial that is expected to keep it.
const PATIENT: Span = Span::from_secs(20);
/// The time limit of a trial that is expected to exceed it.
pub(super) const HASTY: Span = Span::from_millis(500);
/// How long the endpoint thinks: an answer that is noted any earlier was not seen.
const THINK: Span = Span::from_millis(5);
/// The size of a body of which a client that does not read it leaves most to the endpoint: far more
/// than a connection's buffers hold, however generous a system is.
const LARGE: u64 = 64 << 20;
/// More than any todo has.
const TOO_MUCH: u64 = 1 << 20;

/// The header that a request must carry.
pub(super) const HEADER: &str = "x-batchmark-check";
/// That header's value.
pub(super) const VALUE: &str = "as told";
/// The body that a request must carry.
pub(super) const BODY: &str = r#"{"title": "as told"}"#;

/// What a driver is tried on.
#[derive(Debug)]
pub(super) struct Targets {
    /// Todos that are there, over TLS, behind a certificate that is to be trusted beside the
    /// client's own: what runs on the embedded endpoint are made with.
    pub(super) good: Target,
    /// The same, where that certificate alone is to be trusted.
    pub(super) alone: Target,
    /// Todos of which every second is not there.
    pub(super) mixed: Target,
    /// Todos, of which more is expected than they have.
    pub(super) short: Target,
    /// Todos behind a certificate that nobody was told to trust.
    pub(super) untrusted: Target,
    /// The same, where anybody is to be trusted.
    pub(super) trusting: Target,
    /// One large todo.
    pub(super) large: Target,
    /// A port that refuses.
    pub(super) refusing: Target,
    /// The wayward server.
    pub(super) wayward: Target,
    /// The wayward server, with little time.
    pub(super) hasty: Target,
    /// A request to the wayward server with all that a request can have.
    pub(super) elaborate: Target,
    /// The server behind the last three.
    pub(super) server: Wayward,
}

impl Targets {
    /// Opens the servers.
    pub(super) fn open(endpoint: &mut Endpoint) -> Result<Self, CheckError> {
        let thoughtful = Link { rtt: Span::ZERO, think: THINK, ..Link::default() };
        let generous =
            Link { rtt: Span::ZERO, tls: false, body: Some(ByteSize(LARGE)), ..Link::default() };
        let tls = format!("https://127.0.0.1:{}", endpoint.listen(&thoughtful)?);
        let plain = format!("http://127.0.0.1:{}", endpoint.listen(&generous)?);
        let server = Wayward::open()?;
        let astray = format!("http://127.0.0.1:{}", server.port());
        let good = target(&tls, &["todos"], REQUESTS, endpoint.ca_certificate());
        let wayward = target(&astray, &["todos"], REQUESTS, endpoint.ca_certificate());
        Ok(Self {
            mixed: target(&tls, &["todos", "absent"], REQUESTS, endpoint.ca_certificate()),
            short: Target { checks: at_least(TOO_MUCH), ..good.clone() },
            untrusted: Target { trust: Trust::Default, ..good.clone() },
            trusting: Target { trust: Trust::Anyone, ..good.clone() },
            alone: Target {
                trust: Trust::File { path: endpoint.ca_certificate().to_owned() },
                ..good.clone()
            },
            good,
            large: target(&plain, &["todos"], 1, endpoint.ca_certificate()),
            refusing: Target {
                requests: requests(
                    &format!("http://127.0.0.1:{}", free_port()?),
                    &["todos"],
                    REQUESTS,
                ),
                ..wayward.clone()
            },
            hasty: Target { time_limit: HASTY, ..wayward.clone() },
            elaborate: elaborate(&wayward),
            wayward,
            server,
        })
    }
}

fn target(server: &str, folders: &[&str], count: u32, certificate: &Path) -> Target {
    Target {
        requests: requests(server, folders, count),
        headers: Vec::new(),
        trust: Trust::Added { path: certificate.to_owned() },
        checks: at_least(3),
        time_limit: PATIENT,
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

fn elaborate(wayward: &Target) -> Target {
    let mut target = wayward.clone();
    target.requests.truncate(1);
    for request in &mut target.requests {
        request.method = "PUT".to_owned();
        request.body = Some(BODY.to_owned());
    }
    target.headers = vec![Header { name: HEADER.to_owned(), value: VALUE.to_owned() }];
    target
}

/// A port on which nobody listens: one that was free a moment ago.
fn free_port() -> io::Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}
