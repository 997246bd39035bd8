//! Reads bytes from a socket with the kernel's timestamp of their arrival.
//!
//! A thread that must be woken reads its clock about 50 µs after the arrival. Linux can stamp it (`stamped`);
//! elsewhere an arrival is dated when it is read (`unstamped`).

#[cfg(target_os = "linux")]
mod stamped;
#[cfg(not(target_os = "linux"))]
mod unstamped;

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use nix::sys::socket::SockaddrStorage;

#[cfg(target_os = "linux")]
pub use stamped::{receive, receive_datagram, stamp_arrivals};
#[cfg(not(target_os = "linux"))]
pub use unstamped::{receive, receive_datagram, stamp_arrivals};

/// Bytes that were read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Received {
    /// How many; none at the end of the stream.
    pub length: usize,
    /// When the last of them arrived, on the monotonic clock: never in the future, and never before it
    /// was sent.
    pub at: Duration,
}

/// A datagram that was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReceivedDatagram {
    /// Its length in bytes, and when it arrived.
    pub received: Received,
    /// Its sender.
    pub from: SocketAddr,
}

/// The sender of a datagram.
fn sender(address: Option<&SockaddrStorage>) -> io::Result<SocketAddr> {
    let internet = address.and_then(|address| {
        let v4 = address.as_sockaddr_in().map(|address| SocketAddr::V4((*address).into()));
        v4.or_else(|| address.as_sockaddr_in6().map(|address| SocketAddr::V6((*address).into())))
    });
    internet.ok_or_else(|| io::Error::other("a datagram without a sender"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock;
    use std::net::UdpSocket;

    #[test]
    fn reads_datagrams_with_their_senders() {
        let [server, client] = ["127.0.0.1:0"; 2].map(|any| UdpSocket::bind(any).expect("binds"));
        // Not every system has stamps.
        let _ = stamp_arrivals(&server);
        let before = clock::monotonic();
        for datagram in [&b"one"[..], b"three"] {
            client.send_to(datagram, server.local_addr().expect("has one")).expect("sends");
        }
        let mut buffer = [0; 16];
        for length in [3, 5] {
            let datagram = receive_datagram(&server, &mut buffer).expect("reads");
            assert_eq!(datagram.received.length, length);
            assert_eq!(datagram.from, client.local_addr().expect("has one"));
            assert!(before <= datagram.received.at && datagram.received.at <= clock::monotonic());
        }
    }
}
