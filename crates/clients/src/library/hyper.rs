//! hyper: an asynchronous client, with hyper-util's pool.
//!
//! The connector is our own, because hyper's shows no milestones. The pool lets a request race: it
//! opens a connection and may be given one that another request has just let go. So a connection
//! keeps its own log, of which the request that it carries claims its part.

mod connection;
mod connector;
mod tap;
mod wire;

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::Extensions;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use model::failure::Failure;

use self::connection::Claim;
use self::connector::{Connector, Refusal};
use super::AsyncClient;
use crate::conditions::Pool;
use crate::fault;
use crate::ground::Ground;
use crate::probe::Probe;
use crate::tls::client_config;
use crate::wanted::WantedRequest;

/// A session of hyper: one pooling client.
pub(crate) struct Hyper {
    client: Client<Connector, Full<Bytes>>,
    requests: Arc<[WantedRequest]>,
}

impl Hyper {
    /// Opens a session, its TLS configuration included.
    pub(crate) fn open(ground: &Ground) -> Self {
        let tls = ground.needs_tls().then(|| client_config(&ground.roots, ground.settings.resume));
        let mut builder = Client::builder(TokioExecutor::new());
        if let Pool::Kept(connections) = ground.settings.pool {
            builder.pool_max_idle_per_host(connections).pool_idle_timeout(None);
        }
        let client = builder.build(Connector::new(tls, ground.tracing));
        Self { client, requests: Arc::clone(&ground.requests) }
    }
}

impl AsyncClient for Hyper {
    async fn fetch(&self, probe: &Probe) -> Result<(), Failure> {
        let wanted = &self.requests[probe.request()];
        let body = Full::new(wanted.body().cloned().unwrap_or_default());
        let response = match self.client.request(wanted.around(body)).await {
            Ok(response) => response,
            Err(error) => return Err(failed(&error, probe)),
        };
        probe.status(response.status().as_u16());
        if let Some(claim) = response.extensions().get::<Claim>() {
            claim.tell(probe);
        }
        let mut bytes = 0;
        let end = read_body(response.into_body(), &mut bytes).await;
        probe.bytes(bytes);
        end.map_err(|error| failure("read the body", &error))
    }
}

/// Reads a body to its end, keeping none of it, and counts its bytes.
async fn read_body(mut body: Incoming, bytes: &mut u64) -> hyper::Result<()> {
    while let Some(frame) = body.frame().await {
        *bytes += frame?.data_ref().map_or(0, |data| data.len() as u64);
    }
    Ok(())
}

/// A request without a response: tells the probe as much as is known of its connection.
fn failed(error: &Error, probe: &Probe) -> Failure {
    if let Some(info) = error.connect_info() {
        let mut extensions = Extensions::new();
        info.get_extras(&mut extensions);
        if let Some(claim) = extensions.get::<Claim>() {
            claim.tell(probe);
        }
    }
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(refusal) = error.downcast_ref::<Refusal>() {
            return refusal.tell(probe);
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            return failure("wait for the response", error);
        }
        cause = error.source();
    }
    fault::protocol("wait for the response", error)
}

fn failure(doing: &str, error: &hyper::Error) -> Failure {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return fault::ended(doing);
    }
    match error.source().and_then(|source| source.downcast_ref::<io::Error>()) {
        Some(source) => fault::broken(doing, source),
        None => fault::protocol(doing, error),
    }
}
