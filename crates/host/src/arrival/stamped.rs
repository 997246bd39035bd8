//! Arrivals by the stamps of Linux.
//!
//! The kernel stamps with the time of day (`SO_TIMESTAMPNS`, see socket(7)); reading both clocks converts the
//! stamp to the monotonic clock. A stamp that cannot be true, because the time of day was set, is ignored.

use std::io::{self, IoSliceMut};
use std::os::fd::{AsFd, AsRawFd};
use std::time::Duration;

use nix::cmsg_space;
use nix::sys::socket::{
    ControlMessageOwned, MsgFlags, RecvMsg, SockaddrStorage, recvmsg, setsockopt, sockopt,
};
use nix::sys::time::TimeSpec;
use nix::time::{ClockId, clock_gettime};

use super::{Received, ReceivedDatagram, sender};
use crate::clock;

/// An older stamp comes from before the time of day was set.
const OLDEST: Duration = Duration::from_secs(1);

/// Asks the kernel to stamp what arrives from now on. Sockets that a listener accepts inherit this.
///
/// # Errors
/// If the system does not support it.
pub fn stamp_arrivals(socket: &impl AsFd) -> io::Result<()> {
    Ok(setsockopt(socket, sockopt::ReceiveTimestampns, &true)?)
}

/// Reads what has arrived. If the kernel gives no stamp, the arrival is now.
///
/// # Errors
/// Those of `recvmsg`; `WouldBlock` if nothing has arrived at a nonblocking socket.
pub fn receive(socket: &impl AsFd, buffer: &mut [u8]) -> io::Result<Received> {
    let mut control = cmsg_space!(TimeSpec);
    let mut pieces = [IoSliceMut::new(buffer)];
    let descriptor = socket.as_fd().as_raw_fd();
    let message = recvmsg::<()>(descriptor, &mut pieces, Some(&mut control), MsgFlags::empty())?;
    let age = age_of(&message)?;
    // Read after the time of day: the time between the two makes the arrival later, never earlier.
    Ok(Received { length: message.bytes, at: clock::monotonic().saturating_sub(age) })
}

/// Reads one datagram, as [`receive`] reads bytes.
///
/// # Errors
/// Those of `recvmsg`; `WouldBlock` if nothing has arrived at a nonblocking socket.
pub fn receive_datagram(socket: &impl AsFd, buffer: &mut [u8]) -> io::Result<ReceivedDatagram> {
    let mut control = cmsg_space!(TimeSpec);
    let mut pieces = [IoSliceMut::new(buffer)];
    let descriptor = socket.as_fd().as_raw_fd();
    let flags = MsgFlags::empty();
    let message = recvmsg::<SockaddrStorage>(descriptor, &mut pieces, Some(&mut control), flags)?;
    let age = age_of(&message)?;
    let from = sender(message.address.as_ref())?;
    let at = clock::monotonic().saturating_sub(age);
    Ok(ReceivedDatagram { received: Received { length: message.bytes, at }, from })
}

/// How long ago a message arrived; zero without a stamp that can be true.
fn age_of<S>(message: &RecvMsg<'_, '_, S>) -> io::Result<Duration> {
    let stamp = message.cmsgs()?.find_map(|part| match part {
        ControlMessageOwned::ScmTimestampns(stamp) => Some(Duration::from(stamp)),
        _ => None,
    });
    Ok(stamp.and_then(age).unwrap_or_default())
}

/// How long ago the time of day was `stamp`.
fn age(stamp: Duration) -> Option<Duration> {
    let now = Duration::from(clock_gettime(ClockId::CLOCK_REALTIME).ok()?);
    now.checked_sub(stamp).filter(|age| *age <= OLDEST)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;
    use std::net::{TcpListener, TcpStream};

    fn pair() -> (TcpStream, TcpStream) {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listens");
        stamp_arrivals(&listener).expect("is offered");
        let client = TcpStream::connect(listener.local_addr().expect("has one")).expect("opens");
        let (server, _) = listener.accept().expect("accepts");
        (client, server)
    }

    #[test]
    fn stamps_the_arrival_and_not_the_read() {
        let (mut client, server) = pair();
        // The kernel takes a moment before it starts to stamp.
        let of_arrival = (0..200).any(|_| {
            let before = clock::monotonic();
            client.write_all(b"hello").expect("writes");
            let written = clock::monotonic();
            std::thread::sleep(Duration::from_millis(10));
            let mut buffer = [0; 16];
            let received = receive(&server, &mut buffer).expect("reads");
            assert_eq!(&buffer[..received.length], b"hello");
            assert!(before <= received.at, "it arrived before it was sent");
            // On the loopback, data has arrived when the call that wrote it returns.
            received.at <= written + Duration::from_millis(1)
        });
        assert!(of_arrival, "every stamp was the reading's");
    }

    #[test]
    fn reads_nothing_at_the_end() {
        let (client, server) = pair();
        drop(client);
        let before = clock::monotonic();
        let received = receive(&server, &mut [0; 16]).expect("reads");
        assert_eq!(received.length, 0);
        assert!(received.at >= before);
    }
}
