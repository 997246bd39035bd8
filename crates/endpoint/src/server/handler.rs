//! The handler: the response to a request, the think time before it, and the faults.
//!
//! A fault that hits one request in K depends on the todo's number alone. Only the rate limiter
//! keeps state.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use model::link::{Faults, Link};
use model::time::{Moment, Span};

use crate::http::request::{Credentials, HttpRequest, Persistence};
use crate::http::response::{self, HttpResponse, Resources};
use crate::http::route::{Route, route};
use crate::server::throttle::{RateLimit, RateLimiter};

/// The handler of one listener.
#[derive(Debug)]
pub(crate) struct Handler {
    resources: Resources,
    faults: Faults,
    limiter: Option<RateLimiter>,
    keepalive: Option<NonZeroU32>,
    think: AtomicU64,
}

/// The answer to a request.
#[derive(Debug)]
pub(crate) struct HandledRequest {
    /// The response.
    pub(crate) response: HttpResponse,
    /// How long the handler thinks before it.
    pub(crate) think: Span,
    /// What the client gets on a stream of its own.
    pub(crate) stream_end: StreamEnd,
}

/// What the client gets on the stream of a request. Connections without streams always answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum StreamEnd {
    /// The response.
    Response,
    /// A reset without a response.
    Reset,
}

impl Handler {
    /// The handler behind this link.
    pub(crate) fn new(link: &Link) -> Self {
        Self {
            resources: Resources::new(link.body.map(|size| size.0)),
            faults: link.fault,
            limiter: link.fault.throttle.map(RateLimiter::new),
            keepalive: link.keepalive,
            think: AtomicU64::new(link.think.as_nanos()),
        }
    }

    /// Changes the think time for requests from now on.
    pub(crate) fn set_think(&self, time: Span) {
        self.think.store(time.as_nanos(), Ordering::Relaxed);
    }

    /// Answers a request that was handed over at `at` as the `ordinal`th of its connection, from 0
    /// on. There is no think time before a 401, a 429 or a redirect.
    pub(crate) fn answer(&self, request: &HttpRequest, ordinal: u64, at: Moment) -> HandledRequest {
        let persistence = self.persistence(request, ordinal);
        if let Some(RateLimit::Exceeded(wait)) =
            self.limiter.as_ref().map(|limiter| limiter.check(at))
        {
            return HandledRequest::at_once(response::too_many(&request.method, persistence, wait));
        }
        if self.faults.unauthorized && request.credentials == Credentials::Missing {
            return HandledRequest::at_once(response::unauthorized(&request.method, persistence));
        }
        let route = match (route(request.resource()), self.faults.redirect) {
            (Route::Todo(number), true) if matches!(&*request.method, "GET" | "HEAD") => {
                return HandledRequest::at_once(response::moved(
                    &request.method,
                    persistence,
                    number,
                ));
            }
            (Route::Moved(number), true) => Route::Todo(number),
            (Route::Moved(_), false) => Route::NotFound,
            (route, _) => route,
        };
        let response = self.resources.answer(&request.method, route, persistence);
        match route {
            Route::Todo(number) => self.apply_faults(number, response),
            _ => HandledRequest { response, think: self.think(), stream_end: StreamEnd::Response },
        }
    }

    fn think(&self) -> Span {
        Span::from_nanos(self.think.load(Ordering::Relaxed))
    }

    fn persistence(&self, request: &HttpRequest, ordinal: u64) -> Persistence {
        match self.keepalive {
            Some(most) if ordinal + 1 >= u64::from(most.get()) => Persistence::Close,
            _ => request.persistence,
        }
    }

    /// Applies the faults that hit this todo.
    fn apply_faults(&self, number: u64, response: HttpResponse) -> HandledRequest {
        let Faults { slow, early_close, truncate, reset, .. } = self.faults;
        let slow = slow.map_or(Span::ZERO, |slow| slow.time_for(number));
        let response = if truncate.is_some_and(|one_in| one_in.hits(number)) {
            response.truncated()
        } else if early_close.is_some_and(|one_in| one_in.hits(number)) {
            response.with_unannounced_close()
        } else {
            response
        };
        let is_reset = reset.is_some_and(|one_in| one_in.hits(number));
        let stream_end = if is_reset { StreamEnd::Reset } else { StreamEnd::Response };
        HandledRequest { response, think: self.think() + slow, stream_end }
    }
}

impl HandledRequest {
    fn at_once(response: HttpResponse) -> Self {
        Self { response, think: Span::ZERO, stream_end: StreamEnd::Response }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handler(link: &str) -> Handler {
        Handler::new(&link.parse().expect("a link"))
    }

    fn get(target: &str) -> HttpRequest {
        HttpRequest {
            method: "GET".to_owned(),
            target: target.to_owned(),
            persistence: Persistence::KeepAlive,
            credentials: Credentials::Missing,
        }
    }

    /// The answer to the first request of a connection.
    fn ask(handler: &Handler, target: &str) -> HandledRequest {
        handler.answer(&get(target), 0, Moment::from_nanos(1))
    }

    fn head(answer: &HandledRequest) -> String {
        String::from_utf8(answer.response.head.clone()).expect("text")
    }

    #[test]
    fn faults_hit_every_kth_todo() {
        let handler = handler("think=1ms,fault=slow:2:5ms+early-close:3+truncate:4");
        let answers: Vec<HandledRequest> =
            (1..=4).map(|number| ask(&handler, &format!("/todos/{number}"))).collect();
        let thought: Vec<Span> = answers.iter().map(|answer| answer.think).collect();
        assert_eq!(thought, [1, 6, 1, 6].map(Span::from_millis));
        let last: Vec<bool> = answers
            .iter()
            .map(|answer| answer.response.persistence == Persistence::Close)
            .collect();
        assert_eq!(last, [false, false, true, true]);
        for answer in &answers {
            assert!(
                head(answer).contains("connection: keep-alive\r\n"),
                "the head does not announce it"
            );
        }
        let announced = format!("content-length: {}\r\n", answers[2].response.body_bytes());
        assert!(head(&answers[2]).contains(&announced), "closed after the whole of it");
        let announced = format!("content-length: {}\r\n", answers[3].response.body_bytes());
        assert!(!head(&answers[3]).contains(&announced), "half of it");
    }

    #[test]
    fn redirects_to_the_todo() {
        let handler = handler("think=1ms,fault=redirect+slow:7:1ms");
        let redirect = ask(&handler, "/todos/7");
        assert_eq!((redirect.response.status, redirect.think), (302, Span::ZERO));
        assert!(head(&redirect).contains("\r\nlocation: /moved/todos/7\r\n"));
        let found = ask(&handler, "/moved/todos/7");
        assert_eq!((found.response.status, found.think), (200, Span::from_millis(2)));
        let put = HttpRequest { method: "PUT".to_owned(), ..get("/todos/7") };
        assert_eq!(handler.answer(&put, 0, Moment::from_nanos(1)).response.status, 200);
        assert_eq!(ask(&handler, "/todos").response.status, 200);
        assert_eq!(ask(&self::handler(""), "/moved/todos/7").response.status, 404);
    }

    #[test]
    fn answers_401_to_a_request_without_credentials() {
        let handler = handler("think=1ms,fault=unauthorized");
        let refused = ask(&handler, "/todos/7");
        assert_eq!((refused.response.status, refused.think), (401, Span::ZERO));
        assert!(head(&refused).starts_with("HTTP/1.1 401 Unauthorized\r\n"));
        assert!(head(&refused).contains("\r\nwww-authenticate: Basic realm=\"todos\"\r\n"));
        let known = HttpRequest { credentials: Credentials::Given, ..get("/todos/7") };
        let found = handler.answer(&known, 1, Moment::from_nanos(1));
        assert_eq!((found.response.status, found.think), (200, Span::from_millis(1)));
    }

    #[test]
    fn a_throttled_request_learns_when_to_retry() {
        let handler = handler("think=1ms,fault=throttle:1:1500ms");
        assert_eq!(ask(&handler, "/todos/1").response.status, 200);
        let refused = ask(&handler, "/todos/2");
        assert_eq!((refused.response.status, refused.think), (429, Span::ZERO));
        assert!(head(&refused).contains("\r\nretry-after: 2\r\n"));
        let late = Moment::from_nanos(1_500_000_000);
        let refused = handler.answer(&get("/todos/2"), 0, late);
        assert!(head(&refused).contains("\r\nretry-after: 1\r\n"));
    }

    #[test]
    fn announces_the_last_response_of_a_connection() {
        let handler = handler("keepalive=3");
        let closes = |ordinal| {
            let answer = handler.answer(&get("/todos/1"), ordinal, Moment::from_nanos(1));
            let said = head(&answer).contains("\r\nconnection: close\r\n");
            assert_eq!(said, answer.response.persistence == Persistence::Close);
            said
        };
        assert_eq!([0, 1, 2].map(closes), [false, false, true]);
    }
}
