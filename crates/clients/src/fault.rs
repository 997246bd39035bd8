//! What can go wrong with a request, in the words that every client shares: the same fault is the
//! same kind of failure whichever library meets it.

use std::error::Error;
use std::fmt;
use std::io;
use std::net::SocketAddr;

use model::failure::{Failure, FailureKind};
use rustls::CertificateError;

/// A failure on its way through a library that only carries errors.
#[derive(Debug)]
pub(crate) struct Fault(pub(crate) Failure);

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0.message)
    }
}

impl Error for Fault {}

/// The lookup of `host` failed.
pub(crate) fn dns(host: &str, error: &io::Error) -> Failure {
    Failure { kind: FailureKind::Dns, message: format!("resolve {host}: {error}") }
}

/// The lookup of `host` found nothing.
pub(crate) fn no_address(host: &str) -> Failure {
    Failure { kind: FailureKind::Dns, message: format!("resolve {host}: it has no address") }
}

/// No connection to `address` could be opened.
pub(crate) fn refused(address: SocketAddr, error: &io::Error) -> Failure {
    let message = format!("connect to {address}: {}", words(error));
    Failure { kind: FailureKind::Refused, message }
}

/// The TLS handshake with `host` failed.
pub(crate) fn handshake(host: &str, error: &io::Error) -> Failure {
    let reason = match tls_cause(error) {
        Some(cause) => tls_words(cause),
        None => format!("the handshake was cut off: {}", words(error)),
    };
    Failure { kind: FailureKind::Tls, message: format!("TLS with {host}: {reason}") }
}

/// A TLS connection with `host` could not even be begun.
pub(crate) fn tls(host: &str, error: &rustls::Error) -> Failure {
    let message = format!("TLS with {host}: {}", tls_words(error));
    Failure { kind: FailureKind::Tls, message }
}

/// `host` cannot be named in a TLS handshake.
pub(crate) fn unnameable(host: &str) -> Failure {
    let message = format!("TLS with {host}: a certificate cannot bear such a name");
    Failure { kind: FailureKind::Tls, message }
}

/// The connection failed while the client was `doing` something on it.
pub(crate) fn broken(doing: &str, error: &io::Error) -> Failure {
    if let Some(cause) = tls_cause(error) {
        let message = format!("{doing}: TLS: {}", tls_words(cause));
        return Failure { kind: FailureKind::Tls, message };
    }
    let kind = match error.kind() {
        // What libraries call a message that they cannot read.
        io::ErrorKind::InvalidData | io::ErrorKind::InvalidInput => FailureKind::Protocol,
        _ => FailureKind::Reset,
    };
    Failure { kind, message: format!("{doing}: {}", words(error)) }
}

/// The connection ended while the client was `doing` something on it.
pub(crate) fn ended(doing: &str) -> Failure {
    let message = format!("{doing}: the connection ended first");
    Failure { kind: FailureKind::Reset, message }
}

/// What came while the client was `doing` something is not the HTTP that was asked for.
pub(crate) fn protocol(doing: &str, reason: &dyn fmt::Display) -> Failure {
    Failure { kind: FailureKind::Protocol, message: format!("{doing}: {reason}") }
}

/// What the system says, without its error's number and as the rest of a sentence.
fn words(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        return "the connection ended first".to_owned();
    }
    let text = error.to_string();
    let mut letters = text.split(" (os error ").next().unwrap_or_default().chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}

fn tls_cause(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref()?.downcast_ref()
}

fn tls_words(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(reason) => {
            format!("the certificate does not verify: {}", certificate_words(reason))
        }
        rustls::Error::InvalidMessage(_) => "the other side does not speak TLS".to_owned(),
        rustls::Error::AlertReceived(alert) => format!("the other side gave up: {alert:?}"),
        other => other.to_string(),
    }
}

fn certificate_words(reason: &CertificateError) -> String {
    match reason {
        CertificateError::UnknownIssuer => "its issuer is not trusted".to_owned(),
        CertificateError::BadSignature => "its signature is wrong".to_owned(),
        CertificateError::BadEncoding => "it cannot be read".to_owned(),
        CertificateError::Other(other) => match other.0.downcast_ref() {
            Some(webpki::Error::CaUsedAsEndEntity) => "it is that of an authority, which this \
                 client takes from no server; make one for the server alone (CA:FALSE)"
                .to_owned(),
            _ => other.to_string(),
        },
        other => other.to_string(),
    }
}
