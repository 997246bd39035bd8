//! The versions of HTTP.

crate::closed_list! {
    /// A version of HTTP.
    pub enum HttpVersion with PerHttpVersion {
        /// HTTP/1.1: one request at a time on a connection.
        Http1 = "1.1",
        /// HTTP/2: requests are streams that share a connection.
        Http2 = "2",
        /// HTTP/3: requests are streams of a QUIC connection, which runs over UDP.
        Http3 = "3",
    }
}

#[expect(
    clippy::derivable_impls,
    reason = "the macro of closed lists marks no entry as the default"
)]
impl Default for HttpVersion {
    fn default() -> Self {
        Self::Http1
    }
}

impl HttpVersion {
    /// The version with this name in ALPN (RFC 7301), such as `h2`.
    pub fn with_alpn(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|version| version.alpn() == name)
    }

    /// Its name in ALPN.
    pub const fn alpn(self) -> &'static str {
        match self {
            Self::Http1 => "http/1.1",
            Self::Http2 => "h2",
            Self::Http3 => "h3",
        }
    }
}
