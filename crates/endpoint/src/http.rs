//! The HTTP/1.1 server: requests read from bytes, and the responses to them.
//!
//! It knows neither the link nor the connection.

pub(crate) mod chunked;
pub(crate) mod request;
pub(crate) mod response;
pub(crate) mod route;
pub(crate) mod todos;
pub(crate) mod typed;
