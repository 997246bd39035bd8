//! The endpoint as its users see it: over the loopback, behind its protocol.

mod client;
mod faults;
mod http2;
mod http3;
mod limits;
mod plain;
mod protocol;
mod runner;
mod standalone;
mod tls;
