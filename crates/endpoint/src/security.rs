//! TLS, or none: what lies between the link's bytes and HTTP's.
//!
//! The TLS library is driven by hand, without a socket. What it wants to say lies in its own
//! buffer until the link lets it through.

use std::io::{self, Read};
use std::sync::Arc;

use model::witness::TlsAgreement;
use rustls::{HandshakeKind, ProtocolVersion, ServerConfig, ServerConnection};

use crate::request::Reader;

/// How much plaintext is taken from the TLS library at once.
const PIECE: usize = 16 * 1024;

/// The security of one connection.
#[derive(Debug)]
pub(crate) enum Security {
    /// Plain HTTP.
    Plain,
    /// TLS.
    Tls(Box<ServerConnection>),
}

/// What the client may still say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opened {
    /// More.
    More,
    /// Nothing: it has closed its side within TLS.
    Ended,
}

/// What the server has to say of its own accord, beside responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Utterance {
    /// A flight of the handshake.
    Handshake,
    /// Tickets, alerts, new keys.
    Other,
}

/// The bytes cannot be understood as TLS.
#[derive(Debug)]
pub(crate) struct NotTls;

impl Security {
    /// A connection's security before its first byte.
    ///
    /// # Errors
    /// When the settings do not fit together.
    pub(crate) fn new(settings: Option<&Arc<ServerConfig>>) -> Result<Self, rustls::Error> {
        Ok(match settings {
            None => Self::Plain,
            Some(settings) => Self::Tls(Box::new(ServerConnection::new(Arc::clone(settings))?)),
        })
    }

    /// Takes bytes of the client and gives what they say to the reader.
    ///
    /// # Errors
    /// When they are not TLS, or the client cannot agree with the server; there may be an alert to
    /// say then.
    pub(crate) fn open(&mut self, mut bytes: &[u8], reader: &mut Reader) -> Result<Opened, NotTls> {
        let Self::Tls(tls) = self else {
            reader.push(bytes);
            return Ok(Opened::More);
        };
        while !bytes.is_empty() {
            let taken = tls.read_tls(&mut bytes).map_err(|_| NotTls)?;
            tls.process_new_packets().map_err(|_| NotTls)?;
            if read_plaintext(tls, reader) == Opened::Ended || taken == 0 {
                return Ok(Opened::Ended);
            }
        }
        Ok(Opened::More)
    }

    /// Whether the handshake is still to be finished.
    pub(crate) fn is_handshaking(&self) -> bool {
        matches!(self, Self::Tls(tls) if tls.is_handshaking())
    }

    /// What the server has to say after bytes were opened, before which it was handshaking or not.
    ///
    /// In TLS 1.3 the server's part ends before the client's, and what follows the client's is
    /// tickets; in a full TLS 1.2 handshake the server has the last word.
    pub(crate) fn utterance(&self, before: Handshaking) -> Option<Utterance> {
        let Self::Tls(tls) = self else { return None };
        if !tls.wants_write() {
            return None;
        }
        let modern = tls.protocol_version() == Some(ProtocolVersion::TLSv1_3);
        let part_of_it = before == Handshaking::Yes && (tls.is_handshaking() || !modern);
        Some(if part_of_it { Utterance::Handshake } else { Utterance::Other })
    }

    /// What the handshake agreed on, once it is finished.
    pub(crate) fn agreement(&self) -> Option<TlsAgreement> {
        let Self::Tls(tls) = self else { return None };
        let kind = tls.handshake_kind().filter(|_| !tls.is_handshaking())?;
        let version = match tls.protocol_version()? {
            ProtocolVersion::TLSv1_3 => "TLSv1.3",
            ProtocolVersion::TLSv1_2 => "TLSv1.2",
            _ => return None,
        };
        Some(TlsAgreement {
            version: version.to_owned(),
            resumed: kind == HandshakeKind::Resumed,
            alpn: tls.alpn_protocol().map(|name| String::from_utf8_lossy(name).into_owned()),
        })
    }

    /// Appends plaintext to what goes out, encrypted where there is TLS.
    pub(crate) fn seal(&mut self, plaintext: &[u8], wire: &mut Vec<u8>) {
        let Self::Tls(tls) = self else {
            wire.extend_from_slice(plaintext);
            return;
        };
        // Pieces below the library's buffer limit are always taken whole.
        for piece in plaintext.chunks(PIECE) {
            let _ = io::Write::write_all(&mut tls.writer(), piece);
            drain(tls, wire);
        }
    }

    /// Appends what the server has to say of its own accord.
    pub(crate) fn utter(&mut self, wire: &mut Vec<u8>) {
        if let Self::Tls(tls) = self {
            drain(tls, wire);
        }
    }

    /// Appends the server's farewell.
    pub(crate) fn close(&mut self, wire: &mut Vec<u8>) {
        if let Self::Tls(tls) = self {
            if !tls.is_handshaking() {
                tls.send_close_notify();
            }
            drain(tls, wire);
        }
    }
}

/// Whether a handshake was going on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Handshaking {
    /// It was.
    Yes,
    /// It was over, or there is none.
    No,
}

fn read_plaintext(tls: &mut ServerConnection, reader: &mut Reader) -> Opened {
    let mut piece = [0; PIECE];
    loop {
        match tls.reader().read(&mut piece) {
            Ok(0) => return Opened::Ended,
            Ok(length) => reader.push(&piece[..length]),
            // There is no more for now.
            Err(_) => return Opened::More,
        }
    }
}

fn drain(tls: &mut ServerConnection, wire: &mut Vec<u8>) {
    while tls.wants_write() {
        if !matches!(tls.write_tls(wire), Ok(1..)) {
            // A vector takes everything.
            return;
        }
    }
}
