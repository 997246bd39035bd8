//! Opens connections for hyper's pool: lookup, TCP, TLS.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_util::rt::TokioIo;
use model::failure::Failure;
use model::http_version::HttpVersion;
use model::trace::Milestone;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::connection::{ConnectionLog, OpeningMilestones};
use super::maybe_tls_stream::MaybeTlsStream;
use super::observed_stream::ObservedStream;
use crate::failure::{self, ExchangeStep};
use crate::probe::Probe;
use crate::request::{host, is_name, port};
use crate::setup::ClientSetup;
use crate::trial::Tracing;

/// Opens connections. Each gets a log of its own while milestones are taken.
#[derive(Clone)]
pub(super) struct Connector {
    tls: Option<TlsConnector>,
    tracing: Tracing,
    /// The version of connections without TLS.
    plain: HttpVersion,
}

impl Connector {
    /// A connector with the session's TLS configuration, which is none where no request needs TLS.
    pub(super) fn new(tls: Option<Arc<ClientConfig>>, setup: &ClientSetup) -> Self {
        let plain = if setup.knows_http2() { HttpVersion::Http2 } else { HttpVersion::Http1 };
        Self { tls: tls.map(TlsConnector::from), tracing: setup.tracing, plain }
    }

    async fn open(self, uri: Uri) -> Result<TokioIo<ObservedStream>, ConnectError> {
        let mut trace =
            OpeningTrace { opening: OpeningMilestones::default(), tracing: self.tracing };
        match self.open_in(&mut trace, &uri).await {
            Ok(stream) => {
                let version = stream.negotiated().unwrap_or(self.plain);
                let log = (self.tracing == Tracing::On)
                    .then(|| Arc::new(ConnectionLog::new(trace.opening, version)));
                Ok(TokioIo::new(ObservedStream::new(stream, version, log)))
            }
            Err(failure) => Err(ConnectError { failure, opening: trace.opening }),
        }
    }

    async fn open_in(
        &self,
        trace: &mut OpeningTrace,
        uri: &Uri,
    ) -> Result<MaybeTlsStream, Failure> {
        let host = host(uri);
        let named = is_name(host);
        if named {
            trace.mark(Milestone::Resolving);
        }
        let found = lookup_host((host, port(uri))).await;
        if named {
            trace.mark(Milestone::Resolved);
        }
        let found = found.map_err(|error| failure::dns(host, &error))?;
        trace.mark(Milestone::Connecting);
        let stream = connect(host, found).await?;
        trace.mark(Milestone::Connected);
        stream
            .set_nodelay(true)
            .map_err(|error| failure::broken(ExchangeStep::Connecting, &error))?;
        let Some(tls) = self.tls.as_ref().filter(|_| uri.scheme_str() == Some("https")) else {
            return Ok(MaybeTlsStream::Plain(stream));
        };
        let name = ServerName::try_from(host.to_owned())
            .map_err(|_| failure::invalid_server_name(host))?;
        let handshake = tls.connect(name, stream);
        trace.mark(Milestone::Securing);
        let stream = handshake.await.map_err(|error| failure::handshake(host, &error))?;
        trace.mark(Milestone::Secured);
        Ok(MaybeTlsStream::Secured(Box::new(stream)))
    }
}

/// Connects to the first address that takes a connection.
async fn connect(
    host: &str,
    addresses: impl Iterator<Item = SocketAddr>,
) -> Result<TcpStream, Failure> {
    let mut failure = failure::no_address(host);
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => failure = failure::refused(address, &error),
        }
    }
    Err(failure)
}

/// The milestones of a connection while it is opened, if they are taken.
struct OpeningTrace {
    opening: OpeningMilestones,
    tracing: Tracing,
}

impl OpeningTrace {
    fn mark(&mut self, milestone: Milestone) {
        if self.tracing == Tracing::On {
            self.opening.mark(milestone);
        }
    }
}

/// Why a connection could not be opened, with the milestones that it passed.
#[derive(Debug)]
pub(super) struct ConnectError {
    failure: Failure,
    opening: OpeningMilestones,
}

impl ConnectError {
    /// Reports the milestones to the request that waited, and gives its failure.
    pub(super) fn report_to(&self, probe: &Probe) -> Failure {
        self.opening.report_to(probe);
        self.failure.clone()
    }
}

impl fmt::Display for ConnectError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.failure.message)
    }
}

impl std::error::Error for ConnectError {}

impl Service<Uri> for Connector {
    type Response = TokioIo<ObservedStream>;
    type Error = ConnectError;
    type Future =
        Pin<Box<dyn Future<Output = Result<TokioIo<ObservedStream>, ConnectError>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), ConnectError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().open(uri))
    }
}
