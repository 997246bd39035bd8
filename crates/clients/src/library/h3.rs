//! h3: an asynchronous client of HTTP/3 over quinn, with one connection for each origin.
//!
//! The streams of a connection are wrapped to see when each request passes, because neither library shows it. The
//! request that opens a connection has the milestones of the handshake; the others wait for it.

mod connection;
mod errors;
mod observed_streams;
mod stream_log;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use hyper::Uri;
use model::driver_protocol::{DriverError, DriverErrorKind};
use model::failure::Failure;
use model::http_version::HttpVersion;
use quinn::ClientConfig;
use quinn::crypto::rustls::QuicClientConfig;
use tokio::runtime::Runtime;
use tokio::sync::OnceCell;

use self::connection::{OpenConnection, Refusal};
use super::AsyncClient;
use crate::probe::Probe;
use crate::request::{PreparedRequest, host, port};
use crate::setup::ClientSetup;

/// A connection that is open, or is being opened, or could not be opened: then all requests that waited fail.
type Slot = Arc<OnceCell<Result<OpenConnection, Failure>>>;

/// The host and the port of a server.
type Origin = (String, u16);

/// A session of h3: its connections.
pub(crate) struct H3 {
    config: Option<ClientConfig>,
    slots: Mutex<BTreeMap<Origin, Slot>>,
    requests: Arc<[PreparedRequest]>,
}

impl H3 {
    /// Opens a session, its TLS configuration included.
    pub(crate) fn open(setup: &ClientSetup) -> Self {
        Self {
            config: quic_config(setup),
            slots: Mutex::default(),
            requests: Arc::clone(&setup.requests),
        }
    }

    /// The slot of an origin; a new one after the connection has ended.
    fn slot(&self, uri: &Uri) -> Slot {
        let origin = (host(uri).to_owned(), port(uri));
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        let slot = slots.entry(origin).or_default();
        if slot.get().is_some_and(|opened| opened.as_ref().is_ok_and(OpenConnection::is_over)) {
            *slot = Slot::default();
        }
        Arc::clone(slot)
    }

    async fn try_fetch(&self, request: &PreparedRequest, probe: &Probe) -> Result<(), Refusal> {
        let slot = self.slot(request.uri());
        let open = || OpenConnection::open(self.config.as_ref(), request.uri(), probe);
        match slot.get_or_init(open).await {
            Ok(connection) => connection.fetch(request, probe).await,
            Err(failure) => Err(Refusal::Failed(failure.clone())),
        }
    }
}

/// The configuration of QUIC, with the defaults of quinn.
fn quic_config(setup: &ClientSetup) -> Option<ClientConfig> {
    let tls = rustls::ClientConfig::clone(&setup.tls_config(&[HttpVersion::Http3]));
    Some(ClientConfig::new(Arc::new(QuicClientConfig::try_from(tls).ok()?)))
}

/// Checks that the target can be fetched over HTTP/3.
///
/// # Errors
/// When a URL is not of https.
pub(crate) fn check(setup: &ClientSetup) -> Result<(), DriverError> {
    let plain = setup.requests.iter().find(|request| request.uri().scheme_str() != Some("https"));
    match plain {
        None => Ok(()),
        Some(request) => Err(DriverError {
            kind: DriverErrorKind::Unsupported,
            message: format!("HTTP/3 needs https, and {} has none", request.uri()),
        }),
    }
}

impl AsyncClient for H3 {
    async fn fetch(&self, probe: &Probe) -> Result<(), Failure> {
        let request = &self.requests[probe.request()];
        // A connection that the server has announced to close takes no request; the next one does.
        loop {
            match self.try_fetch(request, probe).await {
                Ok(()) => return Ok(()),
                Err(Refusal::Failed(failure)) => return Err(failure),
                Err(Refusal::NotTaken) => {}
            }
        }
    }

    /// Says goodbye, as every client does: without that a server would keep the connections until they time out.
    fn close(&self, runtime: &Runtime) {
        let slots = std::mem::take(&mut *self.slots.lock().unwrap_or_else(PoisonError::into_inner));
        runtime.block_on(async {
            for slot in slots.values() {
                if let Some(Ok(connection)) = slot.get() {
                    connection.close().await;
                }
            }
        });
    }
}
