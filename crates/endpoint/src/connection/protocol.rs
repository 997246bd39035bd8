//! Which version of HTTP a connection speaks, and the reader of its requests.

use model::http_version::HttpVersion;

use super::streams::Streams;
use crate::http::request::RequestReader;
use crate::http2::PREFACE;
use crate::http2::session::StreamSettings;
use crate::tls::security::SecurityLayer;

/// The protocol of one connection.
#[derive(Debug)]
pub(super) enum Protocol {
    /// The server offers HTTP/2, and the client has not chosen. These are its bytes so far.
    Undecided { bytes: Vec<u8>, settings: StreamSettings },
    /// HTTP/1.1.
    Http1(RequestReader),
    /// HTTP/2.
    Http2(Box<Streams>),
}

impl Protocol {
    /// The protocol of a connection on which nothing has arrived. Without `settings` the server
    /// offers HTTP/1.1 alone.
    pub(super) fn new(settings: Option<StreamSettings>) -> Self {
        match settings {
            Some(settings) => Self::Undecided { bytes: Vec::new(), settings },
            None => Self::Http1(RequestReader::default()),
        }
    }

    /// Takes plaintext of the client.
    pub(super) fn push(&mut self, plaintext: &[u8]) {
        match self {
            Self::Undecided { bytes, .. } => bytes.extend_from_slice(plaintext),
            Self::Http1(reader) => reader.push(plaintext),
            Self::Http2(streams) => streams.push(plaintext),
        }
    }

    /// Decides, if enough is known: under TLS by ALPN, without TLS by the first bytes (RFC 9113,
    /// sections 3.2 and 3.3).
    pub(super) fn decide(&mut self, security: &SecurityLayer) {
        let Self::Undecided { bytes, settings } = self else { return };
        if bytes.is_empty() {
            return;
        }
        let version = match security.is_plain() {
            true if bytes.len() < PREFACE.len() && PREFACE.starts_with(bytes) => return,
            true if bytes.starts_with(PREFACE) => HttpVersion::Http2,
            true => HttpVersion::Http1,
            false => security.agreed_version().unwrap_or_default(),
        };
        let mut chosen = match version {
            HttpVersion::Http1 => Self::Http1(RequestReader::default()),
            // Over TCP no client gets HTTP/3: it is not offered there.
            HttpVersion::Http2 | HttpVersion::Http3 => {
                Self::Http2(Box::new(Streams::new(*settings)))
            }
        };
        chosen.push(bytes);
        *self = chosen;
    }

    /// The streams, if it has any.
    pub(super) fn streams(&self) -> Option<&Streams> {
        if let Self::Http2(streams) = self { Some(streams) } else { None }
    }

    /// The streams, if it has any.
    pub(super) fn streams_mut(&mut self) -> Option<&mut Streams> {
        if let Self::Http2(streams) = self { Some(streams) } else { None }
    }
}

#[cfg(test)]
mod tests {
    use model::link::Link;

    use super::*;

    fn decided(pieces: &[&[u8]]) -> Vec<&'static str> {
        let Link { streams, window, .. } = Link::default();
        let mut protocol = Protocol::new(Some(StreamSettings { limit: streams, window }));
        let name = |protocol: &Protocol| match protocol {
            Protocol::Undecided { .. } => "undecided",
            Protocol::Http1(_) => "1.1",
            Protocol::Http2(_) => "2",
        };
        let decide = |piece: &&[u8]| {
            protocol.push(piece);
            protocol.decide(&SecurityLayer::Plain);
            name(&protocol)
        };
        pieces.iter().map(decide).collect()
    }

    #[test]
    fn decides_by_the_first_bytes_without_tls() {
        assert_eq!(decided(&[PREFACE]), ["2"]);
        assert_eq!(decided(&[b"", &PREFACE[..9], &PREFACE[9..]]), ["undecided", "undecided", "2"]);
        assert_eq!(decided(&[b"GET / HTTP/1.1\r\n"]), ["1.1"]);
        assert_eq!(decided(&[b"P", b"UT / HTTP/1.1\r\n"]), ["undecided", "1.1"]);
    }
}
