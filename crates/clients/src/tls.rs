//! The trusted certificates and the TLS configuration. All clients build it here, so that no two
//! clients differ in it.

mod listed_certificates;

pub(crate) use self::listed_certificates::SelfSigned;

use std::path::Path;
use std::sync::Arc;

use model::failure::Failure;
use model::http_version::HttpVersion;
use model::target::Trust;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, RootCertStore, SignatureScheme,
};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};
use rustls_platform_verifier::Verifier as SystemVerifier;

use self::listed_certificates::ListedCertificateVerifier;
use crate::conditions::Resume;
use crate::failure;

/// The certificates that a client trusts. They are read but not yet parsed, because opening a
/// session includes parsing them.
#[derive(Clone, Debug)]
pub(crate) enum Roots {
    /// Mozilla's roots, which are compiled in.
    BuiltIn,
    /// The certificates of a file.
    Given(Vec<CertificateDer<'static>>),
    /// Mozilla's roots and the certificates of a file.
    Added(Vec<CertificateDer<'static>>),
    /// Any certificate: nothing is verified.
    Anyone,
}

/// Why a file of certificates cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum BadRoots {
    /// It cannot be read.
    #[error("cannot read the certificate file {path}: {reason}")]
    Unreadable { path: String, reason: String },
    /// It contains no certificate.
    #[error("the certificate file {path} contains no certificate in PEM format")]
    Empty { path: String },
    /// It contains something that is not a certificate.
    #[error("the certificate file {path} contains something that is not a certificate: {reason}")]
    NotACertificate { path: String, reason: String },
}

impl Roots {
    /// Reads the certificates that `trust` names.
    ///
    /// # Errors
    /// When a file cannot be read, or contains no certificate or an invalid one.
    pub(crate) fn read(trust: &Trust) -> Result<Self, BadRoots> {
        match trust {
            Trust::Default => Ok(Self::BuiltIn),
            Trust::Anyone => Ok(Self::Anyone),
            Trust::File { path } => read_file(path).map(Self::Given),
            Trust::Added { path } => read_file(path).map(Self::Added),
        }
    }

    /// Describes them for the user, where the library trusts these `own` roots by itself.
    pub(crate) fn description(&self, own: &str) -> String {
        match self {
            Self::BuiltIn => own.to_owned(),
            Self::Given(_) => "the given file, and no other".to_owned(),
            Self::Added(_) => format!("{own}, and the given file"),
            Self::Anyone => "anyone".to_owned(),
        }
    }
}

fn built_in() -> RootCertStore {
    RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() }
}

/// Trusts these roots, what the listed certificates issued, and the listed certificates themselves.
fn trusting(
    provider: Arc<CryptoProvider>,
    mut roots: RootCertStore,
    listed: &[CertificateDer<'static>],
) -> Arc<dyn ServerCertVerifier> {
    // Each of them was parsed once when the file was read.
    roots.add_parsable_certificates(listed.iter().cloned());
    let usual = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider)
        .build()
        .expect("there is a root, and no list of revoked certificates");
    Arc::new(ListedCertificateVerifier::new(usual, listed.to_vec()))
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

/// Builds a client's TLS configuration: TLS 1.2 and 1.3, and these versions of HTTP, the preferred one first.
pub(crate) fn client_config(
    roots: &Roots,
    resume: Resume,
    offered: &[HttpVersion],
) -> Arc<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let verifier = match roots {
        Roots::Anyone => Arc::new(AcceptAnyCertificate { provider: Arc::clone(&provider) }),
        Roots::BuiltIn => trusting(Arc::clone(&provider), built_in(), &[]),
        Roots::Given(listed) => trusting(Arc::clone(&provider), RootCertStore::empty(), listed),
        Roots::Added(listed) => trusting(Arc::clone(&provider), built_in(), listed),
    };
    let mut config = config_with(provider, verifier, offered);
    if resume == Resume::Off {
        config.resumption = Resumption::disabled();
    }
    Arc::new(config)
}

/// Builds the same for a client that trusts the system's certificates, and the listed ones besides.
///
/// # Errors
/// When the system's verifier cannot use a listed certificate.
pub(crate) fn system_config(
    listed: &[CertificateDer<'static>],
    offered: &[HttpVersion],
) -> Result<ClientConfig, rustls::Error> {
    let provider = Arc::new(ring::default_provider());
    let system = SystemVerifier::new_with_extra_roots(listed.to_vec(), Arc::clone(&provider))?;
    let verifier = ListedCertificateVerifier::new(Arc::new(system), listed.to_vec());
    Ok(config_with(provider, Arc::new(verifier), offered))
}

fn config_with(
    provider: Arc<CryptoProvider>,
    verifier: Arc<dyn ServerCertVerifier>,
    offered: &[HttpVersion],
) -> ClientConfig {
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider has suites for TLS 1.2 and 1.3")
        .dangerous()
        .with_custom_certificate_verifier(verifier)
        .with_no_client_auth();
    config.alpn_protocols =
        offered.iter().map(|version| version.alpn().as_bytes().to_vec()).collect();
    config
}

/// A connection to `host` whose handshake has not begun.
///
/// # Errors
/// When `host` cannot be the name of a server, or the configuration cannot be used.
pub(crate) fn connection(
    config: &Arc<ClientConfig>,
    host: &str,
) -> Result<ClientConnection, Failure> {
    let name = ServerName::try_from(host.to_owned());
    let name = name.map_err(|_| failure::invalid_server_name(host))?;
    ClientConnection::new(Arc::clone(config), name).map_err(|error| failure::tls(host, &error))
}

/// Accepts any certificate, but checks that its key signed the handshake: a client that does not
/// verify certificates still pays for the signature.
#[derive(Debug)]
struct AcceptAnyCertificate {
    provider: Arc<CryptoProvider>,
}

impl ServerCertVerifier for AcceptAnyCertificate {
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
