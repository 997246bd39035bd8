//! Heads of requests and responses as typed values, for the versions of HTTP whose libraries encode them.

use http::header::AUTHORIZATION;
use http::request::Parts;
use http::{Response, StatusCode};

use crate::http::request::{Credentials, HttpRequest, Persistence};
use crate::http::response::{CONTENT_TYPE, Fields};

/// The request with this head.
pub(crate) fn interpret(parts: &Parts) -> HttpRequest {
    let target = parts.uri.path_and_query().map_or("/", |target| target.as_str());
    let credentials = match parts.headers.get(AUTHORIZATION) {
        Some(_) => Credentials::Given,
        None => Credentials::Missing,
    };
    HttpRequest {
        method: parts.method.as_str().to_owned(),
        target: target.to_owned(),
        persistence: Persistence::KeepAlive,
        credentials,
    }
}

/// The head of a response.
pub(crate) fn head(status: u16, fields: Fields) -> Response<()> {
    let mut head = Response::builder()
        .status(StatusCode::from_u16(status).unwrap_or_default())
        .header("content-type", CONTENT_TYPE)
        .header("content-length", fields.length);
    if let Some(extra) = fields.extra {
        head = head.header(extra.name, &*extra.value);
    }
    head.body(()).unwrap_or_default()
}
