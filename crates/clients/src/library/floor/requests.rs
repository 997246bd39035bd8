//! The requests of a target as the bytes that are sent, laid out once. Each takes little more than its first line:
//! a batch of a million has them all in memory.

use hyper::Uri;
use hyper::http::uri::{Authority, Scheme};
use hyper::http::{Method, header};
use indexmap::{IndexMap, IndexSet};
use model::target::Target;

use super::response::AnswerBody;
use crate::request::{BadTarget, PreparedRequest, prepare_each};

/// The place of a server among those of the target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ServerIndex(pub(super) usize);

/// All requests of a target.
#[derive(Default)]
pub(super) struct LaidOutRequests {
    /// The first lines, one behind the other, and where each ends.
    lines: Vec<u8>,
    ends: Vec<usize>,
    /// The kind of each request, by its place among all kinds.
    kind_of: Vec<u32>,
    kinds: IndexSet<RequestKind>,
    /// A URL of each server. Its connections can carry any request for it.
    servers: IndexMap<(Option<Scheme>, Option<Authority>), Uri>,
}

/// What is the same in many requests.
#[derive(Debug, PartialEq, Eq, Hash)]
pub(super) struct RequestKind {
    /// The headers and the body.
    rest: Vec<u8>,
    pub(super) server: ServerIndex,
    pub(super) answer: AnswerBody,
}

impl LaidOutRequests {
    /// Lays out the requests as the other clients send them.
    ///
    /// # Errors
    /// Names the first request that cannot be made.
    pub(super) fn new(target: &Target) -> Result<Self, BadTarget> {
        let mut all = Self::default();
        prepare_each(target, |request| {
            let uri = request.uri();
            let server = all.servers.entry((uri.scheme().cloned(), uri.authority().cloned()));
            let index = ServerIndex(server.index());
            server.or_insert_with(|| uri.clone());
            let is_head = request.method() == Method::HEAD;
            let answer = if is_head { AnswerBody::Never } else { AnswerBody::Possible };
            let kind = RequestKind { rest: rest(&request), server: index, answer };
            all.kind_of.push(all.kinds.insert_full(kind).0 as u32);
            append_line(&mut all.lines, &request);
            all.ends.push(all.lines.len());
        })?;
        Ok(all)
    }

    /// What a request has in common with others.
    pub(super) fn kind(&self, request: usize) -> &RequestKind {
        &self.kinds[self.kind_of[request] as usize]
    }

    /// A URL of a server.
    pub(super) fn server(&self, ServerIndex(index): ServerIndex) -> &Uri {
        &self.servers[index]
    }

    pub(super) fn servers(&self) -> usize {
        self.servers.len()
    }

    /// Writes the bytes of a request.
    pub(super) fn write(&self, request: usize, bytes: &mut Vec<u8>) {
        let start = request.checked_sub(1).map_or(0, |before| self.ends[before]);
        bytes.extend_from_slice(&self.lines[start..self.ends[request]]);
        bytes.extend_from_slice(&self.kind(request).rest);
    }
}

fn append_line(bytes: &mut Vec<u8>, request: &PreparedRequest) {
    let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
    for part in [request.method().as_str(), " ", path, " HTTP/1.1\r\n"] {
        bytes.extend_from_slice(part.as_bytes());
    }
}

/// The headers and the body of a request.
fn rest(request: &PreparedRequest) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut add = |parts: &[&[u8]]| parts.iter().for_each(|part| bytes.extend_from_slice(part));
    if !request.headers().contains_key(header::HOST) {
        add(&[b"host: ", host_and_port(request.uri()).as_bytes(), b"\r\n"]);
    }
    for (name, value) in request.headers() {
        add(&[name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"]);
    }
    add(&[b"\r\n", request.body().map_or(&[], |body| body.as_ref())]);
    bytes
}

/// The value of the header `host`: it names no port that its scheme implies.
fn host_and_port(uri: &Uri) -> String {
    let host = uri.host().unwrap_or_default();
    match (uri.scheme_str(), uri.port_u16()) {
        (_, None) | (Some("http"), Some(80)) | (Some("https"), Some(443)) => host.to_owned(),
        (_, Some(port)) => format!("{host}:{port}"),
    }
}
