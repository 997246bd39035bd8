//! The embedded REST endpoint: todos over HTTP/1.1, behind an emulated link, with a witness.
//!
//! It runs in a process of its own and knows nothing of any client. From the bottom up:
//!
//! - `lateness` measures by how much this process is late, and `deadline` tells what is due
//!   from what really happened;
//! - `inbound` and `outbound` are the two directions of the emulated link;
//! - `request`, `chunked`, `todos` and `response` are the HTTP server; `security` is TLS, and
//!   `authority` makes its certificates;
//! - `connection` joins them into a state machine that touches no socket and reads no clock;
//! - `observer` keeps what the witness will say;
//! - `socket` and `listener` carry the bytes, `server` holds what all listeners share;
//! - [`serve()`] and [`Alone`] are the two ways to run it.
//!
//! Nothing here prints: what a caller sees comes back as a value or as a protocol reply.

mod alone;
mod authority;
mod chunked;
mod commands;
mod connection;
mod deadline;
mod error;
mod inbound;
mod lateness;
mod listener;
mod observer;
mod outbound;
mod request;
mod response;
mod security;
mod serve;
mod server;
mod socket;
mod todos;

pub use alone::{Alone, Ender};
pub use error::EndpointError;
pub use serve::serve;
