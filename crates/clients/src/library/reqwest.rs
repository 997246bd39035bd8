//! reqwest: the asynchronous client, and what it shares with the blocking one.
//!
//! It is opened as its users open it: the verifier of the platform reads the system's certificates for each
//! client, redirects are followed, no number limits the pool. Its connections are opaque: a layer around the
//! connector sees when one was asked for and when it was open, and nothing sees the bytes.

pub(crate) mod blocking;
mod connections;
mod errors;

use std::sync::Arc;

use ::reqwest::{Body, Certificate, Client, ClientBuilder, Request, Response, Url};
use hyper::http::Extensions;
use model::driver_protocol::{DriverError, DriverErrorKind};
use model::failure::Failure;
use rustls::ClientConfig;
use rustls::crypto::ring;
use rustls_pki_types::CertificateDer;

use self::connections::{ConnectorLayer, OpenConnections};
use self::errors::{Exchange, failure_of};
use super::AsyncClient;
use crate::conditions::{AskedVersion, Pool};
use crate::failure::ExchangeStep;
use crate::probe::Probe;
use crate::request::PreparedRequest;
use crate::setup::{ClientSetup, bad_target};
use crate::tls::{Roots, system_config};
use crate::trial::Tracing;

/// A session of reqwest: one client.
pub(crate) struct Reqwest {
    client: Result<Client, Failure>,
    connections: Arc<OpenConnections>,
    requests: Arc<[PreparedRequest]>,
}

impl Reqwest {
    /// Opens a session, its TLS configuration included. Where that fails, so does each request.
    pub(crate) fn open(setup: &ClientSetup) -> Self {
        let connections = Arc::default();
        let client = builder(setup, &connections).build();
        let client = client.map_err(|error| errors::client_failure(&error));
        Self { client, connections, requests: Arc::clone(&setup.requests) }
    }
}

/// Prepares the process for clients of reqwest, and checks that one can be opened for a target.
///
/// # Errors
/// When there are no trusted certificates, or reqwest takes another view of a URL.
pub(crate) fn check(setup: &ClientSetup) -> Result<(), DriverError> {
    // Fails where it is installed already.
    let _ = ring::default_provider().install_default();
    builder(setup, &Arc::default()).build().map_err(|error| DriverError {
        kind: DriverErrorKind::BadTarget,
        message: errors::client_failure(&error).message,
    })?;
    for request in setup.requests.iter() {
        prepared(request).map_err(|error| bad_target(&error))?;
    }
    Ok(())
}

/// A builder with the defaults of reqwest, but for proxies and the conditions of a strategy.
fn builder(setup: &ClientSetup, connections: &Arc<OpenConnections>) -> ClientBuilder {
    let mut builder = Client::builder().no_proxy();
    if let Pool::Kept(connections) = setup.settings.pool {
        builder = builder.pool_max_idle_per_host(connections);
    }
    if setup.settings.keeps_idle() {
        builder = builder.pool_idle_timeout(None);
    }
    builder = match setup.settings.http {
        AskedVersion::Http1 => builder.http1_only(),
        AskedVersion::Http2 if setup.knows_http2() => builder.http2_prior_knowledge(),
        AskedVersion::Http2 | AskedVersion::Native => builder,
    };
    if setup.tracing == Tracing::On {
        builder = builder.connector_layer(ConnectorLayer::new(connections));
    }
    match &setup.roots {
        Roots::BuiltIn => builder,
        Roots::Anyone => builder.tls_danger_accept_invalid_certs(true),
        // By itself reqwest refuses a server whose certificate is listed and marked as an authority's.
        Roots::Given(_) => {
            let config = setup.tls_config(setup.offered_versions());
            builder.tls_backend_preconfigured(ClientConfig::clone(&config))
        }
        Roots::Added(listed) => match system_config(listed, setup.offered_versions()) {
            Ok(config) => builder.tls_backend_preconfigured(config),
            // Its own error says what is wrong with them.
            Err(_) => builder.tls_certs_merge(certificates(listed)),
        },
    }
}

/// The certificates as reqwest takes them. Each of them was parsed when its file was read.
fn certificates(listed: &[CertificateDer<'static>]) -> Vec<Certificate> {
    listed.iter().filter_map(|certificate| Certificate::from_der(certificate).ok()).collect()
}

/// A request as reqwest takes it, which parses the URL again.
fn prepared(request: &PreparedRequest) -> ::reqwest::Result<Request> {
    let body = request.body().cloned().map_or_else(Body::default, Body::from);
    Request::try_from(request.with_body(body))
}

/// Reports which connection carried a request, unless a redirect led to another one.
fn report_connection(
    connections: &OpenConnections,
    asked: &Url,
    answered: &Url,
    extensions: &Extensions,
    probe: &Probe,
) {
    if probe.is_traced() && asked == answered {
        connections.report(asked, extensions, probe);
    }
}

impl AsyncClient for Reqwest {
    async fn fetch(&self, probe: &Probe) -> Result<(), Failure> {
        let client = self.client.as_ref().map_err(Clone::clone)?;
        let wanted = &self.requests[probe.request()];
        let exchange = |step| Exchange { step, uri: wanted.uri() };
        let request = prepared(wanted)
            .map_err(|error| failure_of(exchange(ExchangeStep::Connecting), &error))?;
        let asked = request.url().clone();
        let response = client
            .execute(request)
            .await
            .map_err(|error| failure_of(exchange(ExchangeStep::AwaitingResponse), &error))?;
        probe.version(response.version());
        probe.status(response.status().as_u16());
        let answered = response.url();
        report_connection(&self.connections, &asked, answered, response.extensions(), probe);
        let mut bytes = 0;
        let end = read_body(response, &mut bytes).await;
        probe.bytes(bytes);
        end.map_err(|error| failure_of(exchange(ExchangeStep::ReadingBody), &error))
    }
}

/// Reads a body to its end, drops it, and counts its bytes.
async fn read_body(mut response: Response, bytes: &mut u64) -> ::reqwest::Result<()> {
    while let Some(chunk) = response.chunk().await? {
        *bytes += chunk.len() as u64;
    }
    Ok(())
}
