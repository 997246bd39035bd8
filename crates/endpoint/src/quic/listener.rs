//! Listens for QUIC connections, and serves each in a task of its own.

use std::net::SocketAddr;
use std::sync::Arc;

use quinn::crypto::ServerConfig as QuicTls;
use quinn::crypto::rustls::QuicServerConfig;
use quinn::{
    Endpoint, EndpointConfig, Incoming, ServerConfig, TokioRuntime, TransportConfig, VarInt,
};
use tokio::net::UdpSocket;

use crate::error::EndpointError;
use crate::http2::session::StreamSettings;
use crate::quic::packets::ObservedTls;
use crate::quic::session::serve_connection;
use crate::quic::socket::LinkSocket;
use crate::server::Server;

/// The window of all streams together, so large that only that of a stream limits a request.
const CONNECTION_WINDOW: u32 = (1 << 30) - 1;

/// A listener for QUIC.
#[derive(Debug)]
pub(crate) struct QuicListener {
    endpoint: Endpoint,
    socket: Arc<LinkSocket>,
    config: ServerConfig,
    server: Arc<Server>,
}

/// Listens on an address, if the server offers HTTP/3. Must be called on the event loop.
///
/// # Errors
/// When the address is in use or not local.
pub(crate) fn listen(
    address: SocketAddr,
    server: &Arc<Server>,
) -> Result<Option<QuicListener>, EndpointError> {
    let (Some(tls), Some(streams)) = (&server.quic, server.streams) else { return Ok(None) };
    let failed = |source| EndpointError::listening(address, source);
    let socket = std::net::UdpSocket::bind(address).map_err(failed)?;
    socket.set_nonblocking(true).map_err(failed)?;
    let socket = UdpSocket::from_std(socket).map_err(failed)?;
    let socket = Arc::new(LinkSocket::new(socket, server, streams).map_err(failed)?);
    let tls = QuicServerConfig::try_from(Arc::clone(tls))?;
    let mut config = ServerConfig::with_crypto(Arc::new(tls));
    config.migration(false).transport_config(Arc::new(transport(streams)));
    let endpoint = Endpoint::new_with_abstract_socket(
        EndpointConfig::default(),
        Some(config.clone()),
        Arc::<LinkSocket>::clone(&socket),
        Arc::new(TokioRuntime),
    );
    let endpoint = endpoint.map_err(failed)?;
    Ok(Some(QuicListener { endpoint, socket, config, server: Arc::clone(server) }))
}

/// What the server announces about its streams. Datagrams keep the size that every network carries.
fn transport(streams: StreamSettings) -> TransportConfig {
    let mut transport = TransportConfig::default();
    transport
        .max_concurrent_bidi_streams(VarInt::from_u32(streams.limit.0.get().min(CONNECTION_WINDOW)))
        .stream_receive_window(VarInt::from_u32(streams.window.bytes().min(CONNECTION_WINDOW)))
        .receive_window(VarInt::from_u32(CONNECTION_WINDOW))
        .mtu_discovery_config(None);
    transport
}

/// Accepts and serves connections until the task is dropped.
pub(crate) async fn accept(listener: QuicListener) {
    while let Some(incoming) = listener.endpoint.accept().await {
        listener.spawn_connection(incoming);
    }
}

impl QuicListener {
    /// Serves a connection in a new task. One that cannot be accepted is refused by QUIC.
    fn spawn_connection(&self, incoming: Incoming) {
        let peer = incoming.remote_address();
        let observer = self.socket.observe_connection(peer);
        let tls: Arc<dyn QuicTls> = Arc::new(ObservedTls::new(&self.config.crypto, &observer));
        let mut config = self.config.clone();
        config.crypto = tls;
        let Ok(connecting) = incoming.accept_with(Arc::new(config)) else { return };
        tokio::spawn(serve_connection(connecting, Arc::clone(&self.server), observer));
    }
}
