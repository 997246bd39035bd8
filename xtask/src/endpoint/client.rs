//! Kept-alive connections that request the same todo again and again.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

const REQUEST: &[u8] = b"GET /todos/1 HTTP/1.1\r\nhost: localhost\r\naccept: */*\r\n\r\n";

/// The longest accepted time of an answer.
const TIMEOUT: Duration = Duration::from_secs(10);

/// Whether connections are encrypted.
#[derive(Clone)]
pub(crate) enum Security {
    Plain,
    Tls(Arc<ClientConfig>),
}

impl Security {
    /// TLS that trusts only this certificate.
    pub(crate) fn trusting(certificate: &Path) -> Result<Self> {
        let mut roots = RootCertStore::empty();
        roots.add(CertificateDer::from_pem_file(certificate)?)?;
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()?
            .with_root_certificates(roots)
            .with_no_client_auth();
        Ok(Self::Tls(Arc::new(config)))
    }
}

/// One connection.
pub(crate) struct Client {
    stream: Stream,
    /// The last answer. All answers have the same length.
    answer: Vec<u8>,
}

enum Stream {
    Plain(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Client {
    /// Connects, and makes a first request to learn the length of an answer.
    pub(crate) fn connect(port: u16, security: &Security) -> Result<Self> {
        let socket = TcpStream::connect(("127.0.0.1", port))?;
        socket.set_nodelay(true)?;
        socket.set_read_timeout(Some(TIMEOUT))?;
        let stream = match security {
            Security::Plain => Stream::Plain(socket),
            Security::Tls(config) => {
                let name = ServerName::try_from("localhost")?;
                let session = ClientConnection::new(Arc::clone(config), name)?;
                Stream::Tls(Box::new(StreamOwned::new(session, socket)))
            }
        };
        let mut client = Self { stream, answer: Vec::new() };
        client.send_request()?;
        client.answer = client.first_answer()?;
        Ok(client)
    }

    /// Sends a request.
    pub(crate) fn send_request(&mut self) -> Result<()> {
        match &mut self.stream {
            Stream::Plain(stream) => stream.write_all(REQUEST)?,
            Stream::Tls(stream) => stream.write_all(REQUEST)?,
        }
        Ok(())
    }

    /// Reads the answer to a request.
    pub(crate) fn read_answer(&mut self) -> Result<()> {
        let Self { stream, answer } = self;
        match stream {
            Stream::Plain(stream) => stream.read_exact(answer)?,
            Stream::Tls(stream) => stream.read_exact(answer)?,
        }
        ensure!(answer.starts_with(b"HTTP/1.1 200 "), "an answer has a status other than 200");
        Ok(())
    }

    /// The body of the last answer.
    pub(crate) fn body(&self) -> &[u8] {
        head_length(&self.answer).map_or(&[], |length| &self.answer[length..])
    }

    fn first_answer(&mut self) -> Result<Vec<u8>> {
        let mut answer = Vec::new();
        let mut piece = [0; 4096];
        loop {
            let length = match &mut self.stream {
                Stream::Plain(stream) => stream.read(&mut piece)?,
                Stream::Tls(stream) => stream.read(&mut piece)?,
            };
            ensure!(length > 0, "the server closed the connection");
            answer.extend_from_slice(&piece[..length]);
            if let Some(head) = head_length(&answer) {
                let text = String::from_utf8_lossy(&answer[..head]).to_lowercase();
                let length = text.lines().find_map(|line| line.strip_prefix("content-length:"));
                let body: usize =
                    length.context("the answer has no content-length")?.trim().parse()?;
                if answer.len() == head + body {
                    return Ok(answer);
                }
            }
        }
    }
}

fn head_length(answer: &[u8]) -> Option<usize> {
    answer.windows(4).position(|window| window == b"\r\n\r\n").map(|place| place + 4)
}
