//! One connection of a session, and the exchanges on it.

use std::future::poll_fn;
use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use ::h3::client::{RequestStream, SendRequest};
use ::h3::error::StreamError;
use hyper::Uri;
use hyper::body::{Buf, Bytes};
use model::failure::Failure;
use model::trace::Milestone;
use quinn::{ClientConfig, Endpoint, VarInt};
use tokio::net::lookup_host;

use super::errors::{connect_failure, stream_failure};
use super::observed_streams::{ObservedConnection, ObservedOpener, ObservedStream};
use super::stream_log::{StreamLog, StreamLogs};
use crate::failure::{self, ExchangeStep};
use crate::probe::{ConnectionOrdinal, Probe};
use crate::request::{PreparedRequest, host, is_name, port};

/// The code of a connection that is closed without an error (RFC 9114, section 8.1).
const NO_ERROR: VarInt = VarInt::from_u32(0x100);

/// How often other tasks get a turn at most, until one has sent the last datagram of a connection.
const TURNS: usize = 100;

/// An open connection.
pub(super) struct OpenConnection {
    quic: quinn::Connection,
    sender: SendRequest<ObservedOpener, Bytes>,
    logs: Option<Arc<StreamLogs>>,
    ordinal: ConnectionOrdinal,
    /// Whether the server takes no more requests on it.
    is_closing: AtomicBool,
}

/// Why a request was not answered.
pub(super) enum Refusal {
    /// The connection takes no more requests, and the server has not seen this one.
    NotTaken,
    /// It failed.
    Failed(Failure),
}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

impl OpenConnection {
    /// Opens a connection for a request: lookup and handshake.
    ///
    /// # Errors
    /// When there is no address, or no handshake with one.
    pub(super) async fn open(
        config: Option<&ClientConfig>,
        uri: &Uri,
        probe: &Probe,
    ) -> Result<Self, Failure> {
        let Some(config) = config else { return Err(failure::no_quic()) };
        let host = host(uri);
        if is_name(host) {
            probe.mark(Milestone::Resolving);
        }
        let found = lookup_host((host, port(uri))).await;
        if is_name(host) {
            probe.mark(Milestone::Resolved);
        }
        let found = found.map_err(|error| failure::dns(host, &error))?;
        probe.mark(Milestone::Securing);
        let quic = connect(config, host, found).await?;
        probe.mark(Milestone::Secured);
        Self::start(quic, probe).await
    }

    async fn start(quic: quinn::Connection, probe: &Probe) -> Result<Self, Failure> {
        let logs = probe.is_traced().then(Arc::default);
        let observed =
            ObservedConnection::new(h3_quinn::Connection::new(quic.clone()), logs.clone());
        let started = ::h3::client::new(observed).await;
        let (mut driver, sender) =
            started.map_err(|error| failure::protocol(ExchangeStep::Connecting, &error))?;
        tokio::spawn(async move { poll_fn(|context| driver.poll_close(context)).await });
        let ordinal = ConnectionOrdinal::next();
        Ok(Self { quic, sender, logs, ordinal, is_closing: AtomicBool::new(false) })
    }

    /// Whether it takes no more requests.
    pub(super) fn is_over(&self) -> bool {
        self.is_closing.load(Ordering::Relaxed) || self.quic.close_reason().is_some()
    }

    /// Makes a request and reads its answer to the end.
    pub(super) async fn fetch(
        &self,
        request: &PreparedRequest,
        probe: &Probe,
    ) -> Result<(), Refusal> {
        let mut sender = self.sender.clone();
        let sent = sender.send_request(request.with_body(())).await;
        let mut stream = match sent {
            Ok(stream) => stream,
            Err(error) => return Err(self.not_sent(&error)),
        };
        let number = stream.id().into_inner();
        let log = self.logs.as_ref().and_then(|logs| logs.claim(number));
        probe.connection(self.ordinal);
        let exchanged = exchange(&mut stream, request, probe, log.as_deref()).await;
        if let Some(log) = log {
            log.report_to(probe);
        }
        Ok(exchanged?)
    }

    /// A request for which no stream was opened.
    fn not_sent(&self, error: &StreamError) -> Refusal {
        let is_closed = self.quic.close_reason().is_some();
        if matches!(error, StreamError::RemoteClosing { .. }) || is_closed {
            self.is_closing.store(true, Ordering::Relaxed);
            return Refusal::NotTaken;
        }
        Refusal::Failed(stream_failure(ExchangeStep::AwaitingResponse, error))
    }

    /// Closes the connection, and lets the task that drives it send the message.
    pub(super) async fn close(&self) {
        let sent = || self.quic.stats().udp_tx.datagrams;
        let before = sent();
        self.quic.close(NO_ERROR, b"");
        for _ in 0..TURNS {
            if sent() > before {
                return;
            }
            tokio::task::yield_now().await;
        }
    }
}

/// Opens a connection to the first address with which the handshake succeeds.
async fn connect(
    config: &ClientConfig,
    host: &str,
    addresses: impl Iterator<Item = SocketAddr>,
) -> Result<quinn::Connection, Failure> {
    let mut failure = failure::no_address(host);
    for address in addresses {
        let any: SocketAddr = match address {
            SocketAddr::V4(_) => (Ipv4Addr::UNSPECIFIED, 0).into(),
            SocketAddr::V6(_) => (Ipv6Addr::UNSPECIFIED, 0).into(),
        };
        let endpoint = Endpoint::client(any)
            .map_err(|error| failure::broken(ExchangeStep::Connecting, &error))?;
        let connecting = endpoint
            .connect_with(config.clone(), address, host)
            .map_err(|_| failure::invalid_server_name(host))?;
        match connecting.await {
            Ok(connection) => return Ok(connection),
            Err(error) => failure = connect_failure(host, address, &error),
        }
    }
    Err(failure)
}

/// Sends the body, and reads the answer to its end.
async fn exchange(
    stream: &mut RequestStream<ObservedStream, Bytes>,
    request: &PreparedRequest,
    probe: &Probe,
    log: Option<&StreamLog>,
) -> Result<(), Failure> {
    let awaiting = |error| stream_failure(ExchangeStep::AwaitingResponse, &error);
    if let Some(body) = request.body().filter(|body| !body.is_empty()) {
        stream.send_data(body.clone()).await.map_err(awaiting)?;
    }
    stream.finish().await.map_err(awaiting)?;
    let mut response = stream.recv_response().await.map_err(awaiting)?;
    while response.status().is_informational() {
        if let Some(log) = log {
            log.await_next();
        }
        response = stream.recv_response().await.map_err(awaiting)?;
    }
    probe.status(response.status().as_u16());
    let mut bytes = 0;
    let end = read_body(stream, &mut bytes).await;
    probe.bytes(bytes);
    end.map_err(|error| stream_failure(ExchangeStep::ReadingBody, &error))
}

/// Reads a body to its end, drops it, and counts its bytes.
async fn read_body(
    stream: &mut RequestStream<ObservedStream, Bytes>,
    bytes: &mut u64,
) -> Result<(), StreamError> {
    while let Some(chunk) = stream.recv_data().await? {
        *bytes += chunk.remaining() as u64;
    }
    Ok(())
}
