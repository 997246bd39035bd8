//! Compares a driver's report of a trial with itself and with what the endpoint saw.
//!
//! Both sides read the same clock, so an event that must come first has the earlier time on both
//! sides. No tolerance is needed and none is granted.

use model::target::Target;
use model::time::Span;
use model::trace::{Columns, Milestone, TraceColumn};
use model::trial::Run;
use model::witness::{RequestRow, Witness};

use crate::verdict::Wrong;

/// Checks that the milestones of each request come in their order.
pub(crate) fn in_order(columns: &Columns, requests: usize) -> Result<(), Wrong> {
    for request in 0..requests {
        let mut latest = (Milestone::Submitted, Span::ZERO);
        for milestone in Milestone::ALL {
            let Some(at) = columns.at(milestone, request) else { continue };
            if at < latest.1 {
                let (first, then) = (milestone, latest.0);
                return Err(Wrong(format!("request {request} passed {first} before {then}")));
            }
            latest = (milestone, at);
        }
    }
    Ok(())
}

/// The client's number of a connection, and the endpoint's.
struct ConnectionPair {
    client: u64,
    endpoint: u64,
}

/// Which connection number of the client belongs to which of the endpoint, over the trials of one
/// process.
#[derive(Default)]
pub(crate) struct ConnectionPairs(Vec<ConnectionPair>);

impl ConnectionPairs {
    fn add(&mut self, client: u64, endpoint: u64) -> Result<(), Wrong> {
        let known = self.0.iter().find(|pair| pair.client == client || pair.endpoint == endpoint);
        match known {
            None => self.0.push(ConnectionPair { client, endpoint }),
            Some(pair) if pair.client == client && pair.endpoint == endpoint => {}
            Some(pair) if pair.client == client => {
                return Err(Wrong(format!("it gave two connections the number {client}")));
            }
            Some(pair) => {
                let earlier = pair.client;
                return Err(Wrong(format!(
                    "it gave one connection the numbers {earlier} and {client}"
                )));
            }
        }
        Ok(())
    }
}

/// The endpoint's row of each request, in the order of the requests.
pub(crate) fn rows<'a>(
    target: &Target,
    requests: usize,
    witness: &'a Witness,
) -> Result<Vec<&'a RequestRow>, Wrong> {
    let arrived = witness.requests.len();
    if arrived != requests {
        return Err(Wrong(format!(
            "it reports {requests} requests, as ordered, but {arrived} arrived"
        )));
    }
    let row = |request: model::target::Request| {
        let path = path(&request.url);
        let found = witness.requests.iter().find(|row| row.path == path);
        found.ok_or_else(|| Wrong(format!("the request for {path} did not arrive")))
    };
    target.requests.iter().take(requests).map(row).collect()
}

fn path(url: &str) -> &str {
    url.match_indices('/').nth(2).map_or("/", |(start, _)| &url[start..])
}

/// Compares a trial with what the endpoint saw of each of its requests.
pub(crate) fn check(
    run: &Run,
    rows: &[&RequestRow],
    pairs: &mut ConnectionPairs,
) -> Result<(), Wrong> {
    let columns = &run.columns;
    for (request, row) in rows.iter().enumerate() {
        same("status", columns.status.as_ref(), request, row.status)?;
        same("bytes", columns.bytes.as_ref(), request, row.body_bytes)?;
        in_time(run, request, row)?;
        if let Some(client) = entry(columns.connection.as_ref(), request) {
            pairs.add(client, row.connection)?;
        }
    }
    Ok(())
}

fn entry<T: Copy>(column: Option<&TraceColumn<T>>, request: usize) -> Option<T> {
    column?.get(request).copied().flatten()
}

fn same<T: Copy + PartialEq + std::fmt::Display>(
    what: &str,
    column: Option<&TraceColumn<T>>,
    request: usize,
    seen: T,
) -> Result<(), Wrong> {
    match entry(column, request) {
        Some(reported) if reported != seen => Err(Wrong(format!(
            "it reports {what} {reported} for request {request}, but the endpoint saw {seen}"
        ))),
        _ => Ok(()),
    }
}

/// Checks that no request was written after it arrived, and no answer came before it was given.
fn in_time(run: &Run, request: usize, row: &RequestRow) -> Result<(), Wrong> {
    let at = |milestone| run.columns.at(milestone, request);
    let wrong = |what: &str| Err(Wrong(format!("it reports that request {request} {what}")));
    if at(Milestone::Writing).is_some_and(|writing| writing > row.last_byte_in) {
        return wrong("was written after the endpoint had received all of it");
    }
    let answered = row.handled + row.think;
    if at(Milestone::FirstByte).is_some_and(|first_byte| first_byte < answered) {
        return wrong("was answered before the endpoint sent the answer");
    }
    if at(Milestone::Done).unwrap_or(run.batch_time()) < answered || run.batch_time() < answered {
        return wrong("was done before the endpoint sent the answer");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::target::{Checks, Request, Trust};
    use model::time::Moment;
    use model::trial::{ImposedEffects, ResponseVersions, Usage};

    const GOOD: &str = r#"{"submitted":[0,60],"writing":[10,70],"first_byte":[30,90],"done":[40,100],
        "connection":[4,4],"status":[200,200],"bytes":[7,8]}"#;

    fn run(columns: &str) -> Run {
        Run {
            started: Moment::from_nanos(1000),
            finished: Moment::from_nanos(1100),
            usage: Usage::default(),
            imposed: ImposedEffects::new(),
            http: ResponseVersions::new(),
            columns: serde_json::from_str(columns).expect("parses"),
            sampled: None,
            profile: None,
        }
    }

    /// A request whose last byte arrived at 20 (or 80), and that was thought about until 25 (or 85).
    fn row(number: u64, connection: u64) -> RequestRow {
        let arrived = 20 + 60 * number;
        RequestRow {
            connection,
            ordinal: number,
            method: Some("GET".to_owned()),
            path: format!("/todos/{number}?now"),
            last_byte_in: Span::from_nanos(arrived),
            hold_in: Span::ZERO,
            handled: Span::from_nanos(arrived + 2),
            think: Span::from_nanos(3),
            first_byte_out: None,
            last_byte_out: None,
            hold_out: None,
            in_flight: 1,
            status: 200,
            body_bytes: 7 + number,
            stream: None,
        }
    }

    fn verdict(columns: &str, connections: [u64; 2]) -> Result<(), String> {
        let [first, second] = [row(0, connections[0]), row(1, connections[1])];
        check(&run(columns), &[&first, &second], &mut ConnectionPairs::default())
            .map_err(|Wrong(sentence)| sentence)
    }

    #[test]
    fn requires_observed_milestones_in_order() {
        let verdict = |columns| in_order(&run(columns).columns, 2);
        assert_eq!(verdict(GOOD), Ok(()));
        assert_eq!(verdict(r#"{"started":[5,null],"done":[5,5]}"#), Ok(()));
        let wrong = verdict(r#"{"securing":[9,9],"secured":[9,8]}"#).expect_err("is out of order");
        assert_eq!(wrong.0, "request 1 passed secured before securing");
    }

    #[test]
    fn accepts_a_report_that_agrees_with_the_endpoint() {
        assert_eq!(verdict(GOOD, [1, 1]), Ok(()));
        assert_eq!(verdict("{}", [1, 2]), Ok(()));
    }

    #[test]
    fn rejects_a_report_that_contradicts_the_endpoint() {
        let contradicted = |from: &str, to: &str, expected: &str| {
            assert!(GOOD.contains(from), "{from}");
            let sentence = verdict(&GOOD.replace(from, to), [1, 1]).expect_err("is contradicted");
            assert!(sentence.contains(expected), "{sentence}");
        };
        contradicted("[7,8]", "[7,7]", "reports bytes 7 for request 1, but the endpoint saw 8");
        contradicted("[200,200]", "[404,200]", "reports status 404 for request 0");
        contradicted("[10,70]", "[21,70]", "request 0 was written after");
        contradicted("[30,90]", "[30,84]", "request 1 was answered before");
        contradicted("[40,100]", "[24,100]", "request 0 was done before");
        contradicted("[4,4]", "[4,5]", "gave one connection the numbers 4 and 5");
        let sentence = verdict(GOOD, [1, 2]).expect_err("is contradicted");
        assert_eq!(sentence, "it gave two connections the number 4");
    }

    #[test]
    fn rejects_a_batch_that_ended_before_its_last_answer() {
        let mut early = run("{}");
        early.finished = Moment::from_nanos(1084);
        let rows = [row(0, 1), row(1, 1)];
        let rows: Vec<&RequestRow> = rows.iter().collect();
        assert!(check(&early, &rows, &mut ConnectionPairs::default()).is_err());
        early.finished = Moment::from_nanos(1085);
        assert_eq!(check(&early, &rows, &mut ConnectionPairs::default()), Ok(()));
    }

    #[test]
    fn finds_each_request_by_its_path() {
        let request = |number: u64| Request {
            method: "GET".to_owned(),
            url: format!("http://127.0.0.1:80/todos/{number}?now"),
            body: None,
        };
        let target = Target {
            userinfo: None,
            requests: vec![request(1), request(0)].into(),
            headers: Vec::new(),
            trust: Trust::Default,
            checks: Checks { statuses: Vec::new(), min_bytes: 0 },
            time_limit: Span::ZERO,
        };
        let found = |requests, rows: Vec<RequestRow>| {
            let witness = Witness { requests: rows.into(), ..Witness::default() };
            rows_of(&target, requests, &witness)
        };
        assert_eq!(found(2, vec![row(0, 1), row(1, 1)]), Ok(vec![1, 0]));
        assert_eq!(found(1, vec![row(1, 1)]), Ok(vec![1]));
        let wrong = found(1, vec![row(0, 1)]).expect_err("is another");
        assert_eq!(wrong.0, "the request for /todos/1?now did not arrive");
        assert!(found(2, vec![row(0, 1)]).is_err());
        assert!(found(1, vec![row(0, 1), row(1, 1)]).is_err());
    }

    fn rows_of(target: &Target, requests: usize, witness: &Witness) -> Result<Vec<u64>, Wrong> {
        Ok(rows(target, requests, witness)?.iter().map(|row| row.ordinal).collect())
    }
}
