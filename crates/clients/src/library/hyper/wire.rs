//! What carries a connection's bytes: a socket, or a socket under TLS.

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A connection, secured or not.
pub(super) enum Wire {
    /// Without TLS.
    Plain(TcpStream),
    /// Under TLS.
    Secured(Box<TlsStream<TcpStream>>),
}
