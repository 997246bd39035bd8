//! The embedded REST endpoint: todos over HTTP/1.1, HTTP/2 and HTTP/3 behind an emulated link, with a witness.
//!
//! It runs in a process of its own, prints nothing and knows nothing of any client.
//!
//! From the top down:
//!
//! - [`serve()`] and [`StandaloneEndpoint`] are the two ways to run it; `commands` reads the
//!   runner's commands;
//! - `listener` accepts connections, and `socket` carries the bytes of each;
//! - `connection` is the state machine of a connection, without socket and clock;
//! - `server` answers requests; `link` delays bytes; `tls` encrypts them; `http` parses requests
//!   and frames responses of HTTP/1.1, `http2` those of HTTP/2; `quic` is the listener of HTTP/3, with
//!   connections of its own;
//! - `observer` keeps the rows of the witness.

mod commands;
mod connection;
mod error;
mod http;
mod http2;
mod link;
mod listener;
mod observer;
mod quic;
mod serve;
mod server;
mod socket;
mod splitmix;
mod standalone;
mod tls;
mod wake;

pub use error::EndpointError;
pub use serve::serve;
pub use standalone::{StandaloneEndpoint, StopHandle};
