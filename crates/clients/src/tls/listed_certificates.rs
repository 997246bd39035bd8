//! Accepts a server's certificate that is itself in the file of trusted certificates.
//!
//! `openssl req -x509` makes a self-signed certificate that is marked as an authority's, and webpki
//! refuses such a certificate from a server. Other TLS libraries accept it if it is in the file.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::verify_server_name;
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, OtherError, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use webpki::EndEntityCert;

/// Verifies as another verifier does, but trusts a listed certificate, whatever its issuer. Its name,
/// its dates and the handshake's signature are verified all the same.
#[derive(Debug)]
pub(super) struct ListedCertificateVerifier {
    usual: Arc<dyn ServerCertVerifier>,
    listed: Vec<CertificateDer<'static>>,
}

impl ListedCertificateVerifier {
    /// A verifier that trusts what `usual` trusts, and the certificates of `listed`.
    pub(super) fn new(
        usual: Arc<dyn ServerCertVerifier>,
        listed: Vec<CertificateDer<'static>>,
    ) -> Self {
        Self { usual, listed }
    }
}

impl ServerCertVerifier for ListedCertificateVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        let verified = self.usual.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            Err(rustls::Error::InvalidCertificate(reason)) if is_about_the_issuer(&reason) => {
                if self.listed.contains(end_entity) {
                    verify_server_name(&ParsedCertificate::try_from(end_entity)?, server_name)?;
                    return Ok(ServerCertVerified::assertion());
                }
                Err(refusal(end_entity, reason).into())
            }
            other => other,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.usual.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.usual.supported_verify_schemes()
    }
}

/// Why a certificate is refused that is not listed: a self-signed one because it is not.
fn refusal(certificate: &CertificateDer<'_>, reason: CertificateError) -> CertificateError {
    match EndEntityCert::try_from(certificate) {
        Ok(parsed) if parsed.issuer() == parsed.subject() => {
            CertificateError::Other(OtherError(Arc::new(SelfSigned)))
        }
        _ => reason,
    }
}

/// A certificate is self-signed and not listed.
#[derive(Debug, thiserror::Error)]
#[error("it is self-signed, and not one of the trusted certificates")]
pub(crate) struct SelfSigned;

/// Whether webpki refuses a certificate only for what it says of its issuer. webpki finds out that a
/// certificate has expired before it looks for any of these.
fn is_about_the_issuer(reason: &CertificateError) -> bool {
    match reason {
        CertificateError::UnknownIssuer
        | CertificateError::BadSignature
        | CertificateError::UnsupportedSignatureAlgorithmContext { .. }
        | CertificateError::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => true,
        CertificateError::Other(other) => {
            matches!(other.0.downcast_ref(), Some(webpki::Error::CaUsedAsEndEntity))
        }
        _ => false,
    }
}
