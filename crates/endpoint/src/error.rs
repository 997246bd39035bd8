//! Why the endpoint cannot start or continue.

use std::io;
use std::net::SocketAddr;

use model::byte_size::ByteSize;
use model::link::LARGEST_BODY;

/// Why the endpoint cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Another program listens there.
    #[error("the address {0} is in use. Use `--listen {ip}:0` to get a free port", ip = printable_ip(.0))]
    AddressInUse(SocketAddr),
    /// The system refuses the address or the port, for example because the address is not local.
    #[error("cannot listen on {address}")]
    Listen {
        /// The requested address.
        address: SocketAddr,
        /// The system's error.
        source: io::Error,
    },
    /// A body that is too large to serve.
    #[error("the body size {0} is too large. The maximum is {LARGEST_BODY}")]
    LargeBody(ByteSize),
    /// QUIC always encrypts.
    #[error("HTTP/3 needs TLS. Use tls=on, or http=2")]
    Http3WithoutTls,
    /// The TLS library does not accept the settings for QUIC.
    #[error("cannot use the endpoint's certificates for QUIC")]
    QuicTls(#[from] quinn::crypto::rustls::NoInitialCipherSuite),
    /// The certificates cannot be created.
    #[error("cannot create the endpoint's certificates")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refuses the certificates.
    #[error("cannot use the endpoint's certificates")]
    Tls(#[from] rustls::Error),
    /// The authority's certificate cannot be written.
    #[error("cannot write the certificate authority's certificate")]
    WriteCertificate(#[source] io::Error),
    /// The system refuses a thread, a timer or an event queue.
    #[error("cannot create the endpoint's event loop")]
    EventLoop(#[source] io::Error),
    /// The commands cannot be read.
    #[error("cannot read the commands")]
    Input(#[source] io::Error),
    /// The replies cannot be written.
    #[error("cannot write a reply")]
    Output(#[source] io::Error),
}

impl EndpointError {
    pub(crate) fn listening(address: SocketAddr, source: io::Error) -> Self {
        match source.kind() {
            io::ErrorKind::AddrInUse => Self::AddressInUse(address),
            _ => Self::Listen { address, source },
        }
    }
}

/// The address as it is written before a port: IPv6 in brackets.
fn printable_ip(address: &SocketAddr) -> String {
    match address {
        SocketAddr::V4(address) => address.ip().to_string(),
        SocketAddr::V6(address) => format!("[{}]", address.ip()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_in_use_says_what_to_type() {
        let sentence = |address: &str| {
            let address = address.parse().expect("an address");
            EndpointError::listening(address, io::ErrorKind::AddrInUse.into()).to_string()
        };
        assert_eq!(
            sentence("127.0.0.1:4433"),
            "the address 127.0.0.1:4433 is in use. Use `--listen 127.0.0.1:0` to get a free port"
        );
        assert!(sentence("[::1]:4433").contains("`--listen [::1]:0`"));
    }
}
