//! The built-in strategies, and the driver that serves them.
//!
//! A strategy is a client library and a mode of using it, under conditions: three values that are
//! put together in [`catalogue`](fn@catalogue), and never a function of its own. A new library is
//! one file in `library` and one line in that table; a new mode is one file in `mode`.
//!
//! What a batch says of itself goes through a `probe` into the columns of its `trial`. Nothing here
//! analyses them, prints, or knows the endpoint that answers.

mod catalogue;
mod clock;
mod conditions;
mod driver;
mod event;
mod facts;
mod fault;
mod ground;
mod library;
mod limit;
mod mode;
mod probe;
mod session;
mod stage;
mod tls;
mod trial;
mod versions;
mod wanted;

pub use catalogue::catalogue;
pub use driver::{DriverFailure, serve};
