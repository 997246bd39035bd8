//! Listeners: accept connections, and serve each in a task of its own. A server of HTTP/3 has one for TCP and
//! one for QUIC, on the same port.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use host::arrival::stamp_arrivals;
use host::clock::now;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::connection::Connection;
use crate::error::EndpointError;
use crate::link::outbound::WriteMode;
use crate::quic::listener::{self as quic, QuicListener};
use crate::server::Server;
use crate::socket::serve_connection;

/// How many connections the kernel queues until they are accepted.
const BACKLOG: u32 = 1024;

/// The pause after a failed accept, which mostly means too many open files. Without it the loop
/// would be busy.
const PAUSE: Duration = Duration::from_millis(10);

/// How often a free port is sought that is free for both TCP and UDP.
const PORTS: usize = 16;

/// The listeners of one server, on one address.
#[derive(Debug)]
pub(crate) struct Listeners {
    address: SocketAddr,
    tcp: TcpListener,
    quic: Option<QuicListener>,
    server: Arc<Server>,
}

impl Listeners {
    /// Listens on an address; on a free port if its port is zero. Must be called on the event loop.
    ///
    /// # Errors
    /// When the address is in use or not local.
    pub(crate) fn bind(address: SocketAddr, server: &Arc<Server>) -> Result<Self, EndpointError> {
        let mut bound = Self::bind_once(address, server);
        for _ in 1..PORTS {
            // Another program may have the UDP port of a free TCP port.
            if address.port() != 0 || !matches!(bound, Err(EndpointError::AddressInUse(_))) {
                break;
            }
            bound = Self::bind_once(address, server);
        }
        bound
    }

    fn bind_once(address: SocketAddr, server: &Arc<Server>) -> Result<Self, EndpointError> {
        let tcp = listen(address)?;
        let address =
            tcp.local_addr().map_err(|source| EndpointError::listening(address, source))?;
        let quic = quic::listen(address, server)?;
        Ok(Self { address, tcp, quic, server: Arc::clone(server) })
    }

    /// The address.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Accepts and serves connections in tasks of the event loop.
    pub(crate) fn spawn(self) {
        tokio::spawn(accept(self.tcp, self.server));
        if let Some(quic) = self.quic {
            tokio::spawn(quic::accept(quic));
        }
    }
}

/// Listens on an address.
///
/// # Errors
/// When it is in use or not local.
fn listen(address: SocketAddr) -> Result<TcpListener, EndpointError> {
    let failed = |source| EndpointError::listening(address, source);
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(failed)?;
    socket.set_reuseaddr(true).map_err(failed)?;
    socket.bind(address).map_err(failed)?;
    // Without kernel timestamps, bytes are stamped when they are read.
    let _ = stamp_arrivals(&socket);
    socket.listen(BACKLOG).map_err(failed)
}

/// Accepts and serves connections until the task is dropped.
async fn accept(listener: TcpListener, server: Arc<Server>) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => spawn_connection(socket, peer, &server),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// Serves a connection in a new task. A connection that cannot be created is dropped, which closes
/// it.
fn spawn_connection(socket: TcpStream, peer: SocketAddr, server: &Arc<Server>) {
    let at = now();
    set_nagle(&socket, server.write_mode);
    if let Ok(connection) = Connection::accept(server, at, peer.port()) {
        tokio::spawn(serve_connection(socket, connection, Arc::clone(&server.process)));
    }
}

/// Leaves Nagle's algorithm on where responses are two writes. Setting it fails only if the client
/// is gone, which the next read shows.
fn set_nagle(socket: &TcpStream, mode: WriteMode) {
    let _ = socket.set_nodelay(mode == WriteMode::Whole);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::serve::runtime;

    #[test]
    fn leaves_nagle_on_where_the_head_is_written_separately() {
        let runtime = runtime().expect("an event loop");
        let nodelay = |mode| {
            runtime.block_on(async {
                let listener = listen(([127, 0, 0, 1], 0).into()).expect("listens");
                let address = listener.local_addr().expect("an address");
                let client = std::net::TcpStream::connect(address).expect("connects");
                let (socket, _) = listener.accept().await.expect("accepts");
                set_nagle(&socket, mode);
                drop(client);
                socket.nodelay().expect("the option")
            })
        };
        assert!(nodelay(WriteMode::Whole));
        assert!(!nodelay(WriteMode::HeadSeparately));
    }
}
