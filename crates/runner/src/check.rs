//! Whether a driver is a correct one: it is put through everything that a run can ask of it, and
//! held against what the embedded endpoint saw.

mod introduction;
mod strategy;

use std::fmt;
use std::net::{Ipv4Addr, TcpListener};

use model::link::Link;
use model::target::{Checks, Request, Target, Trust};
use model::time::Span;

use crate::command::ProcessCommand;
use crate::driver::{Driver, DriverFailure};
use crate::endpoint::{Endpoint, EndpointFailure};
use crate::groups::ProcessGroups;

/// How many requests the targets of a check hold.
const REQUESTS: u32 = 5;
/// The time limit of targets that answer.
const PATIENT: Span = Span::from_secs(10);
/// The time limit of the target that never answers.
const IMPATIENT: Span = Span::from_millis(300);

/// One point that was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Point {
    /// What a correct driver does.
    pub what: String,
    /// What this one did instead, where it did not.
    pub outcome: Result<(), Wrong>,
}

/// What a driver did wrong, as a sentence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrong(pub String);

impl fmt::Display for Wrong {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl From<DriverFailure> for Wrong {
    fn from(failure: DriverFailure) -> Self {
        Self(failure.to_string())
    }
}

impl From<EndpointFailure> for Wrong {
    fn from(failure: EndpointFailure) -> Self {
        Self(failure.to_string())
    }
}

/// Checks the driver that `command` starts. The first point that fails ends the check of what
/// builds on it.
///
/// # Errors
/// When the embedded endpoint does not start.
pub fn check_driver(
    command: &ProcessCommand,
    endpoint: &ProcessCommand,
    groups: &ProcessGroups,
) -> Result<Vec<Point>, EndpointFailure> {
    let mut endpoint = Endpoint::start(endpoint, groups)?;
    let targets = Targets::open(&mut endpoint)?;
    let mut points = Points::default();
    let start = || Driver::start(command, groups);
    let Some(driver) = points.check("it introduces itself", || Ok(start()?)) else {
        return Ok(points.taken);
    };
    let hello = driver.hello().clone();
    introduction::check(&mut points, &hello, driver, &start);
    for spec in &hello.strategies {
        strategy::check(&mut points, spec, &start, &mut endpoint, &targets);
    }
    Ok(points.taken)
}

/// The points that were checked, in order.
#[derive(Debug, Default)]
struct Points {
    taken: Vec<Point>,
}

impl Points {
    /// Checks a point and gives what it brought to light.
    fn check<T>(&mut self, what: &str, check: impl FnOnce() -> Result<T, Wrong>) -> Option<T> {
        let (outcome, value) = match check() {
            Ok(value) => (Ok(()), Some(value)),
            Err(wrong) => (Err(wrong), None),
        };
        self.taken.push(Point { what: what.to_owned(), outcome });
        value
    }
}

/// What a driver is tried on.
struct Targets {
    /// Todos that are there.
    good: Target,
    /// Todos that are not.
    absent: Target,
    /// A port that refuses.
    refusing: Target,
    /// A port that accepts and never answers.
    silent: Target,
    /// Keeps the silent port open.
    _silence: Option<TcpListener>,
}

impl Targets {
    fn open(endpoint: &mut Endpoint) -> Result<Self, EndpointFailure> {
        let port = endpoint.listen(&Link { rtt: Span::ZERO, ..Link::default() })?;
        let trust = Trust::File { path: endpoint.ca_certificate().to_owned() };
        let silence = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok();
        let silent_port = silence.as_ref().and_then(port_of).unwrap_or(9);
        Ok(Self {
            good: target("https", port, "todos", &trust, PATIENT),
            absent: target("https", port, "absent", &trust, PATIENT),
            refusing: target("http", free_port(), "todos", &Trust::Default, PATIENT),
            silent: target("http", silent_port, "todos", &Trust::Default, IMPATIENT),
            _silence: silence,
        })
    }
}

fn target(scheme: &str, port: u16, folder: &str, trust: &Trust, time_limit: Span) -> Target {
    let request = |number| Request {
        method: "GET".to_owned(),
        url: format!("{scheme}://127.0.0.1:{port}/{folder}/{number}"),
        body: None,
    };
    Target {
        requests: (1..=REQUESTS).map(request).collect(),
        headers: Vec::new(),
        trust: trust.clone(),
        checks: Checks { statuses: vec![200], min_bytes: 3 },
        time_limit,
    }
}

fn port_of(listener: &TcpListener) -> Option<u16> {
    listener.local_addr().ok().map(|address| address.port())
}

/// A port on which nobody listens: one that was free a moment ago.
fn free_port() -> u16 {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).ok();
    listener.as_ref().and_then(port_of).unwrap_or(9)
}
