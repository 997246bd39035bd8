//! TLS: full and resumed handshakes in both versions, and plain HTTP on a TLS port.

use std::path::Path;
use std::sync::Arc;

use model::witness::{ConnectionRow, TlsAgreement};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{
    ClientConfig, ClientConnection, RootCertStore, StreamOwned, SupportedProtocolVersion, version,
};

use crate::client::{connect, converse, fetch, get};
use crate::runner::{Runner, now};

/// The settings of a client of HTTP/1.1 that speaks one version of TLS.
pub(crate) fn client(
    certificate: &Path,
    version: &'static SupportedProtocolVersion,
) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_file(certificate).expect("a certificate"))
        .expect("an authority");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_protocol_versions(&[version])
        .expect("a known version")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// Two connections, one after the other, of a client that resumes sessions.
fn two_connections(link: &str, version: &'static SupportedProtocolVersion) -> Vec<ConnectionRow> {
    let mut runner = Runner::start();
    let certificate = runner.ca_certificate();
    let port = runner.listen(link);
    let client = client(&certificate, version);
    let from = now();
    for number in [1, 2] {
        let name = ServerName::try_from("localhost").expect("a name");
        let session = ClientConnection::new(Arc::clone(&client), name).expect("a session");
        let mut stream = StreamOwned::new(session, connect(port));
        let (status, body) = fetch(&mut stream, &format!("/todos/{number}"));
        assert_eq!(status, 200);
        assert!(body.contains(&format!("\"id\": {number},")));
    }
    let witness = runner.collect(from);
    assert!(witness.drained);
    assert_eq!(witness.requests.len(), 2);
    witness.connections
}

fn agreements(rows: &[ConnectionRow]) -> Vec<Option<TlsAgreement>> {
    rows.iter().map(|row| row.tls.clone()).collect()
}

fn agreed(version: &str) -> Vec<Option<TlsAgreement>> {
    [false, true]
        .map(|resumed| {
            Some(TlsAgreement {
                version: version.to_owned(),
                resumed,
                alpn: Some("http/1.1".to_owned()),
            })
        })
        .to_vec()
}

#[test]
fn resumes_the_session_in_tls_1_3() {
    let rows = two_connections("rtt=4ms,tls=on", &version::TLS13);
    assert_eq!(agreements(&rows), agreed("TLSv1.3"));
    for row in rows {
        assert!(row.first_byte_in < row.handshake_out && row.handshake_out < row.handshake_in);
        assert!(row.handshake_out_hold.is_some() && row.handshake_in_hold.is_some());
    }
}

#[test]
fn resumes_the_session_in_tls_1_2() {
    let rows = two_connections("rtt=4ms,tls=on", &version::TLS12);
    assert_eq!(agreements(&rows), agreed("TLSv1.2"));
    for row in rows {
        assert!(row.first_byte_in < row.handshake_out && row.handshake_out < row.handshake_in);
    }
}

#[test]
fn closes_plain_http_on_a_tls_port() {
    let mut runner = Runner::start();
    let port = runner.listen("rtt=1ms,tls=on");
    let from = now();
    let answer = converse(port, get("/todos/1").as_bytes());
    assert!(!answer.contains("HTTP"));
    let witness = runner.collect(from);
    assert!(witness.requests.is_empty());
    assert_eq!(agreements(&witness.connections), [None]);
}
