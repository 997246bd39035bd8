//! Facts: what is true of a strategy under its conditions, in its driver's own words.
//!
//! They decide nothing that is measured; they are held against each other, so that a difference
//! between two arms that nobody asked for is told before their times are. A fact that is not known
//! is left out, never guessed.

use std::collections::BTreeMap;

/// Facts by name, such as `compression` → `gzip, deflate`.
pub type Facts = BTreeMap<String, String>;

/// The names that every driver uses for the same thing; it may have others.
pub mod name {
    /// The version of HTTP that is spoken, such as `1.1`.
    pub const HTTP: &str = "http";
    /// Whether certificates are verified: `on` or `off`.
    pub const VERIFICATION: &str = "verification";
    /// Whose certificates are trusted, and how the client came to trust them.
    pub const TRUST: &str = "trust";
    /// The TLS library and its version.
    pub const TLS_LIBRARY: &str = "tls_library";
    /// Whether TLS sessions are resumed: `offered` or `never`.
    pub const RESUMPTION: &str = "resumption";
    /// What the client asks for in `Accept-Encoding`.
    pub const COMPRESSION: &str = "compression";
    /// Whether redirects are followed: `followed` or `not followed`.
    pub const REDIRECTS: &str = "redirects";
    /// How often the host's name is looked up.
    pub const DNS: &str = "dns";
    /// How much of a body is read.
    pub const BODIES: &str = "bodies";
    /// The language's runtime and its version.
    pub const RUNTIME: &str = "runtime";
    /// The event loop that runs the client.
    pub const EVENT_LOOP: &str = "event_loop";
    /// Whether asyncio checks itself while it runs, at a cost: `on` or `off`.
    pub const ASYNCIO_DEBUG: &str = "asyncio_debug";
    /// Whether one lock lets one thread at a time run the language's code: `on` or `off`.
    pub const GIL: &str = "gil";
}
