//! How a request fails, for all clients: the same problem has the same kind and the same sentence,
//! whichever library meets it.

mod tls;

use std::error::Error;
use std::fmt;
use std::io;

use model::failure::{Failure, FailureKind};

use self::tls::TlsReason;

const HTTP1_ONLY: &str = "the server answered HTTP/2 with HTTP/1.1: without TLS no version is negotiated, so use http=1.1";
const HTTP2_ONLY: &str = "the server offers only HTTP/2, and this client asks for HTTP/1.1";

/// What a client was doing on a connection when it failed.
#[derive(Clone, Copy, Debug)]
pub(crate) enum ExchangeStep {
    Connecting,
    AwaitingResponse,
    ReadingBody,
}

impl fmt::Display for ExchangeStep {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Connecting => "connecting",
            Self::AwaitingResponse => "waiting for the response",
            Self::ReadingBody => "reading the body",
        })
    }
}

/// A failure as an error, which a library can pass through.
#[derive(Debug)]
pub(crate) struct FailureError(pub(crate) Failure);

impl fmt::Display for FailureError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

impl Error for FailureError {}

/// A failure as an error of input or output.
pub(crate) fn in_io_error(failure: Failure) -> io::Error {
    io::Error::other(FailureError(failure))
}

/// The lookup of `host` failed.
pub(crate) fn dns(host: &str, error: &io::Error) -> Failure {
    Failure { kind: FailureKind::Dns, message: format!("cannot resolve {host}: {error}") }
}

/// The lookup of `host` found no address.
pub(crate) fn no_address(host: &str) -> Failure {
    Failure { kind: FailureKind::Dns, message: format!("cannot resolve {host}: it has no address") }
}

/// The connection to `address` could not be opened.
pub(crate) fn refused(address: impl fmt::Display, error: &io::Error) -> Failure {
    let message = format!("cannot connect to {address}: {}", system_message(error));
    Failure { kind: FailureKind::Refused, message }
}

/// The TLS settings cannot be used for QUIC, which needs TLS 1.3 with AES-128-GCM.
pub(crate) fn no_quic() -> Failure {
    let message = "the TLS library has no cipher suite for QUIC".to_owned();
    Failure { kind: FailureKind::Tls, message }
}

/// The TLS handshake with `host` failed.
pub(crate) fn handshake(host: &str, error: &io::Error) -> Failure {
    if let Some(cause) = tls_cause(error) {
        return tls(host, cause);
    }
    let reason = format!("the connection failed during the handshake: {}", system_message(error));
    Failure { kind: FailureKind::Tls, message: format!("TLS with {host} failed: {reason}") }
}

/// A TLS connection with `host` could not be started.
pub(crate) fn tls(host: &str, error: &rustls::Error) -> Failure {
    let reason = TlsReason::of(error);
    if reason.kind == FailureKind::Http2Only {
        return http2_only();
    }
    Failure { kind: reason.kind, message: format!("TLS with {host} failed: {}", reason.text) }
}

/// `host` is not valid as the name of a server in TLS.
pub(crate) fn invalid_server_name(host: &str) -> Failure {
    let message = format!("TLS with {host} failed: a certificate cannot have this name");
    Failure { kind: FailureKind::Tls, message }
}

/// The connection failed during `step`.
pub(crate) fn broken(step: ExchangeStep, error: &io::Error) -> Failure {
    if let Some(FailureError(failure)) = error.get_ref().and_then(|inner| inner.downcast_ref()) {
        return failure.clone();
    }
    if let Some(cause) = tls_cause(error) {
        let reason = TlsReason::of(cause);
        let message = format!("TLS failed while {step}: {}", reason.text);
        return Failure { kind: reason.kind, message };
    }
    match error.kind() {
        io::ErrorKind::UnexpectedEof => ended(step),
        // Libraries use these for a message that they cannot parse.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => {
            protocol(step, &system_message(error))
        }
        _ => {
            let message = format!("the connection failed while {step}: {}", system_message(error));
            Failure { kind: FailureKind::Reset, message }
        }
    }
}

/// The server answered with a frame of HTTP/2.
pub(crate) fn http2_only() -> Failure {
    Failure { kind: FailureKind::Http2Only, message: HTTP2_ONLY.to_owned() }
}

/// The server answered HTTP/2 with HTTP/1.1.
pub(crate) fn http1_only() -> Failure {
    Failure { kind: FailureKind::Protocol, message: HTTP1_ONLY.to_owned() }
}

/// The connection ended during `step`.
pub(crate) fn ended(step: ExchangeStep) -> Failure {
    Failure { kind: FailureKind::Reset, message: format!("the connection ended while {step}") }
}

/// The server refused the stream of a request (REFUSED_STREAM), because more were open than it allows.
pub(crate) fn stream_refused() -> Failure {
    let message = "the server refused the stream: the client opened more at once than it allows, before it knew the limit";
    Failure { kind: FailureKind::StreamRefused, message: message.to_owned() }
}

/// The server reset the stream, or ended the connection of all streams, for this reason of HTTP/2.
pub(crate) fn stream_ended(step: ExchangeStep, reason: &dyn fmt::Display) -> Failure {
    let message = format!("the server ended the stream while {step}: {reason}");
    Failure { kind: FailureKind::Reset, message }
}

/// What arrived during `step` is not valid HTTP.
pub(crate) fn protocol(step: ExchangeStep, reason: &dyn fmt::Display) -> Failure {
    let message = format!("invalid HTTP while {step}: {reason}");
    Failure { kind: FailureKind::Protocol, message }
}

/// The system's message in lower case and without its error number, to end a sentence.
fn system_message(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return "the server closed it".to_owned();
    }
    let text = error.to_string();
    let mut letters = text.split(" (os error ").next().unwrap_or_default().chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn tls_cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}
