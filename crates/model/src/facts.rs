//! Facts: what a driver states about a strategy with its conditions.
//!
//! Facts change nothing that is measured. They are compared with each other, to report uncontrolled
//! differences between arms before their times. An unknown fact is left out, never guessed.

use std::collections::BTreeMap;

/// Facts by name, such as `compression` → `gzip, deflate`.
pub type Facts = BTreeMap<String, String>;

/// The value of [`name::HEADERS`] where the target's headers are left out.
pub const NOT_SENT: &str = "not sent";

/// The names that all drivers use for the same fact. A driver may state others.
pub mod name {
    /// The version of HTTP, such as `1.1`.
    pub const HTTP: &str = "http";
    /// Whether certificates are verified: `on` or `off`.
    pub const VERIFICATION: &str = "verification";
    /// Whose certificates are trusted, and how the client came to trust them.
    pub const TRUST: &str = "trust";
    /// The TLS library and its version.
    pub const TLS_LIBRARY: &str = "tls_library";
    /// Whether TLS sessions are resumed: `offered` or `never`.
    pub const RESUMPTION: &str = "resumption";
    /// The value of `Accept-Encoding`.
    pub const COMPRESSION: &str = "compression";
    /// Whether redirects are followed: `followed` or `not followed`.
    pub const REDIRECTS: &str = "redirects";
    /// How often the host name is resolved.
    pub const DNS: &str = "dns";
    /// How much of a body is read.
    pub const BODIES: &str = "bodies";
    /// The runtime of the language and its version.
    pub const RUNTIME: &str = "runtime";
    /// The event loop of the client.
    pub const EVENT_LOOP: &str = "event_loop";
    /// Whether asyncio's debug mode is on, which costs time: `on` or `off`.
    pub const ASYNCIO_DEBUG: &str = "asyncio_debug";
    /// Whether a global lock runs one thread of the language at a time: `on` or `off`.
    pub const GIL: &str = "gil";
    /// Whether the target's headers are sent: `not sent` where user code or a command does not take
    /// them.
    pub const HEADERS: &str = "headers";
    /// The files beside libraries that own code imports, as [`super::files`] reads them.
    pub const IMPORTS: &str = "imports";
}

/// The files of a fact that lists them, `helper.py 1a2b3c4d, more.py 5e6f7a8b`: their names, each with the
/// beginning of its SHA-256.
pub fn files(fact: &str) -> BTreeMap<String, String> {
    let file = |text: &str| {
        let (name, hash) = text.rsplit_once(' ').unwrap_or((text, ""));
        (name.to_owned(), hash.to_owned())
    };
    fact.split(", ").map(file).collect()
}
