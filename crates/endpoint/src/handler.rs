//! The handler: what a request is answered, after how long, and what is done wrong with it.
//!
//! What hits one request in K goes by the todo's number; only the throttle remembers anything.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};

use model::link::{Faults, Link};
use model::time::{Moment, Span};

use crate::request::{Persistence, Request};
use crate::response::{self, Resources, Response};
use crate::route::{Route, route};
use crate::throttle::{Throttling, Verdict};

/// The handler of one listener.
#[derive(Debug)]
pub(crate) struct Handler {
    resources: Resources,
    faults: Faults,
    throttling: Option<Throttling>,
    keepalive: Option<NonZeroU32>,
    think: AtomicU64,
}

/// What a request gets.
#[derive(Debug)]
pub(crate) struct Answer {
    /// The response.
    pub(crate) response: Response,
    /// How long the handler thinks before.
    pub(crate) think: Span,
}

impl Handler {
    /// The handler behind this link.
    pub(crate) fn new(link: &Link) -> Self {
        Self {
            resources: Resources::new(link.body.map(|size| size.0)),
            faults: link.fault,
            throttling: link.fault.throttle.map(Throttling::new),
            keepalive: link.keepalive,
            think: AtomicU64::new(link.think.as_nanos()),
        }
    }

    /// Changes how long it thinks, from now on.
    pub(crate) fn set_think(&self, time: Span) {
        self.think.store(time.as_nanos(), Ordering::Relaxed);
    }

    /// Answers a request that came to it at that moment as the `ordinal`th of its connection, from
    /// 0 on. It does not think about what it refuses or redirects.
    pub(crate) fn answer(&self, request: &Request, ordinal: u64, at: Moment) -> Answer {
        let persistence = self.persistence(request, ordinal);
        if let Some(Verdict::Refused(wait)) = self.throttling.as_ref().map(|some| some.judge(at)) {
            return Answer::at_once(response::too_many(&request.method, persistence, wait));
        }
        let route = match (route(request.resource()), self.faults.redirect) {
            (Route::Todo(number), true) if matches!(&*request.method, "GET" | "HEAD") => {
                return Answer::at_once(response::moved(&request.method, persistence, number));
            }
            (Route::Moved(number), true) => Route::Todo(number),
            (Route::Moved(_), false) => Route::Elsewhere,
            (route, _) => route,
        };
        let response = self.resources.answer(&request.method, route, persistence);
        match route {
            Route::Todo(number) => self.spoil(number, response),
            _ => Answer { response, think: self.think() },
        }
    }

    fn think(&self) -> Span {
        Span::from_nanos(self.think.load(Ordering::Relaxed))
    }

    fn persistence(&self, request: &Request, ordinal: u64) -> Persistence {
        match self.keepalive {
            Some(most) if ordinal + 1 >= u64::from(most.get()) => Persistence::Close,
            _ => request.persistence,
        }
    }

    /// Does wrong with the answer for a todo what is to be done wrong with it.
    fn spoil(&self, number: u64, response: Response) -> Answer {
        let Faults { slow, early_close, truncate, .. } = self.faults;
        let longer = slow.map_or(Span::ZERO, |slow| slow.time_for(number));
        let response = if truncate.is_some_and(|one_in| one_in.hits(number)) {
            response.truncated()
        } else if early_close.is_some_and(|one_in| one_in.hits(number)) {
            response.without_farewell()
        } else {
            response
        };
        Answer { response, think: self.think() + longer }
    }
}

impl Answer {
    fn at_once(response: Response) -> Self {
        Self { response, think: Span::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn handler(link: &str) -> Handler {
        Handler::new(&link.parse().expect("a link"))
    }

    fn get(target: &str) -> Request {
        Request {
            method: "GET".to_owned(),
            target: target.to_owned(),
            persistence: Persistence::KeepAlive,
        }
    }

    /// The answer to the first request of a connection.
    fn ask(handler: &Handler, target: &str) -> Answer {
        handler.answer(&get(target), 0, Moment::from_nanos(1))
    }

    fn head(answer: &Answer) -> String {
        String::from_utf8(answer.response.head.clone()).expect("text")
    }

    #[test]
    fn one_todo_in_so_many_is_slow_cut_or_closed_after() {
        let handler = handler("think=1ms,fault=slow:2:5ms+early-close:3+truncate:4");
        let answers: Vec<Answer> =
            (1..=4).map(|number| ask(&handler, &format!("/todos/{number}"))).collect();
        let thought: Vec<Span> = answers.iter().map(|answer| answer.think).collect();
        assert_eq!(thought, [1, 6, 1, 6].map(Span::from_millis));
        let last: Vec<bool> =
            answers.iter().map(|answer| answer.response.last == Persistence::Close).collect();
        assert_eq!(last, [false, false, true, true]);
        for answer in &answers {
            assert!(head(answer).contains("connection: keep-alive\r\n"), "nothing is said of it");
        }
        let announced = format!("content-length: {}\r\n", answers[2].response.body_bytes());
        assert!(head(&answers[2]).contains(&announced), "closed after the whole of it");
        let announced = format!("content-length: {}\r\n", answers[3].response.body_bytes());
        assert!(!head(&answers[3]).contains(&announced), "half of it");
    }

    #[test]
    fn a_redirect_leads_to_the_todo() {
        let handler = handler("think=1ms,fault=redirect+slow:7:1ms");
        let redirect = ask(&handler, "/todos/7");
        assert_eq!((redirect.response.status, redirect.think), (302, Span::ZERO));
        assert!(head(&redirect).contains("\r\nlocation: /moved/todos/7\r\n"));
        let found = ask(&handler, "/moved/todos/7");
        assert_eq!((found.response.status, found.think), (200, Span::from_millis(2)));
        let put = Request { method: "PUT".to_owned(), ..get("/todos/7") };
        assert_eq!(handler.answer(&put, 0, Moment::from_nanos(1)).response.status, 200);
        assert_eq!(ask(&handler, "/todos").response.status, 200);
        assert_eq!(ask(&self::handler(""), "/moved/todos/7").response.status, 404);
    }

    #[test]
    fn what_is_throttled_is_told_when_to_come_back() {
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
    fn the_last_request_of_a_connection_is_told_so() {
        let handler = handler("keepalive=3");
        let closes = |ordinal| {
            let answer = handler.answer(&get("/todos/1"), ordinal, Moment::from_nanos(1));
            let said = head(&answer).contains("\r\nconnection: close\r\n");
            assert_eq!(said, answer.response.last == Persistence::Close);
            said
        };
        assert_eq!([0, 1, 2].map(closes), [false, false, true]);
    }
}
