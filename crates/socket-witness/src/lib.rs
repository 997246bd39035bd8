//! The socket witness: a library that is preloaded into a client's processes, the ring into which it
//! writes what they call, and the reader that makes rows of a recording of it.
//!
//! The library (`preload/witness.c`) is the one place with unsafe code, because it takes the place of
//! functions of the system. It must not allocate or lock while it records. The reader runs between
//! trials and reads the ring as a file. `ring` reads rows, `event` says what each means, `observer`
//! follows connections, requests and threads through them, and `servers` separates the batch from the rest.

mod connection;
mod event;
mod exchange;
mod library;
mod observer;
mod recorder;
mod ring;
mod servers;
mod threads;
mod tls;

pub use library::{Library, NoLibrary};
pub use recorder::Recorder;
