//! HTTP/2: a session that turns bytes into requests and responses into bytes.
//!
//! It knows neither the link nor the connection, and reads no clock.

pub(crate) mod body;
pub(crate) mod frames;
pub(crate) mod pipe;
pub(crate) mod session;
pub(crate) mod tally;
pub(crate) mod windows;

/// The bytes with which every client begins (RFC 9113, section 3.4).
pub(crate) const PREFACE: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
