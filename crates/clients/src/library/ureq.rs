//! ureq: a client that blocks its thread.
//!
//! Its resolver and its chain of connectors are our own, because ureq's show no milestones and cannot
//! switch off TLS resumption. They do what ureq's do, in the same order and through the same
//! buffers. No timeout of ureq is set, because each would start a thread for every request.

mod current_request;
mod observed_transport;
mod resolver;
mod tcp;
mod tls;

use std::io::{self, Read};
use std::sync::Arc;
use std::time::Duration;

use model::failure::Failure;
use model::http_version::HttpVersion;
use ureq::config::Config;
use ureq::http::Response;
use ureq::unversioned::transport::Connector as _;
use ureq::{Agent, Body, Error};

use self::observed_transport::ObservingConnector;
use self::resolver::SystemResolver;
use self::tcp::TcpConnector;
use self::tls::TlsConnector;
use super::BlockingClient;
use crate::conditions::Pool;
use crate::failure::{self, ExchangeStep, FailureError};
use crate::probe::Probe;
use crate::request::PreparedRequest;
use crate::setup::ClientSetup;
use crate::time_limit::Interruptible;

const BODY_BUFFER: usize = 16 * 1024;

/// A session of ureq: one agent.
pub(crate) struct Ureq {
    agent: Agent,
    requests: Arc<[PreparedRequest]>,
}

impl Ureq {
    /// Opens a session, and builds its TLS configuration once. With ureq's own connector, threads
    /// that need it at the same time build one each.
    pub(crate) fn open(setup: &ClientSetup) -> Self {
        let tls = setup.needs_tls.then(|| setup.tls_config(&[HttpVersion::Http1]));
        let connectors =
            ().chain(TcpConnector).chain(TlsConnector::new(tls)).chain(ObservingConnector);
        let agent = Agent::with_parts(config(setup.settings.pool), connectors, SystemResolver);
        Self { agent, requests: Arc::clone(&setup.requests) }
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

impl Interruptible for Ureq {
    fn interrupt(&self) {
        self.agent.clone().shutdown();
    }
}

impl BlockingClient for Ureq {
    fn fetch(&self, probe: &Probe) -> Result<(), Failure> {
        let _guard = current_request::set(probe);
        let response = send(&self.agent, &self.requests[probe.request()])
            .map_err(|error| ureq_failure(ExchangeStep::AwaitingResponse, &error))?;
        probe.version(response.version());
        probe.status(response.status().as_u16());
        let mut bytes = 0;
        let end = read_body(response.into_body(), &mut bytes);
        probe.bytes(bytes);
        end.map_err(|error| io_failure(ExchangeStep::ReadingBody, &error))
    }
}

fn send(agent: &Agent, request: &PreparedRequest) -> Result<Response<Body>, Error> {
    match request.body() {
        Some(body) => agent.run(request.with_body(body.as_ref())),
        None => agent.run(request.with_body(())),
    }
}

/// Reads a body to its end, drops it, and counts its bytes.
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

fn ureq_failure(step: ExchangeStep, error: &Error) -> Failure {
    match error {
        Error::Io(error) => io_failure(step, error),
        Error::Other(other) => match other.downcast_ref::<FailureError>() {
            Some(FailureError(failure)) => failure.clone(),
            None => failure::protocol(step, other),
        },
        Error::Protocol(reason) => failure::protocol(step, reason),
        Error::BodyStalled => failure::ended(step),
        other => failure::protocol(step, other),
    }
}

/// The failure behind an I/O error, which may contain an error of ureq.
fn io_failure(step: ExchangeStep, error: &io::Error) -> Failure {
    match error.get_ref().and_then(|inner| inner.downcast_ref::<Error>()) {
        Some(inner) => ureq_failure(step, inner),
        None => failure::broken(step, error),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::conditions::{AskedVersion, Resume, RuntimeKind, SessionKind, Settings, Work};
    use crate::request;
    use crate::tls::Roots;
    use crate::trial::{RunningTrial, Tracing};
    use model::failure::FailureKind;
    use model::target::{Checks, Request, Target, Trust};
    use model::time::Span;
    use std::net::TcpListener;

    fn target(url: String) -> Target {
        Target {
            userinfo: None,
            requests: vec![Request { method: "GET".to_owned(), url, body: None }].into(),
            headers: Vec::new(),
            trust: Trust::Default,
            checks: Checks { statuses: vec![200], min_bytes: 0 },
            time_limit: Span::from_secs(60),
        }
    }

    fn setup(target: &Target) -> ClientSetup {
        let settings = Settings {
            session: SessionKind::Cold,
            workers: 1,
            concurrency: 1,
            pool: Pool::Native,
            resume: Resume::On,
            http: AskedVersion::Http1,
            runtime: RuntimeKind::Current,
            work: Work::Network,
        };
        let requests = request::prepare_all(target).expect("can be sent").into();
        ClientSetup {
            requests,
            target: target.clone(),
            roots: Roots::BuiltIn,
            settings,
            tracing: Tracing::On,
            time_limit: target.time_limit,
            needs_tls: false,
        }
    }

    #[test]
    fn an_interrupt_ends_a_request_that_waits_for_its_response() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = listener.local_addr().expect("its address");
        let target = target(format!("http://{address}/"));
        let client = Arc::new(Ureq::open(&setup(&target)));
        let trial = RunningTrial::new(1, Tracing::On, target.checks, target.time_limit);
        let probe = Probe::new(&Arc::new(trial), 0);
        let waiting = Arc::clone(&client);
        let request = std::thread::spawn(move || waiting.fetch(&probe));
        let (mut stream, _) = listener.accept().expect("a client");
        let mut first = [0; 4];
        stream.read_exact(&mut first).expect("a request");
        assert_eq!(&first, b"GET ");
        client.interrupt();
        // The server keeps its end open, so only the interrupt can end the request.
        let failure = request.join().expect("no panic").expect_err("no answer");
        assert_eq!(failure.kind, FailureKind::Reset);
        assert!(client.agent.get("http://localhost/").call().is_err(), "it opens another");
    }
}
