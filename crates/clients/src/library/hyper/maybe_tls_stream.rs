//! The stream of a connection: a socket, or a socket under TLS.

use model::http_version::HttpVersion;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

/// A connection with or without TLS.
pub(super) enum MaybeTlsStream {
    /// Without TLS.
    Plain(TcpStream),
    /// Under TLS.
    Secured(Box<TlsStream<TcpStream>>),
}

impl MaybeTlsStream {
    /// The version of HTTP of a connection under TLS. A server that chose none speaks HTTP/1.1.
    pub(super) fn negotiated(&self) -> Option<HttpVersion> {
        let Self::Secured(stream) = self else { return None };
        let chosen = stream.get_ref().1.alpn_protocol();
        let chosen = chosen.and_then(|name| std::str::from_utf8(name).ok());
        Some(chosen.and_then(HttpVersion::with_alpn).unwrap_or_default())
    }
}
