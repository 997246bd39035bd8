//! hyper: an asynchronous client, with hyper-util's pool.
//!
//! The connector is our own, because hyper's shows no milestones. In the pool a request that opens a
//! connection may get another one that has just become free. So each connection keeps a log, and
//! the request that it carries claims its part of the log.

mod claim_on_clone;
mod connection;
mod connector;
mod maybe_tls_stream;
mod observed_stream;

use std::error::Error as StdError;
use std::io;
use std::sync::Arc;

use http_body_util::{BodyExt, Full};
use hyper::body::{Bytes, Incoming};
use hyper::http::Extensions;
use hyper_util::client::legacy::{Client, Error};
use hyper_util::rt::TokioExecutor;
use model::failure::Failure;

use self::claim_on_clone::ClaimOnClone;
use self::connector::{ConnectError, Connector};
use super::AsyncClient;
use crate::conditions::Pool;
use crate::failure::{self, ExchangeStep};
use crate::probe::Probe;
use crate::request::PreparedRequest;
use crate::setup::ClientSetup;

/// A session of hyper: one pooling client.
pub(crate) struct Hyper {
    client: Client<Connector, Full<Bytes>>,
    requests: Arc<[PreparedRequest]>,
}

impl Hyper {
    /// Opens a session, its TLS configuration included.
    pub(crate) fn open(setup: &ClientSetup) -> Self {
        let tls = setup.needs_tls.then(|| setup.tls_config(setup.offered_versions()));
        let mut builder = Client::builder(TokioExecutor::new());
        builder.http2_only(setup.knows_http2());
        if let Pool::Kept(connections) = setup.settings.pool {
            builder.pool_max_idle_per_host(connections);
        }
        if setup.settings.keeps_idle() {
            builder.pool_idle_timeout(None);
        }
        let client = builder.build(Connector::new(tls, setup));
        Self { client, requests: Arc::clone(&setup.requests) }
    }
}

impl AsyncClient for Hyper {
    async fn fetch(&self, probe: &Probe) -> Result<(), Failure> {
        let request = &self.requests[probe.request()];
        let body = Full::new(request.body().cloned().unwrap_or_default());
        let response = match self.client.request(request.with_body(body)).await {
            Ok(response) => response,
            Err(error) => return Err(request_failure(&error, probe)),
        };
        probe.version(response.version());
        probe.status(response.status().as_u16());
        if let Some(claim) = response.extensions().get::<ClaimOnClone>() {
            claim.report_to(probe);
        }
        let mut bytes = 0;
        let end = read_body(response.into_body(), &mut bytes).await;
        probe.bytes(bytes);
        end.map_err(|error| hyper_failure(ExchangeStep::ReadingBody, &error))
    }
}

/// Reads a body to its end, drops it, and counts its bytes.
async fn read_body(mut body: Incoming, bytes: &mut u64) -> hyper::Result<()> {
    while let Some(frame) = body.frame().await {
        *bytes += frame?.data_ref().map_or(0, |data| data.len() as u64);
    }
    Ok(())
}

/// The failure of a request without a response. Reports to the probe what is known of its
/// connection.
fn request_failure(error: &Error, probe: &Probe) -> Failure {
    if let Some(info) = error.connect_info() {
        let mut extensions = Extensions::new();
        info.get_extras(&mut extensions);
        if let Some(claim) = extensions.get::<ClaimOnClone>() {
            claim.report_to(probe);
        }
    }
    let mut cause: Option<&(dyn StdError + 'static)> = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<ConnectError>() {
            return error.report_to(probe);
        }
        if let Some(error) = error.downcast_ref::<hyper::Error>() {
            return hyper_failure(ExchangeStep::AwaitingResponse, error);
        }
        cause = error.source();
    }
    failure::protocol(ExchangeStep::AwaitingResponse, error)
}

/// The failure behind an error of hyper.
pub(super) fn hyper_failure(step: ExchangeStep, error: &hyper::Error) -> Failure {
    if error.is_incomplete_message() || error.is_canceled() || error.is_closed() {
        return failure::ended(step);
    }
    let cause = error.source();
    if let Some(error) = cause.and_then(|cause| cause.downcast_ref::<h2::Error>()) {
        return http2_failure(step, error);
    }
    match cause.and_then(|cause| cause.downcast_ref::<io::Error>()) {
        Some(source) => io_failure(step, source),
        None => failure::protocol(step, error),
    }
}

/// The failure behind an error of HTTP/2. What begins a response of HTTP/1.1 is a frame of an invalid size.
fn http2_failure(step: ExchangeStep, error: &h2::Error) -> Failure {
    if let Some(error) = error.get_io() {
        return io_failure(step, error);
    }
    match error.reason() {
        Some(h2::Reason::REFUSED_STREAM) if error.is_remote() => failure::stream_refused(),
        Some(reason) if error.is_remote() => failure::stream_ended(step, &reason),
        Some(h2::Reason::FRAME_SIZE_ERROR) => failure::http1_only(),
        _ => failure::protocol(step, error),
    }
}

/// The failure behind an I/O error, of which h2 keeps only the message.
fn io_failure(step: ExchangeStep, error: &io::Error) -> Failure {
    let mismatch = failure::http1_only();
    if error.to_string() == mismatch.message { mismatch } else { failure::broken(step, error) }
}
