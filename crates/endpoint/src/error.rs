//! Why the endpoint cannot start or go on.

use std::io;
use std::net::SocketAddr;

use model::byte_size::ByteSize;
use model::link::LARGEST_BODY;

/// Why the endpoint cannot start or go on.
#[derive(Debug, thiserror::Error)]
pub enum EndpointError {
    /// Another program listens there.
    #[error("the address {0} is in use: write `--listen {ip}:0` for a port that is free", ip = printable_ip(.0))]
    AddressInUse(SocketAddr),
    /// The address is not one of this machine, or the port is not for this user, or …
    #[error("cannot listen on {address}")]
    Listen {
        /// The address that was asked for.
        address: SocketAddr,
        /// What the system says.
        source: io::Error,
    },
    /// A body that is too large to serve.
    #[error("the body is {0}; the largest that the endpoint serves is {LARGEST_BODY}")]
    LargeBody(ByteSize),
    /// The certificates cannot be made.
    #[error("cannot make the endpoint's certificates")]
    Certificate(#[from] rcgen::Error),
    /// The TLS library refuses the certificates.
    #[error("cannot use the endpoint's certificates")]
    Tls(#[from] rustls::Error),
    /// The authority's certificate cannot be written for the clients.
    #[error("cannot write the certificate authority's certificate")]
    WriteCertificate(#[source] io::Error),
    /// The system refuses a thread, a timer or an event queue.
    #[error("cannot set up the endpoint's event loop")]
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

/// The address as it stands before a port: an IPv6 one in brackets.
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
            "the address 127.0.0.1:4433 is in use: write `--listen 127.0.0.1:0` for a port that is free"
        );
        assert!(sentence("[::1]:4433").contains("`--listen [::1]:0`"));
    }
}
