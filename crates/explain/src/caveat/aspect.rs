//! An aspect: a fact that is known to change times where arms differ in it.

/// A fact that changes times where arms differ in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aspect {
    Http,
    Alpn,
    TlsVersion,
    Handshakes,
    Resumption,
    Verification,
    Connections,
    Session,
    Compression,
    Redirects,
    Bodies,
}

impl Aspect {
    /// The aspect of this name, where the fact is one.
    pub(crate) fn named(fact: &str) -> Option<Self> {
        Some(match fact {
            "http" => Self::Http,
            "alpn" => Self::Alpn,
            "tls_version" => Self::TlsVersion,
            "handshakes" => Self::Handshakes,
            "resumption" => Self::Resumption,
            "verification" => Self::Verification,
            "connections" => Self::Connections,
            "session" => Self::Session,
            "compression" => Self::Compression,
            "redirects" => Self::Redirects,
            "bodies" => Self::Bodies,
            _ => return None,
        })
    }

    /// Whether it is something on which both ends of a connection agree.
    pub(crate) const fn is_of_protocol(self) -> bool {
        matches!(
            self,
            Self::Http | Self::Alpn | Self::TlsVersion | Self::Handshakes | Self::Resumption
        )
    }
}
