//! The stream of a connection: a socket, or a socket under TLS.

use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A connection with or without TLS.
pub(super) enum MaybeTlsStream {
    /// Without TLS.
    Plain(TcpStream),
    /// Under TLS.
    Secured(Box<TlsStream<TcpStream>>),
}
