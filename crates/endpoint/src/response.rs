//! Responses: what is answered to a request, as bytes and filler.

use crate::request::{Persistence, Request};
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
    allow: Option<&'static str>,
}

impl Found {
    fn plain(status: u16, body: Body) -> Self {
        Self { status, body, allow: None }
    }

    fn refusal(status: u16) -> Self {
        Self::plain(status, Body::of(&format!("{{\"error\": \"{}\"}}", reason(status))))
    }

    fn not_allowed(allow: &'static str) -> Self {
        Self { allow: Some(allow), ..Self::refusal(405) }
    }
}

impl Resources {
    /// Todos of exactly `size` bytes, or of their natural size.
    pub(crate) fn new(size: Option<u64>) -> Self {
        Self { size, list: todos::list() }
    }

    /// Answers a request.
    pub(crate) fn answer(&self, request: &Request) -> Response {
        let found = match route(request.resource()) {
            Route::List => self.list(&request.method),
            Route::Todo(number) => self.todo(&request.method, number),
            Route::Elsewhere => Found::refusal(404),
        };
        frame(found, &request.method, request.persistence)
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

/// What a client that waits before it sends a body is told.
pub(crate) const CONTINUE: &[u8] = b"HTTP/1.1 100 Continue\r\n\r\n";

#[derive(Debug, PartialEq, Eq)]
enum Route {
    List,
    Todo(u64),
    Elsewhere,
}

fn route(resource: &str) -> Route {
    match resource.strip_prefix("/todos") {
        Some("" | "/") => Route::List,
        Some(rest) => {
            let number = rest.strip_prefix('/').filter(|digits| {
                digits.bytes().all(|byte| byte.is_ascii_digit()) && !digits.starts_with('0')
            });
            number.and_then(|digits| digits.parse().ok()).map_or(Route::Elsewhere, Route::Todo)
        }
        None => Route::Elsewhere,
    }
}

fn frame(found: Found, method: &str, last: Persistence) -> Response {
    let Found { status, body, allow } = found;
    let mut head = Vec::with_capacity(160);
    head.extend_from_slice(b"HTTP/1.1 ");
    head.extend_from_slice(status.to_string().as_bytes());
    head.push(b' ');
    head.extend_from_slice(reason(status).as_bytes());
    head.extend_from_slice(
        b"\r\ncontent-type: application/json; charset=utf-8\r\ncontent-length: ",
    );
    head.extend_from_slice(body.length().to_string().as_bytes());
    if let Some(methods) = allow {
        head.extend_from_slice(b"\r\nallow: ");
        head.extend_from_slice(methods.as_bytes());
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
        400 => "Bad Request",
        404 => "Not Found",
        405 => "Method Not Allowed",
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
        let request = Request {
            method: method.to_owned(),
            target: target.to_owned(),
            persistence: Persistence::KeepAlive,
        };
        Resources::new(None).answer(&request)
    }

    #[test]
    fn paths_lead_to_todos_or_nowhere() {
        assert_eq!(route("/todos"), Route::List);
        assert_eq!(route("/todos/1"), Route::Todo(1));
        assert_eq!(route("/todos/18446744073709551615"), Route::Todo(u64::MAX));
        let elsewhere =
            ["/", "", "*", "/todos/0", "/todos/01", "/todos/+1", "/todos/1/", "/todosx"];
        for path in elsewhere.into_iter().chain(["/todos/18446744073709551616"]) {
            assert_eq!(route(path), Route::Elsewhere, "{path}");
        }
    }

    #[test]
    fn methods_answer_as_a_rest_server_does() {
        let status = |method, target| answer(method, target).status;
        assert_eq!(status("GET", "/todos/7?fresh=1"), 200);
        assert_eq!(status("POST", "/todos"), 201);
        assert_eq!(status("PUT", "/todos/7"), 200);
        assert_eq!(status("DELETE", "/todos/7"), 200);
        assert_eq!(status("BREW", "/todos/7"), 405);
        assert_eq!(status("DELETE", "/todos"), 405);
        assert_eq!(status("DELETE", "/"), 404);
        assert_eq!(status("GET", "http://localhost:1/todos/7"), 200);
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
