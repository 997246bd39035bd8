//! The endpoint's own certificate authority, created at every start.
//!
//! Clients get the path of its certificate. It never enters a global trust store, and its keys
//! never leave the process.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use model::http_version::HttpVersion;
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType,
    ExtendedKeyUsagePurpose, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::server::ServerSessionMemoryCache;
use tempfile::TempDir;

use crate::error::EndpointError;

/// The names under which clients may reach the endpoint.
const NAMES: [&str; 3] = ["127.0.0.1", "::1", "localhost"];

/// How many sessions can be resumed by their identifier, more than any plan opens in a trial.
const SESSIONS: usize = 4096;

/// The TLS settings of listeners, by the newest version of HTTP that they offer. They share their
/// sessions.
#[derive(Clone, Debug)]
pub(crate) struct TlsSettings {
    http1: Arc<ServerConfig>,
    http2: Arc<ServerConfig>,
    http3: Arc<ServerConfig>,
}

impl TlsSettings {
    fn new(settings: &ServerConfig) -> Self {
        let offering = |versions: &[HttpVersion]| {
            let mut settings = settings.clone();
            settings.alpn_protocols =
                versions.iter().map(|version| version.alpn().as_bytes().to_vec()).collect();
            Arc::new(settings)
        };
        Self {
            http1: offering(&[HttpVersion::Http1]),
            http2: offering(&[HttpVersion::Http2, HttpVersion::Http1]),
            http3: offering(&[HttpVersion::Http3]),
        }
    }

    /// Those of a TCP listener that offers this version and the older ones.
    pub(crate) fn up_to(&self, version: HttpVersion) -> &Arc<ServerConfig> {
        match version {
            HttpVersion::Http1 => &self.http1,
            HttpVersion::Http2 | HttpVersion::Http3 => &self.http2,
        }
    }

    /// Those of a QUIC listener.
    pub(crate) fn quic(&self) -> &Arc<ServerConfig> {
        &self.http3
    }
}

/// The certificate authority, its certificate file, and the TLS settings that all listeners share.
#[derive(Debug)]
pub(crate) struct Authority {
    certificate: PathBuf,
    settings: TlsSettings,
    /// Removed when the authority is dropped.
    _directory: TempDir,
}

impl Authority {
    /// Creates an authority and a server certificate (both ECDSA P-256), and writes the authority's
    /// certificate below `folder`.
    ///
    /// # Errors
    /// When a certificate cannot be created, used or written.
    pub(crate) fn establish(folder: &Path) -> Result<Self, EndpointError> {
        let issuer = issuer()?;
        let key = KeyPair::generate()?;
        let leaf = leaf()?.signed_by(&key, &issuer)?;
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let mut settings = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_safe_default_protocol_versions()?
            .with_no_client_auth()
            .with_single_cert(vec![leaf.into()], key)?;
        settings.session_storage = ServerSessionMemoryCache::new(SESSIONS);
        settings.ticketer = rustls::crypto::ring::Ticketer::new()?;

        let (directory, certificate) =
            publish(&issuer.pem(), folder).map_err(EndpointError::WriteCertificate)?;
        Ok(Self { certificate, settings: TlsSettings::new(&settings), _directory: directory })
    }

    /// The PEM file that clients must trust.
    pub(crate) fn certificate(&self) -> &Path {
        &self.certificate
    }

    /// The settings of every TLS listener.
    pub(crate) fn settings(&self) -> &TlsSettings {
        &self.settings
    }
}

fn issuer() -> Result<CertifiedIssuer<'static, KeyPair>, rcgen::Error> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = name("batchmark endpoint authority");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(parameters, KeyPair::generate()?)
}

fn leaf() -> Result<CertificateParams, rcgen::Error> {
    let mut parameters = CertificateParams::new(NAMES.map(str::to_owned))?;
    parameters.distinguished_name = name("batchmark endpoint");
    parameters.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    // Strict verifiers (Python 3.13's default) require it.
    parameters.use_authority_key_identifier_extension = true;
    Ok(parameters)
}

fn name(common: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, common);
    name
}

fn publish(pem: &str, folder: &Path) -> io::Result<(TempDir, PathBuf)> {
    let directory = tempfile::Builder::new().prefix("endpoint-").tempdir_in(folder)?;
    let path = directory.path().join("ca.pem");
    fs::write(&path, pem)?;
    Ok((directory, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removes_the_certificate_with_the_authority() {
        let authority = Authority::establish(&std::env::temp_dir()).expect("is established");
        let path = authority.certificate().to_owned();
        let pem = fs::read_to_string(&path).expect("is readable");
        assert!(pem.starts_with("-----BEGIN CERTIFICATE-----"));
        drop(authority);
        assert!(!path.exists());
    }
}
