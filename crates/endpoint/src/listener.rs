//! Listeners: taking connections from the kernel, each into a task of its own.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use host::arrival::stamp_arrivals;
use tokio::net::{TcpListener, TcpSocket, TcpStream};

use crate::connection::Connection;
use crate::error::EndpointError;
use crate::outbound::Writes;
use crate::server::Server;
use crate::socket::{carry, now};

/// How many connections the kernel keeps until they are accepted.
const BACKLOG: u32 = 1024;

/// How long is waited when the kernel gives no connection, which mostly means that there are too
/// many: without a pause that would be a busy loop.
const PAUSE: Duration = Duration::from_millis(10);

/// Listens on an address.
///
/// # Errors
/// When it is in use, or not this machine's.
pub(crate) fn listen(address: SocketAddr) -> Result<TcpListener, EndpointError> {
    let failed = |source| EndpointError::listening(address, source);
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() };
    let socket = socket.map_err(failed)?;
    socket.set_reuseaddr(true).map_err(failed)?;
    socket.bind(address).map_err(failed)?;
    // Where there are no stamps, what arrives is stamped when it is read.
    let _ = stamp_arrivals(&socket);
    socket.listen(BACKLOG).map_err(failed)
}

/// Serves all who come, for ever.
pub(crate) async fn accept(listener: TcpListener, server: Arc<Server>) {
    loop {
        match listener.accept().await {
            Ok((socket, peer)) => welcome(socket, peer, &server),
            Err(_) => tokio::time::sleep(PAUSE).await,
        }
    }
}

/// A connection that cannot be set up is dropped, which closes it.
fn welcome(socket: TcpStream, peer: SocketAddr, server: &Arc<Server>) {
    let at = now();
    // Nagle's algorithm goes with answers in two writes. It fails only where the client is gone
    // already, which reading will show.
    let _ = socket.set_nodelay(server.writes == Writes::Whole);
    if let Ok(connection) = Connection::accept(server, at, peer.port()) {
        tokio::spawn(carry(socket, connection, Arc::clone(&server.shared)));
    }
}
