//! reqwest's blocking client: its calls wait for one thread of its own, on which the asynchronous client runs.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::reqwest::blocking::{Body, Client, ClientBuilder, Request, Response};
use model::failure::Failure;

use super::super::BlockingClient;
use super::connections::OpenConnections;
use super::errors::{self, Exchange, body_failure, failure_of};
use super::{builder, report_connection};
use crate::failure::ExchangeStep;
use crate::probe::Probe;
use crate::request::PreparedRequest;
use crate::setup::ClientSetup;
use crate::time_limit::Interruptible;

const BODY_BUFFER: usize = 16 * 1024;

/// A session of reqwest's blocking client.
pub(crate) struct BlockingReqwest {
    client: Result<Client, Failure>,
    connections: Arc<OpenConnections>,
    requests: Arc<[PreparedRequest]>,
    is_interrupted: AtomicBool,
}

impl BlockingReqwest {
    /// Opens a session: a thread with a runtime and a client. Its calls have a time limit by default, which
    /// here is that of the trial; no timer belongs to it.
    pub(crate) fn open(setup: &ClientSetup) -> Self {
        let connections = Arc::default();
        let limit = std::time::Duration::from(setup.time_limit);
        let client = ClientBuilder::from(builder(setup, &connections)).timeout(limit).build();
        let client = client.map_err(|error| errors::client_failure(&error));
        let requests = Arc::clone(&setup.requests);
        Self { client, connections, requests, is_interrupted: AtomicBool::new(false) }
    }

    /// Reads a body to its end or to an interrupt, drops it, and counts its bytes.
    fn read_body(&self, mut response: Response, bytes: &mut u64) -> io::Result<()> {
        let mut buffer = [0; BODY_BUFFER];
        while !self.is_interrupted.load(Ordering::Relaxed) {
            match response.read(&mut buffer)? {
                0 => return Ok(()),
                read => *bytes += read as u64,
            }
        }
        Err(io::ErrorKind::TimedOut.into())
    }
}

impl Interruptible for BlockingReqwest {
    /// Ends the reading of bodies. A call that waits for a response ends by its own limit.
    fn interrupt(&self) {
        self.is_interrupted.store(true, Ordering::Relaxed);
    }
}

impl BlockingClient for BlockingReqwest {
    fn fetch(&self, probe: &Probe) -> Result<(), Failure> {
        let client = self.client.as_ref().map_err(Clone::clone)?;
        let wanted = &self.requests[probe.request()];
        let exchange = |step| Exchange { step, uri: wanted.uri() };
        let request = prepared(wanted)
            .map_err(|error| failure_of(exchange(ExchangeStep::Connecting), &error))?;
        let asked = request.url().clone();
        let response = client
            .execute(request)
            .map_err(|error| failure_of(exchange(ExchangeStep::AwaitingResponse), &error))?;
        probe.version(response.version());
        probe.status(response.status().as_u16());
        let answered = response.url();
        report_connection(&self.connections, &asked, answered, response.extensions(), probe);
        let mut bytes = 0;
        let end = self.read_body(response, &mut bytes);
        probe.bytes(bytes);
        end.map_err(|error| body_failure(exchange(ExchangeStep::ReadingBody), &error))
    }
}

/// A request as the blocking client takes it.
fn prepared(request: &PreparedRequest) -> ::reqwest::Result<Request> {
    let body = request.body().cloned().unwrap_or_default();
    let mut prepared = Request::try_from(request.with_body(Body::from(body)))?;
    if request.body().is_none() {
        // An empty body would be announced in a header.
        *prepared.body_mut() = None;
    }
    Ok(prepared)
}
