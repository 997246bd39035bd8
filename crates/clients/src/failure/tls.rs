//! Why TLS failed: the kind, and the reason as a clause.

use std::time::{Duration, UNIX_EPOCH};

use model::failure::FailureKind;
use rustls::{AlertDescription, CertificateError};
use rustls_pki_types::UnixTime;

use crate::tls::SelfSigned;

/// Why TLS failed.
pub(super) struct TlsReason {
    pub(super) kind: FailureKind,
    /// A clause.
    pub(super) text: String,
}

impl TlsReason {
    fn new(kind: FailureKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }

    /// The reason behind an error of rustls.
    pub(super) fn of(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(reason) => {
                let Self { kind, text } = of_certificate(reason);
                Self::new(kind, format!("the certificate was refused: {text}"))
            }
            rustls::Error::InvalidMessage(_) => {
                Self::new(FailureKind::Tls, "the server does not speak TLS")
            }
            rustls::Error::AlertReceived(AlertDescription::NoApplicationProtocol) => {
                Self::new(FailureKind::Http2Only, "the server refused HTTP/1.1 in the handshake")
            }
            rustls::Error::AlertReceived(alert) => {
                Self::new(FailureKind::Tls, format!("the server ended the handshake: {alert:?}"))
            }
            other => Self::new(FailureKind::Tls, other.to_string()),
        }
    }
}

fn of_certificate(reason: &CertificateError) -> TlsReason {
    match reason {
        CertificateError::UnknownIssuer => {
            TlsReason::new(FailureKind::CertificateUntrusted, "its issuer is not trusted")
        }
        CertificateError::BadSignature => {
            TlsReason::new(FailureKind::CertificateUntrusted, "its signature is wrong")
        }
        CertificateError::NotValidForNameContext { presented, .. } => {
            TlsReason::new(FailureKind::CertificateName, names(presented))
        }
        CertificateError::ExpiredContext { not_after, .. } => TlsReason::new(
            FailureKind::CertificateDates,
            format!("it expired on {}", date(*not_after)),
        ),
        CertificateError::NotValidYetContext { not_before, .. } => TlsReason::new(
            FailureKind::CertificateDates,
            format!("it is not valid before {}", date(*not_before)),
        ),
        CertificateError::BadEncoding => {
            TlsReason::new(FailureKind::CertificateUnfit, "it cannot be read")
        }
        CertificateError::Other(other) if other.0.is::<SelfSigned>() => {
            TlsReason::new(FailureKind::CertificateUntrusted, other.to_string())
        }
        CertificateError::Other(other) => match other.0.downcast_ref() {
            Some(webpki::Error::CaUsedAsEndEntity) => TlsReason::new(
                FailureKind::CertificateUnfit,
                "it is a certificate authority's (CA:TRUE), and not a server's",
            ),
            Some(webpki::Error::UnsupportedCertVersion) => TlsReason::new(
                FailureKind::CertificateName,
                "it is of X.509 version 1, which cannot name a host",
            ),
            _ => TlsReason::new(FailureKind::CertificateUnfit, other.to_string()),
        },
        other => TlsReason::new(FailureKind::CertificateUnfit, other.to_string()),
    }
}

/// Which hosts a certificate names. webpki presents each as `DnsName("localhost")`.
fn names(presented: &[String]) -> String {
    if presented.is_empty() {
        return "it names no host, because it has no subjectAltName".to_owned();
    }
    let name = |name: &String| {
        let inside = name.split_once('(').and_then(|(_kind, rest)| rest.strip_suffix(')'));
        inside.unwrap_or(name).trim_matches('"').to_owned()
    };
    format!("it names only {}", presented.iter().map(name).collect::<Vec<_>>().join(", "))
}

/// The day of a moment, in UTC: `2026-11-29`.
fn date(time: UnixTime) -> String {
    let moment = UNIX_EPOCH + Duration::from_secs(time.as_secs());
    let text = humantime::format_rfc3339_seconds(moment).to_string();
    text.split('T').next().unwrap_or_default().to_owned()
}
