//! Responses, as a head and a body.

use std::borrow::Cow;

use model::time::Span;

use crate::http::request::Persistence;
use crate::http::route::{self, Route};
use crate::http::todos::{self, Body};

/// A response that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct HttpResponse {
    /// Its status.
    pub(crate) status: u16,
    /// Its head over HTTP/1.1, up to and with the empty line.
    pub(crate) head: Vec<u8>,
    /// What the head says, for versions that encode it otherwise.
    pub(crate) fields: Fields,
    /// Its body; none for HEAD, whatever the head announces.
    pub(crate) body: Option<Body>,
    /// Whether the server keeps the connection open after it.
    pub(crate) persistence: Persistence,
}

/// The fields of a response's head. All have the same content type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fields {
    /// The length of the body.
    pub(crate) length: u64,
    /// The field that only some responses have.
    pub(crate) extra: Option<Field>,
    /// Whether more requests may follow.
    pub(crate) persistence: Persistence,
}

impl HttpResponse {
    /// Whether less of the body is sent than the head announces. A response to HEAD has no body.
    pub(crate) fn is_truncated(&self) -> bool {
        self.body.as_ref().is_some_and(|body| body.length() < self.fields.length)
    }

    /// The same response, after which the server closes the connection although the head says
    /// `keep-alive`.
    pub(crate) fn with_unannounced_close(self) -> Self {
        Self { persistence: Persistence::Close, ..self }
    }

    /// The same response cut after half of its body, although the head announces all of it. Then
    /// the server closes the connection.
    pub(crate) fn truncated(self) -> Self {
        Self { body: self.body.as_ref().map(Body::first_half), ..self.with_unannounced_close() }
    }

    /// How many bytes of body are sent.
    pub(crate) fn body_bytes(&self) -> u64 {
        self.body.as_ref().map_or(0, Body::length)
    }
}

/// The resources of one listener.
#[derive(Clone, Debug)]
pub(crate) struct Resources {
    size: Option<u64>,
    list: Body,
}

/// A response before it is framed.
struct Unframed {
    status: u16,
    body: Body,
    extra: Option<Field>,
}

/// A header field that only some responses have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    /// Its name, in lower case.
    pub(crate) name: &'static str,
    /// Its value.
    pub(crate) value: Cow<'static, str>,
}

/// The content type of every response.
pub(crate) const CONTENT_TYPE: &str = "application/json; charset=utf-8";

impl Unframed {
    fn plain(status: u16, body: Body) -> Self {
        Self { status, body, extra: None }
    }

    fn error(status: u16) -> Self {
        Self::plain(status, Body::from_text(&format!("{{\"error\": \"{}\"}}", reason(status))))
    }

    fn not_allowed(allow: &'static str) -> Self {
        Self::error(405).with("allow", allow)
    }

    fn with(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        Self { extra: Some(Field { name, value: value.into() }), ..self }
    }
}

impl Resources {
    /// Todos of exactly `size` bytes, or of their own size.
    pub(crate) fn new(size: Option<u64>) -> Self {
        Self { size, list: todos::list() }
    }

    /// Answers a request for a route.
    pub(crate) fn answer(
        &self,
        method: &str,
        route: Route,
        persistence: Persistence,
    ) -> HttpResponse {
        let found = match route {
            Route::List => self.list(method),
            Route::Todo(number) | Route::Moved(number) => self.todo(method, number),
            Route::NotFound => Unframed::error(404),
        };
        frame(found, method, persistence)
    }

    fn list(&self, method: &str) -> Unframed {
        match method {
            "GET" | "HEAD" => Unframed::plain(200, self.list.clone()),
            "POST" => {
                let added = format!("{{\n  \"id\": {}\n}}", todos::next_number());
                Unframed::plain(201, Body::from_text(&added))
            }
            _ => Unframed::not_allowed("GET, HEAD, POST"),
        }
    }

    fn todo(&self, method: &str, number: u64) -> Unframed {
        match method {
            "GET" | "HEAD" | "PUT" | "PATCH" => {
                Unframed::plain(200, todos::todo(number, self.size))
            }
            "DELETE" => Unframed::plain(200, Body::from_text("{}")),
            _ => Unframed::not_allowed("GET, HEAD, PUT, PATCH, DELETE"),
        }
    }
}

/// The response to bytes that are not a request. After it the server closes the connection.
pub(crate) fn error(status: u16) -> HttpResponse {
    frame(Unframed::error(status), "GET", Persistence::Close)
}

/// The response to a request above the rate limit. `Retry-After` is in whole seconds, rounded up
/// (RFC 9110, section 10.2.3).
pub(crate) fn too_many(method: &str, persistence: Persistence, wait: Span) -> HttpResponse {
    let seconds = wait.as_nanos().div_ceil(Span::from_secs(1).as_nanos());
    frame(Unframed::error(429).with("retry-after", seconds.to_string()), method, persistence)
}

/// The response to a request without credentials, with the challenge that asks for them (RFC 9110,
/// section 11.6.1).
pub(crate) fn unauthorized(method: &str, persistence: Persistence) -> HttpResponse {
    let challenge = "Basic realm=\"todos\"".to_owned();
    frame(Unframed::error(401).with("www-authenticate", challenge), method, persistence)
}

/// The redirect to the other address of a todo.
pub(crate) fn moved(method: &str, persistence: Persistence, number: u64) -> HttpResponse {
    let found = Unframed::plain(302, Body::from_text("{}")).with("location", route::moved(number));
    frame(found, method, persistence)
}

/// The interim response after which a client sends its body.
pub(crate) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

fn frame(found: Unframed, method: &str, persistence: Persistence) -> HttpResponse {
    let Unframed { status, body, extra } = found;
    let mut head = Vec::with_capacity(160);
    head.extend_from_slice(b"HTTP/1.1 ");
    head.extend_from_slice(status.to_string().as_bytes());
    head.push(b' ');
    head.extend_from_slice(reason(status).as_bytes());
    head.extend_from_slice(b"\r\ncontent-type: ");
    head.extend_from_slice(CONTENT_TYPE.as_bytes());
    head.extend_from_slice(b"\r\ncontent-length: ");
    head.extend_from_slice(body.length().to_string().as_bytes());
    if let Some(Field { name, value }) = &extra {
        head.extend_from_slice(format!("\r\n{name}: {value}").as_bytes());
    }
    head.extend_from_slice(match persistence {
        Persistence::KeepAlive => b"\r\nconnection: keep-alive\r\n\r\n".as_slice(),
        Persistence::Close => b"\r\nconnection: close\r\n\r\n",
    });
    let fields = Fields { length: body.length(), extra, persistence };
    let body = (method != "HEAD").then_some(body);
    HttpResponse { status, head, fields, body, persistence }
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        302 => "Found",
        400 => "Bad Request",
        401 => "Unauthorized",
        404 => "Not Found",
        405 => "Method Not Allowed",
        429 => "Too Many Requests",
        431 => "Request Header Fields Too Large",
        501 => "Not Implemented",
        505 => "HTTP Version Not Supported",
        _ => "Unknown",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(method: &str, target: &str) -> HttpResponse {
        let route = route::route(target);
        Resources::new(None).answer(method, route, Persistence::KeepAlive)
    }

    #[test]
    fn answers_methods_as_a_rest_server_does() {
        let status = |method, target| answer(method, target).status;
        assert_eq!(status("GET", "/todos/7"), 200);
        assert_eq!(status("POST", "/todos"), 201);
        assert_eq!(status("PUT", "/todos/7"), 200);
        assert_eq!(status("DELETE", "/todos/7"), 200);
        assert_eq!(status("BREW", "/todos/7"), 405);
        assert_eq!(status("DELETE", "/todos"), 405);
        assert_eq!(status("DELETE", "/"), 404);
    }

    #[test]
    fn a_response_to_head_announces_the_body_that_get_sends() {
        let (get, head) = (answer("GET", "/todos/7"), answer("HEAD", "/todos/7"));
        assert_eq!(head.head, get.head);
        assert_eq!(head.body_bytes(), 0);
        let length = format!("content-length: {}\r\n", get.body_bytes());
        assert!(String::from_utf8(get.head).expect("text").contains(&length));
    }
}
