//! Opens connections for hyper's pool: lookup, TCP, TLS.

use std::fmt;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use hyper::Uri;
use hyper_util::rt::TokioIo;
use model::failure::Failure;
use model::trace::Milestone;
use rustls::ClientConfig;
use rustls_pki_types::ServerName;
use tokio::net::{TcpStream, lookup_host};
use tokio_rustls::TlsConnector;
use tower_service::Service;

use super::connection::{ConnectionLog, Opening};
use super::tap::Tap;
use super::wire::Wire;
use crate::fault;
use crate::probe::Probe;
use crate::trial::Tracing;
use crate::wanted::{host, is_name, port};

/// Opens connections, each with a log of its own while milestones are taken.
#[derive(Clone)]
pub(super) struct Connector {
    tls: Option<TlsConnector>,
    tracing: Tracing,
}

impl Connector {
    /// A connector with the session's TLS configuration; none where no request needs it.
    pub(super) fn new(tls: Option<Arc<ClientConfig>>, tracing: Tracing) -> Self {
        Self { tls: tls.map(TlsConnector::from), tracing }
    }

    async fn open(self, uri: Uri) -> Result<TokioIo<Tap>, Refusal> {
        let mut stages = Stages { opening: Opening::default(), tracing: self.tracing };
        match self.open_in(&mut stages, &uri).await {
            Ok(wire) => {
                let log = (self.tracing == Tracing::On)
                    .then(|| Arc::new(ConnectionLog::new(stages.opening)));
                Ok(TokioIo::new(Tap::new(wire, log)))
            }
            Err(failure) => Err(Refusal { failure, opening: stages.opening }),
        }
    }

    async fn open_in(&self, stages: &mut Stages, uri: &Uri) -> Result<Wire, Failure> {
        let host = host(uri);
        let named = is_name(host);
        if named {
            stages.mark(Milestone::Resolving);
        }
        let found = lookup_host((host, port(uri))).await;
        if named {
            stages.mark(Milestone::Resolved);
        }
        let found = found.map_err(|error| fault::dns(host, &error))?;
        stages.mark(Milestone::Connecting);
        let stream = connect(host, found).await?;
        stages.mark(Milestone::Connected);
        stream.set_nodelay(true).map_err(|error| fault::broken("connect", &error))?;
        let Some(tls) = self.tls.as_ref().filter(|_| uri.scheme_str() == Some("https")) else {
            return Ok(Wire::Plain(stream));
        };
        let name = ServerName::try_from(host.to_owned()).map_err(|_| fault::unnameable(host))?;
        let handshake = tls.connect(name, stream);
        stages.mark(Milestone::Securing);
        let stream = handshake.await.map_err(|error| fault::handshake(host, &error))?;
        stages.mark(Milestone::Secured);
        Ok(Wire::Secured(Box::new(stream)))
    }
}

/// Connects to the first address that takes a connection.
async fn connect(
    host: &str,
    addresses: impl Iterator<Item = SocketAddr>,
) -> Result<TcpStream, Failure> {
    let mut refusal = fault::no_address(host);
    for address in addresses {
        match TcpStream::connect(address).await {
            Ok(stream) => return Ok(stream),
            Err(error) => refusal = fault::refused(address, &error),
        }
    }
    Err(refusal)
}

/// An opening under way.
struct Stages {
    opening: Opening,
    tracing: Tracing,
}

impl Stages {
    fn mark(&mut self, milestone: Milestone) {
        if self.tracing == Tracing::On {
            self.opening.mark(milestone);
        }
    }
}

/// A connection that could not be opened, and how far its opening went.
#[derive(Debug)]
pub(super) struct Refusal {
    failure: Failure,
    opening: Opening,
}

impl Refusal {
    /// Tells the request that had waited for it, and gives its failure.
    pub(super) fn tell(&self, probe: &Probe) -> Failure {
        self.opening.tell(probe);
        self.failure.clone()
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.failure.message)
    }
}

impl std::error::Error for Refusal {}

impl Service<Uri> for Connector {
    type Response = TokioIo<Tap>;
    type Error = Refusal;
    type Future = Pin<Box<dyn Future<Output = Result<TokioIo<Tap>, Refusal>> + Send>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Refusal>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        Box::pin(self.clone().open(uri))
    }
}
