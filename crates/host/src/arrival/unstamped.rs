//! Arrivals where the kernel gives no stamps that fit the monotonic clock: the moment of reading.

use std::io;
use std::os::fd::{AsFd, AsRawFd};

use nix::sys::socket::{MsgFlags, SockaddrStorage, recv, recvfrom};

use super::{Received, ReceivedDatagram, sender};
use crate::clock;

/// There are no stamps.
///
/// # Errors
/// Always.
pub fn stamp_arrivals(_: &impl AsFd) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}

/// Reads what has arrived; the arrival is now.
///
/// # Errors
/// Those of `recv`; `WouldBlock` if nothing has arrived at a nonblocking socket.
pub fn receive(socket: &impl AsFd, buffer: &mut [u8]) -> io::Result<Received> {
    let length = recv(socket.as_fd().as_raw_fd(), buffer, MsgFlags::empty())?;
    Ok(Received { length, at: clock::monotonic() })
}

/// Reads one datagram, as [`receive`] reads bytes.
///
/// # Errors
/// Those of `recvfrom`; `WouldBlock` if nothing has arrived at a nonblocking socket.
pub fn receive_datagram(socket: &impl AsFd, buffer: &mut [u8]) -> io::Result<ReceivedDatagram> {
    let (length, from) = recvfrom::<SockaddrStorage>(socket.as_fd().as_raw_fd(), buffer)?;
    let received = Received { length, at: clock::monotonic() };
    Ok(ReceivedDatagram { received, from: sender(from.as_ref())? })
}
