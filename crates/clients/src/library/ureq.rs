//! ureq: a client that blocks its thread.
//!
//! Its resolver and its chain of connectors are our own, because ureq's show no milestones and do
//! not let resumption be switched off; they do what ureq's do, in the same order and through the
//! same buffers. No timeout of ureq's is set: each would start a thread for every request.

mod current;
mod resolver;
mod tap;
mod tcp;
mod tls;

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use model::failure::Failure;
use ureq::config::Config;
use ureq::http::Response;
use ureq::unversioned::transport::Connector as _;
use ureq::{Agent, Body, Error};

use self::resolver::Lookup;
use self::tap::TapConnector;
use self::tcp::TcpConnector;
use self::tls::TlsConnector;
use super::BlockingClient;
use crate::conditions::Pool;
use crate::fault::{self, Fault};
use crate::ground::Ground;
use crate::limit::Interrupt;
use crate::probe::Probe;
use crate::tls::client_config;
use crate::wanted::WantedRequest;

const BODY_BUFFER: usize = 16 * 1024;

/// A session of ureq: one agent.
pub(crate) struct Ureq {
    agent: Agent,
    requests: Arc<[WantedRequest]>,
}

impl Ureq {
    /// Opens a session. Its TLS configuration is built here, once, and not by whichever thread
    /// needs it first: ureq's own connector lets threads that come at once build one each.
    pub(crate) fn open(ground: &Ground) -> Self {
        let tls = ground.needs_tls().then(|| client_config(&ground.roots, ground.settings.resume));
        let connectors = ().chain(TcpConnector).chain(TlsConnector::new(tls)).chain(TapConnector);
        let agent = Agent::with_parts(config(ground.settings.pool), connectors, Lookup);
        Self { agent, requests: Arc::clone(&ground.requests) }
    }
}

fn config(pool: Pool) -> Config {
    let builder = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .allow_non_standard_methods(true)
        .proxy(None);
    match pool {
        Pool::Native => builder,
        Pool::Kept(connections) => builder
            .max_idle_connections(usize::MAX)
            .max_idle_connections_per_host(connections)
            .max_idle_age(Duration::MAX),
    }
    .build()
}

impl Interrupt for Ureq {
    fn interrupt(&self) {
        self.agent.clone().shutdown();
    }
}

impl BlockingClient for Ureq {
    fn fetch(&self, probe: &Probe) -> Result<(), Failure> {
        let _guard = current::set(probe);
        let response = send(&self.agent, &self.requests[probe.request()])
            .map_err(|error| failure("wait for the response", &error))?;
        probe.status(response.status().as_u16());
        let mut bytes = 0;
        let end = read_body(response.into_body(), &mut bytes);
        probe.bytes(bytes);
        end.map_err(|error| io_failure("read the body", &error))
    }
}

fn send(agent: &Agent, wanted: &WantedRequest) -> Result<Response<Body>, Error> {
    match wanted.body() {
        Some(body) => agent.run(wanted.around(body.as_ref())),
        None => agent.run(wanted.around(())),
    }
}

/// Reads a body to its end, keeping none of it, and counts its bytes.
fn read_body(body: Body, bytes: &mut u64) -> io::Result<()> {
    let mut reader = body.into_reader();
    let mut buffer = [0; BODY_BUFFER];
    loop {
        match reader.read(&mut buffer)? {
            0 => return Ok(()),
            read => *bytes += read as u64,
        }
    }
}

fn failure(doing: &str, error: &Error) -> Failure {
    match error {
        Error::Io(error) => io_failure(doing, error),
        Error::Other(other) => match other.downcast_ref::<Fault>() {
            Some(Fault(failure)) => failure.clone(),
            None => fault::protocol(doing, other),
        },
        Error::Protocol(reason) => fault::protocol(doing, reason),
        Error::BodyStalled => fault::ended(doing),
        other => fault::protocol(doing, other),
    }
}

/// The failure behind an I/O error, inside of which ureq may have put one of its own.
fn io_failure(doing: &str, error: &io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(inner) => failure(doing, inner),
        None => fault::broken(doing, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions::{Keeping, Resume, Scheduler, Settings, Work};
    use crate::tls::Roots;
    use crate::trial::{Tracing, Trial};
    use crate::wanted;
    use model::failure::FailureKind;
    use model::target::{Checks, Request, Target, Trust};
    use model::time::Span;
    use std::net::TcpListener;

    fn target(url: String) -> Target {
        Target {
            requests: vec![Request { method: "GET".to_owned(), url, body: None }],
            headers: Vec::new(),
            trust: Trust::Default,
            checks: Checks { statuses: vec![200], min_bytes: 0 },
            time_limit: Span::from_secs(60),
        }
    }

    fn ground(target: &Target) -> Ground {
        let settings = Settings {
            session: Keeping::Cold,
            workers: 1,
            concurrency: 1,
            pool: Pool::Native,
            resume: Resume::On,
            runtime: Scheduler::Current,
            work: Work::Network,
        };
        let requests = wanted::read(target).expect("can be sent").into();
        Ground { requests, roots: Roots::BuiltIn, settings, tracing: Tracing::On }
    }

    #[test]
    fn an_interrupt_ends_a_request_that_waits_for_its_response() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let target = target(format!("http://{address}/"));
        let client = Arc::new(Ureq::open(&ground(&target)));
        let trial = Trial::new(1, Tracing::On, target.checks, target.time_limit);
        let probe = Probe::new(&Arc::new(trial), 0);
        let waiting = Arc::clone(&client);
        let request = std::thread::spawn(move || waiting.fetch(&probe));
        let (mut stream, _) = listener.accept().expect("a client");
        let mut first = [0; 4];
        stream.read_exact(&mut first).expect("a request");
        assert_eq!(&first, b"GET ");
        client.interrupt();
        // The server keeps its end open, so that nothing but the interrupt can end the request.
        let failure = request.join().expect("no panic").expect_err("no answer");
        assert_eq!(failure.kind, FailureKind::Reset);
        assert!(client.agent.get("http://localhost/").call().is_err(), "it opens another");
    }
}
