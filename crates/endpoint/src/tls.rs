//! TLS: the certificates of the process, and the TLS session of a connection.

pub(crate) mod authority;
pub(crate) mod security;
