//! Whom to trust, and the TLS configuration that every client uses: one way to make it, so that
//! no two clients differ in it.

use std::path::Path;
use std::sync::Arc;

use model::target::Trust;
use rustls::client::Resumption;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::conditions::Resume;

/// The certificates that a client trusts: read, but not yet parsed, because every client parses
/// them itself when its session is opened.
#[derive(Clone, Debug)]
pub(crate) enum Roots {
    /// Those that are compiled in.
    BuiltIn,
    /// Those of a file.
    Given(Vec<CertificateDer<'static>>),
    /// Those that are compiled in, and those of a file beside them.
    Added(Vec<CertificateDer<'static>>),
    /// Every certificate, whoever signed it.
    Anyone,
}

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadRoots {
    /// It cannot be read.
    #[error("the certificate file {path} cannot be read: {reason}")]
    Unreadable { path: String, reason: String },
    /// It holds no certificate.
    #[error("the certificate file {path} holds no certificate in PEM form")]
    Empty { path: String },
    /// One of its certificates is none.
    #[error("the certificate file {path} holds something that is no certificate: {reason}")]
    NotACertificate { path: String, reason: String },
}

impl Roots {
    /// Reads what `trust` names.
    ///
    /// # Errors
    /// When a file cannot be read, or holds no certificate or a broken one.
    pub(crate) fn read(trust: &Trust) -> Result<Self, BadRoots> {
        match trust {
            Trust::Default => Ok(Self::BuiltIn),
            Trust::Anyone => Ok(Self::Anyone),
            Trust::File { path } => read_file(path).map(Self::Given),
            Trust::Added { path } => read_file(path).map(Self::Added),
        }
    }

    fn store(&self) -> RootCertStore {
        match self {
            Self::BuiltIn => built_in(),
            Self::Given(certificates) => with(RootCertStore::empty(), certificates),
            Self::Added(certificates) => with(built_in(), certificates),
            Self::Anyone => RootCertStore::empty(),
        }
    }

    /// Whom they make the client trust, for people.
    pub(crate) const fn described(&self) -> &'static str {
        match self {
            Self::BuiltIn => "Mozilla's roots, compiled in",
            Self::Given(_) => "the given file, and no other",
            Self::Added(_) => "Mozilla's roots, compiled in, and the given file",
            Self::Anyone => "anyone",
        }
    }
}

fn built_in() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

fn with(mut store: RootCertStore, certificates: &[CertificateDer<'static>]) -> RootCertStore {
    // All of them were parsed once when the file was read.
    store.add_parsable_certificates(certificates.iter().cloned());
    store
}

fn read_file(path: &Path) -> Result<Vec<CertificateDer<'static>>, BadRoots> {
    let shown = || path.display().to_string();
    let pem = std::fs::read(path)
        .map_err(|error| BadRoots::Unreadable { path: shown(), reason: error.to_string() })?;
    let certificates: Vec<_> = CertificateDer::pem_slice_iter(&pem)
        .collect::<Result<_, _>>()
        .map_err(|error| BadRoots::NotACertificate { path: shown(), reason: error.to_string() })?;
    if certificates.is_empty() {
        return Err(BadRoots::Empty { path: shown() });
    }
    let mut store = RootCertStore::empty();
    for certificate in &certificates {
        store.add(certificate.clone()).map_err(|error| BadRoots::NotACertificate {
            path: shown(),
            reason: error.to_string(),
        })?;
    }
    Ok(certificates)
}

/// Builds a client's TLS configuration: TLS 1.2 and 1.3, HTTP/1.1 alone.
pub(crate) fn client_config(roots: &Roots, resume: Resume) -> Arc<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for TLS 1.2 and 1.3");
    let mut config = match roots {
        Roots::Anyone => {
            builder.dangerous().with_custom_certificate_verifier(Arc::new(Trusting { provider }))
        }
        Roots::BuiltIn | Roots::Given(_) | Roots::Added(_) => {
            builder.with_root_certificates(roots.store())
        }
    }
    .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    if resume == Resume::Off {
        config.resumption = Resumption::disabled();
    }
    Arc::new(config)
}

/// Takes every certificate for good, but not a handshake that its key did not sign: whoever does
/// not verify still pays for the signature.
#[derive(Debug)]
struct Trusting {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        _end_entity: &CertificateDer<'_>,
        _intermediates: &[CertificateDer<'_>],
        _server_name: &ServerName<'_>,
        _ocsp_response: &[u8],
        _now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls12_signature(message, certificate, signature, algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let algorithms = &self.provider.signature_verification_algorithms;
        verify_tls13_signature(message, certificate, signature, algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
