//! Responses with a status below 200, which come before the final response.

use model::trace::Milestone;

use crate::harness::{Driver, STRATEGIES, get, preparation, target, trusting};
use crate::server::{Script, Server};

const HINTS: &str = "HTTP/1.1 103 Early Hints\r\nLink: </a.css>\r\n\r\n";
const TWO: &str = "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nA: b\r\n\r\n";
const CONTINUE: &str = "HTTP/1.1 100 Continue\r\n\r\n";

#[test]
fn the_first_byte_is_that_of_the_final_response() {
    for interim in [HINTS, TWO, CONTINUE] {
        let plain = Server::plain(Script::AnswerAfter(interim));
        let secured = Server::tls(Script::AnswerAfter(interim));
        let targets = [
            (&plain, target(vec![get(plain.url("/1"))])),
            (&secured, trusting(&secured.authority(), vec![get(secured.url("/1"))])),
        ];
        for (server, target) in targets {
            for strategy in STRATEGIES {
                let mut driver = Driver::start();
                driver.prepare(preparation(strategy, "", target.clone()));
                let result = driver.trial(1);
                let context = format!("{strategy}: {interim:?}");
                assert_eq!(result.kinds(1), [None], "{context}");
                assert_eq!(result.columns.status, Some(vec![Some(200)]), "{context}");
                let first_byte = result.at(Milestone::FirstByte, 0).expect("is observed");
                let answered = server.last_answered().expect("has answered");
                assert!(result.done.started + first_byte >= answered, "{context}");
            }
        }
    }
}
