//! The facts that are known to change times where arms differ in them.

model::closed_list! {
    /// A fact that changes times where arms differ in it, by its name in the driver protocol or
    /// among what the endpoint observes.
    pub enum TimingFact {
        /// The version of HTTP.
        Http = "http",
        /// The version of TLS.
        TlsVersion = "tls_version",
        /// Whether handshakes were full or resumed a session.
        Handshakes = "handshakes",
        /// Whether the client offers to resume TLS sessions.
        Resumption = "resumption",
        /// Whether the client verifies certificates.
        Verification = "verification",
        /// Whether a connection is used again within a batch.
        Connections = "connections",
        /// Whether connections are kept from batch to batch.
        Session = "session",
        /// The compression that the client asks for.
        Compression = "compression",
        /// Whether the client follows redirects.
        Redirects = "redirects",
        /// How the client reads bodies.
        Bodies = "bodies",
    }
}

impl TimingFact {
    /// Whether both ends of a connection agree on it.
    pub const fn is_of_protocol(self) -> bool {
        matches!(self, Self::Http | Self::TlsVersion | Self::Handshakes | Self::Resumption)
    }

    /// The condition of a strategy that decides it, where there is one.
    pub const fn condition(self) -> Option<&'static str> {
        match self {
            Self::Handshakes | Self::Resumption => Some("resume"),
            Self::Session => Some("session"),
            Self::Http => Some("http"),
            _ => None,
        }
    }
}
