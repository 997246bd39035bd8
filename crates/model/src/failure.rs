//! The kinds of failure of a request, as a closed list.
//!
//! A failure is an outcome and is counted by kind. It never stops a batch.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

crate::closed_list! {
    /// The kind of failure of a request.
    pub enum FailureKind {
        /// The host name could not be resolved.
        Dns = "dns",
        /// No connection could be opened: refused, or no route to the host.
        Refused = "refused",
        /// The connection ended before the response did.
        Reset = "reset",
        /// The server refused the stream of the request: more were open than it allows. The client had opened it
        /// before it knew the limit.
        StreamRefused = "stream_refused",
        /// The time limit of the trial passed.
        Timeout = "timeout",
        /// The TLS handshake failed: version, or the other side does not speak TLS. A driver that
        /// cannot tell why a certificate was refused reports this kind too.
        Tls = "tls",
        /// The client trusts no issuer of the server's certificate.
        CertificateUntrusted = "certificate_untrusted",
        /// The server's certificate is for another host.
        CertificateName = "certificate_name",
        /// The server's certificate has expired, or is not valid yet.
        CertificateDates = "certificate_dates",
        /// The server's certificate is not one for a server: it is a certificate authority's, has
        /// another purpose, or cannot be read.
        CertificateUnfit = "certificate_unfit",
        /// The server offers only HTTP/2.
        Http2Only = "http2_only",
        /// The response was not HTTP, or not the requested version of HTTP.
        Protocol = "protocol",
        /// The client took an interim response, such as 103 Early Hints, for the final one, or could not
        /// read it.
        InterimStatus = "interim_status",
        /// A complete response had an unexpected status.
        Status = "status",
        /// A complete response had a body that failed a check.
        Check = "check",
        /// The user's code failed, or returned something that is not a response.
        Code = "code",
        /// The user's code returned something that must be read or awaited first.
        Unread = "unread",
    }
}

impl FailureKind {
    /// Whether the client refused the server's certificate.
    pub const fn is_refused_certificate(self) -> bool {
        matches!(
            self,
            Self::CertificateUntrusted
                | Self::CertificateName
                | Self::CertificateDates
                | Self::CertificateUnfit
        )
    }
}

/// The failure of one request.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Failure {
    /// The kind, by which failures are counted.
    pub kind: FailureKind,
    /// What happened, in the words of the client.
    pub message: String,
}
