//! The security layer of one connection: TLS or none, between the link's bytes and HTTP's.
//!
//! The TLS library is driven without a socket. Its output stays in its own buffer until the link
//! lets it through.

use std::io::{self, Read};
use std::sync::Arc;

use model::http_version::HttpVersion;
use model::witness::TlsAgreement;
use rustls::{HandshakeKind, ProtocolVersion, ServerConfig, ServerConnection};

/// Takes plaintext.
pub(crate) type Sink<'a> = &'a mut dyn FnMut(&[u8]);

/// How much plaintext is taken from the TLS library at once.
const PIECE: usize = 16 * 1024;

/// The security layer of one connection.
#[derive(Debug)]
pub(crate) enum SecurityLayer {
    /// Plain HTTP.
    Plain,
    /// TLS.
    Tls(Box<ServerConnection>),
}

/// What came of the client's bytes.
#[derive(Debug)]
pub(crate) struct Decrypted {
    /// Whether more bytes can be read.
    pub(crate) input: TlsInput,
    /// What TLS now has to write itself.
    pub(crate) output: Option<TlsOutput>,
    /// What the handshake agreed on, if these bytes finished it.
    pub(crate) agreement: Option<TlsAgreement>,
}

/// Whether the client's bytes can still be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsInput {
    /// They can.
    Open,
    /// The client sent close_notify.
    CloseNotify,
    /// They are not TLS, or client and server cannot agree.
    Invalid,
}

/// What TLS writes itself, beside responses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum TlsOutput {
    /// A flight of the handshake.
    Handshake,
    /// Tickets, alerts, key updates.
    Other,
}

impl SecurityLayer {
    /// The security layer before the first byte.
    ///
    /// # Errors
    /// When TLS refuses the settings.
    pub(crate) fn new(settings: Option<&Arc<ServerConfig>>) -> Result<Self, rustls::Error> {
        Ok(match settings {
            None => Self::Plain,
            Some(settings) => Self::Tls(Box::new(ServerConnection::new(Arc::clone(settings))?)),
        })
    }

    /// The version of HTTP that ALPN chose, once it has.
    pub(crate) fn agreed_version(&self) -> Option<HttpVersion> {
        let Self::Tls(tls) = self else { return None };
        HttpVersion::with_alpn(str::from_utf8(tls.alpn_protocol()?).ok()?)
    }

    /// Whether plaintext passes it as it is.
    pub(crate) fn is_plain(&self) -> bool {
        matches!(self, Self::Plain)
    }

    /// Decrypts bytes of the client and gives the plaintext to the reader.
    pub(crate) fn open(&mut self, bytes: &[u8], reader: Sink<'_>) -> Decrypted {
        let Self::Tls(tls) = self else {
            reader(bytes);
            return Decrypted { input: TlsInput::Open, output: None, agreement: None };
        };
        let was_handshaking = tls.is_handshaking();
        let input = decrypt(tls, bytes, reader);
        Decrypted {
            input,
            output: pending_output(tls, was_handshaking),
            agreement: was_handshaking.then(|| agreement(tls)).flatten(),
        }
    }

    /// Appends plaintext to the wire, encrypted where there is TLS.
    pub(crate) fn seal(&mut self, plaintext: &[u8], wire: &mut Vec<u8>) {
        let Self::Tls(tls) = self else {
            wire.extend_from_slice(plaintext);
            return;
        };
        // The library takes pieces below its buffer limit whole.
        for piece in plaintext.chunks(PIECE) {
            let _ = io::Write::write_all(&mut tls.writer(), piece);
            drain(tls, wire);
        }
    }

    /// Appends what TLS has to write itself.
    pub(crate) fn write_pending(&mut self, wire: &mut Vec<u8>) {
        if let Self::Tls(tls) = self {
            drain(tls, wire);
        }
    }

    /// Appends the server's close_notify.
    pub(crate) fn close(&mut self, wire: &mut Vec<u8>) {
        if let Self::Tls(tls) = self {
            if !tls.is_handshaking() {
                tls.send_close_notify();
            }
            drain(tls, wire);
        }
    }
}

fn decrypt(tls: &mut ServerConnection, mut bytes: &[u8], reader: Sink<'_>) -> TlsInput {
    while !bytes.is_empty() {
        let Ok(taken) = tls.read_tls(&mut bytes) else { return TlsInput::Invalid };
        if tls.process_new_packets().is_err() {
            return TlsInput::Invalid;
        }
        if read_plaintext(tls, reader) == TlsInput::CloseNotify || taken == 0 {
            return TlsInput::CloseNotify;
        }
    }
    TlsInput::Open
}

fn read_plaintext(tls: &mut ServerConnection, reader: Sink<'_>) -> TlsInput {
    let mut piece = [0; PIECE];
    loop {
        match tls.reader().read(&mut piece) {
            Ok(0) => return TlsInput::CloseNotify,
            Ok(length) => reader(&piece[..length]),
            // There is no more plaintext for now.
            Err(_) => return TlsInput::Open,
        }
    }
}

/// What TLS has to write itself. In TLS 1.3 the server's part of the handshake ends before the
/// client's, and tickets follow the client's. In TLS 1.2 a full handshake ends with the server's
/// last flight.
fn pending_output(tls: &ServerConnection, was_handshaking: bool) -> Option<TlsOutput> {
    if !tls.wants_write() {
        return None;
    }
    let is_tls_1_3 = tls.protocol_version() == Some(ProtocolVersion::TLSv1_3);
    let is_handshake = was_handshaking && (tls.is_handshaking() || !is_tls_1_3);
    Some(if is_handshake { TlsOutput::Handshake } else { TlsOutput::Other })
}

/// What the handshake agreed on, once it is finished.
fn agreement(tls: &ServerConnection) -> Option<TlsAgreement> {
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

fn drain(tls: &mut ServerConnection, wire: &mut Vec<u8>) {
    while tls.wants_write() {
        if !matches!(tls.write_tls(wire), Ok(1..)) {
            // A vector takes everything.
            return;
        }
    }
}
