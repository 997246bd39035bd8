//! The requests of a target as the bytes that are sent, laid out once.

use std::collections::HashMap;
use std::ops::Range;

use hyper::Uri;
use hyper::http::{Method, header};

use super::response::AnswerBody;
use crate::request::PreparedRequest;

/// The place of a server among those of the target.
#[derive(Clone, Copy)]
pub(super) struct ServerIndex(pub(super) usize);

/// All requests of a target.
pub(super) struct LaidOutRequests {
    /// The bytes of one request after another.
    pub(super) bytes: Vec<u8>,
    pub(super) requests: Vec<LaidOutRequest>,
    /// A URL of each server. Its connections can carry any request for it.
    pub(super) servers: Vec<Uri>,
}

/// One request.
pub(super) struct LaidOutRequest {
    /// Where its bytes are.
    pub(super) bytes: Range<usize>,
    pub(super) server: ServerIndex,
    pub(super) answer: AnswerBody,
}

impl LaidOutRequests {
    /// Lays out the requests as the other clients send them.
    pub(super) fn new(requests: &[PreparedRequest]) -> Self {
        let (mut bytes, mut servers, mut known) = (Vec::new(), Vec::new(), HashMap::new());
        let laid_out = requests.iter().map(|request| {
            let (start, uri) = (bytes.len(), request.uri());
            append(&mut bytes, request);
            let server = *known.entry((uri.scheme(), uri.authority())).or_insert_with(|| {
                servers.push(uri.clone());
                ServerIndex(servers.len() - 1)
            });
            let is_head = request.method() == Method::HEAD;
            let answer = if is_head { AnswerBody::Never } else { AnswerBody::Possible };
            LaidOutRequest { bytes: start..bytes.len(), server, answer }
        });
        let requests = laid_out.collect();
        Self { bytes, requests, servers }
    }
}

/// Appends the head and the body of a request.
fn append(bytes: &mut Vec<u8>, request: &PreparedRequest) {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    let mut add = |parts: &[&[u8]]| parts.iter().for_each(|part| bytes.extend_from_slice(part));
    add(&[request.method().as_str().as_bytes(), b" ", path.as_bytes(), b" HTTP/1.1\r\n"]);
    if !request.headers().contains_key(header::HOST) {
        add(&[b"host: ", host_and_port(request.uri()).as_bytes(), b"\r\n"]);
    }
    for (name, value) in request.headers() {
        add(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
    }
    add(&[b"\r\n", request.body().map_or(&[], |body| body.as_ref())]);
}

/// The value of the header `host`: it names no port that its scheme implies.
fn host_and_port(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    match (uri.scheme_str(), uri.port_u16()) {
        (_, None) | (Some("http"), Some(80)) | (Some("https"), Some(443)) => host.to_owned(),
        (_, Some(port)) => format!("{host}:{port}"),
    }
}
