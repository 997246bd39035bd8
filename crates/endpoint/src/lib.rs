//! The embedded REST endpoint: todos over HTTP/1.1, behind an emulated link, with a witness.
//!
//! It runs in a process of its own and knows nothing of any client. From the bottom up:
//!
//! - `lateness` measures by how much this process is late, and `deadline` tells what is due
//!   from what really happened;
//! - `inbound` and `outbound` are the two directions of the emulated link; `jitter` holds what
//!   passes longer, and `pacing` leads what goes out through the `bottleneck`;
//! - `request`, `chunked`, `route`, `todos` and `response` are the HTTP server, `handler` answers
//!   as it was told to, faults and all, `throttle` and `turns` let only so many requests through;
//!   `security` is TLS, and `authority` makes its certificates;
//! - `connection` joins them into a state machine that touches no socket and reads no clock;
//! - `observer` keeps what the witness will say;
//! - `socket` and `listener` carry the bytes, `server` holds what all listeners share;
//! - [`serve()`] and [`Alone`] are the two ways to run it.
//!
//! Nothing here prints: what a caller sees comes back as a value or as a protocol reply.

mod alone;
mod authority;
mod bottleneck;
mod chunked;
mod commands;
mod connection;
mod deadline;
mod error;
mod handler;
mod inbound;
mod jitter;
mod lateness;
mod listener;
mod observer;
mod outbound;
mod pacing;
mod request;
mod response;
mod route;
mod scramble;
mod security;
mod serve;
mod server;
mod socket;
mod throttle;
mod todos;
mod turns;

pub use alone::{Alone, Ender};
pub use error::EndpointError;
pub use serve::serve;
