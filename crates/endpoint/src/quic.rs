//! HTTP/3: a listener whose QUIC connections pass an emulated link of datagrams, and the requests of their streams.
//!
//! From the bottom up: `socket` puts the link between QUIC and the kernel, `packets` sees the plaintext of packets,
//! `frames` reads it, `witness` reports what it means, `session` answers requests, `listener` accepts connections.

pub(crate) mod frames;
pub(crate) mod listener;
pub(crate) mod packets;
pub(crate) mod ranges;
pub(crate) mod session;
pub(crate) mod socket;
pub(crate) mod witness;
