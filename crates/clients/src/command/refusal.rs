//! Recognises in a command's own words why TLS was refused.

use model::failure::FailureKind;

/// The texts by which OpenSSL and curl name a reason, each with its kind.
const REASONS: [(&str, FailureKind); 11] = [
    ("no application protocol", FailureKind::Http2Only),
    ("certificate has expired", FailureKind::CertificateDates),
    ("certificate is not yet valid", FailureKind::CertificateDates),
    ("hostname mismatch", FailureKind::CertificateName),
    ("ip address mismatch", FailureKind::CertificateName),
    ("no alternative certificate subject name matches", FailureKind::CertificateName),
    ("unsuitable certificate purpose", FailureKind::CertificateUnfit),
    ("self-signed certificate", FailureKind::CertificateUntrusted),
    ("self signed certificate", FailureKind::CertificateUntrusted),
    ("unable to get local issuer certificate", FailureKind::CertificateUntrusted),
    ("unable to verify the first certificate", FailureKind::CertificateUntrusted),
];

/// The kind of failure of a command that wrote these lines; `code` where they name no reason.
pub(super) fn kind_of(lines: &[String]) -> FailureKind {
    let text = lines.join("\n").to_lowercase();
    let named = REASONS.iter().find(|(reason, _)| text.contains(reason));
    named.map_or(FailureKind::Code, |&(_, kind)| kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recognises_the_words_of_curl_and_of_pythons_ssl() {
        let kind = |line: &str| kind_of(&["a line before".to_owned(), line.to_owned()]);
        for (line, expected) in [
            (
                "curl: (60) SSL: no alternative certificate subject name matches target host name \
                 'localhost'",
                FailureKind::CertificateName,
            ),
            (
                "curl: (60) SSL certificate problem: self-signed certificate",
                FailureKind::CertificateUntrusted,
            ),
            (
                "curl: (60) SSL certificate problem: certificate has expired",
                FailureKind::CertificateDates,
            ),
            (
                "curl: (35) OpenSSL/3.0.19: error:0A000460:SSL routines::tlsv1 alert no application \
                 protocol",
                FailureKind::Http2Only,
            ),
            (
                "ssl.SSLCertVerificationError: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify \
                 failed: Hostname mismatch, certificate is not valid for 'localhost'. (_ssl.c:1006)",
                FailureKind::CertificateName,
            ),
            ("curl: (22) The requested URL returned error: 404", FailureKind::Code),
        ] {
            assert_eq!(kind(line), expected, "{line}");
        }
    }
}
