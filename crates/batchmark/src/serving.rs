//! `batchmark serve`: the pages of recordings over HTTP, for reading only.
//!
//! `shelf` lists the recordings at the start, `http` reads a request and writes a response, `routes` answers it,
//! `server` accepts connections. Nothing of a request is used as a path of the file system.

mod http;
mod routes;
mod server;
mod shelf;

pub use server::Server;
pub use shelf::Shelf;
