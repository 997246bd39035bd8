//! Responses: what is answered to a request, as bytes and filler.

use std::borrow::Cow;

use model::time::Span;

use crate::request::Persistence;
use crate::route::{self, Route};
use crate::todos::{self, Body};

/// A response that is ready to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Response {
    /// Its status.
    pub(crate) status: u16,
    /// Its head, up to and with the empty line.
    pub(crate) head: Vec<u8>,
    /// Its body; none for HEAD, whatever the head announces.
    pub(crate) body: Option<Body>,
    /// Whether the connection ends with it.
    pub(crate) last: Persistence,
}

impl Response {
    /// The same, but the connection ends with it, which its head does not say.
    pub(crate) fn without_farewell(self) -> Self {
        Self { last: Persistence::Close, ..self }
    }

    /// The same with half of the body, though its head announces all of it; the connection ends
    /// there.
    pub(crate) fn truncated(self) -> Self {
        Self { body: self.body.as_ref().map(Body::first_half), ..self.without_farewell() }
    }

    /// How many bytes of body are sent.
    pub(crate) fn body_bytes(&self) -> u64 {
        self.body.as_ref().map_or(0, Body::length)
    }
}

/// What the todos of one listener look like.
#[derive(Clone, Debug)]
pub(crate) struct Resources {
    size: Option<u64>,
    list: Body,
}

/// What is found for a request, before it is framed.
struct Found {
    status: u16,
    body: Body,
    field: Option<Field>,
}

/// A field of the head that only some responses have.
struct Field {
    name: &'static str,
    value: Cow<'static, str>,
}

impl Found {
    fn plain(status: u16, body: Body) -> Self {
        Self { status, body, field: None }
    }

    fn refusal(status: u16) -> Self {
        Self::plain(status, Body::of(&format!("{{\"error\": \"{}\"}}", reason(status))))
    }

    fn not_allowed(allow: &'static str) -> Self {
        Self::refusal(405).with("allow", allow)
    }

    fn with(self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        Self { field: Some(Field { name, value: value.into() }), ..self }
    }
}

impl Resources {
    /// Todos of exactly `size` bytes, or of their natural size.
    pub(crate) fn new(size: Option<u64>) -> Self {
        Self { size, list: todos::list() }
    }

    /// Answers a request for what lies at a route.
    pub(crate) fn answer(&self, method: &str, route: Route, last: Persistence) -> Response {
        let found = match route {
            Route::List => self.list(method),
            Route::Todo(number) | Route::Moved(number) => self.todo(method, number),
            Route::Elsewhere => Found::refusal(404),
        };
        frame(found, method, last)
    }

    fn list(&self, method: &str) -> Found {
        match method {
            "GET" | "HEAD" => Found::plain(200, self.list.clone()),
            "POST" => {
                let added = format!("{{\n  \"id\": {}\n}}", todos::next_number());
                Found::plain(201, Body::of(&added))
            }
            _ => Found::not_allowed("GET, HEAD, POST"),
        }
    }

    fn todo(&self, method: &str, number: u64) -> Found {
        match method {
            "GET" | "HEAD" | "PUT" | "PATCH" => Found::plain(200, todos::todo(number, self.size)),
            "DELETE" => Found::plain(200, Body::of("{}")),
            _ => Found::not_allowed("GET, HEAD, PUT, PATCH, DELETE"),
        }
    }
}

/// The response to what could not be read as a request; the connection ends with it.
pub(crate) fn refusal(status: u16) -> Response {
    frame(Found::refusal(status), "GET", Persistence::Close)
}

/// The response to a request too many, which may come again after some time: a whole number of
/// seconds in the head, as HTTP has it.
pub(crate) fn too_many(method: &str, last: Persistence, wait: Span) -> Response {
    let seconds = wait.as_nanos().div_ceil(Span::from_secs(1).as_nanos());
    frame(Found::refusal(429).with("retry-after", seconds.to_string()), method, last)
}

/// The response to a request for a todo that is found elsewhere.
pub(crate) fn moved(method: &str, last: Persistence, number: u64) -> Response {
    let found = Found::plain(302, Body::of("{}")).with("location", route::moved(number));
    frame(found, method, last)
}

/// What a client that waits before it sends a body is told.
pub(crate) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

fn frame(found: Found, method: &str, last: Persistence) -> Response {
    let Found { status, body, field } = found;
    let mut head = Vec::with_capacity(160);
    head.extend_from_slice(b"HTTP/1.1 ");
    head.extend_from_slice(status.to_string().as_bytes());
    head.push(b' ');
    head.extend_from_slice(reason(status).as_bytes());
    head.extend_from_slice(
        b"\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ",
    );
    head.extend_from_slice(body.length().to_string().as_bytes());
    if let Some(Field { name, value }) = field {
        head.extend_from_slice(format!("\r\n{name}: {value}").as_bytes());
    }
    head.extend_from_slice(match last {
        Persistence::KeepAlive => b"\r\nconnection: keep-alive\r\n\r\n".as_slice(),
        Persistence::Close => b"\r\nconnection: close\r\n\r\n",
    });
    let body = (method != "HEAD").then_some(body);
    Response { status, head, body, last }
}

const fn reason(status: u16) -> &'static str {
    match status {
        200 => "OK",
        201 => "Created",
        302 => "Found",
        400 => "Bad Request",
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

    fn answer(method: &str, target: &str) -> Response {
        let route = route::route(target);
        Resources::new(None).answer(method, route, Persistence::KeepAlive)
    }

    #[test]
    fn methods_answer_as_a_rest_server_does() {
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
    fn a_head_is_that_of_the_body_which_is_not_sent() {
        let (get, head) = (answer("GET", "/todos/7"), answer("HEAD", "/todos/7"));
        assert_eq!(head.head, get.head);
        assert_eq!(head.body_bytes(), 0);
        let length = format!("content-length: {}\r\n", get.body_bytes());
        assert!(String::from_utf8(get.head).expect("text").contains(&length));
    }
}
