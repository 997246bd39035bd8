//! A reserved port that refuses every connection: a socket is bound to it, but does not listen.

use std::io;
use std::net::{Ipv4Addr, SocketAddrV4};
use std::os::fd::{AsRawFd, OwnedFd};

use nix::sys::socket::{self, AddressFamily, SockFlag, SockType, SockaddrIn};

/// The port. A port that was merely free a moment ago could be given to another program, or to the connection
/// that is to be refused, which then connects to itself.
#[derive(Debug)]
pub struct RefusingPort {
    port: u16,
    /// Keeps the port.
    _socket: OwnedFd,
}

impl RefusingPort {
    /// Reserves a port of the loopback interface.
    pub fn reserve() -> io::Result<Self> {
        let flags = SockFlag::empty();
        let socket = socket::socket(AddressFamily::Inet, SockType::Stream, flags, None)?;
        socket::bind(
            socket.as_raw_fd(),
            &SockaddrIn::from(SocketAddrV4::new(Ipv4Addr::LOCALHOST, 0)),
        )?;
        let bound: SockaddrIn = socket::getsockname(socket.as_raw_fd())?;
        Ok(Self { port: bound.port(), _socket: socket })
    }

    /// Its number.
    pub fn number(&self) -> u16 {
        self.port
    }
}

#[cfg(test)]
mod tests {
    use std::net::{TcpListener, TcpStream};

    use super::*;

    #[test]
    fn refuses_connections_and_gives_its_port_to_nobody() {
        let reserved = RefusingPort::reserve().expect("a port");
        let address = (Ipv4Addr::LOCALHOST, reserved.port);
        let refused = TcpStream::connect(address).expect_err("is refused");
        assert_eq!(refused.kind(), io::ErrorKind::ConnectionRefused);
        let taken = TcpListener::bind(address).expect_err("is taken");
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    }
}
