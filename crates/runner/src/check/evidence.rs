//! What a driver says of a trial, held against itself and against what the endpoint saw.
//!
//! Both sides read one clock, so that what came first by the nature of things came first on both:
//! no tolerance is needed, and none is given.

use model::target::Target;
use model::time::Span;
use model::trace::{Column, Columns, Milestone};
use model::trial::Run;
use model::witness::{RequestRow, Witness};

use super::Wrong;

/// The milestones of each request passed in their order.
pub(super) fn in_order(columns: &Columns, requests: usize) -> Result<(), Wrong> {
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
struct Pair {
    ours: u64,
    theirs: u64,
}

/// Which connection of the client's is which of the endpoint's, over the trials of one process.
#[derive(Default)]
pub(super) struct Pairs(Vec<Pair>);

impl Pairs {
    fn take(&mut self, ours: u64, theirs: u64) -> Result<(), Wrong> {
        let known = self.0.iter().find(|pair| pair.ours == ours || pair.theirs == theirs);
        match known {
            None => self.0.push(Pair { ours, theirs }),
            Some(pair) if pair.ours == ours && pair.theirs == theirs => {}
            Some(pair) if pair.ours == ours => {
                return Err(Wrong(format!("it gave two connections the number {ours}")));
            }
            Some(pair) => {
                let other = pair.ours;
                return Err(Wrong(format!(
                    "it gave one connection the numbers {other} and {ours}"
                )));
            }
        }
        Ok(())
    }
}

/// What the endpoint saw of each request, in the order of the requests.
pub(super) fn rows<'a>(
    target: &Target,
    requests: usize,
    witness: &'a Witness,
) -> Result<Vec<&'a RequestRow>, Wrong> {
    let arrived = witness.requests.len();
    if arrived != requests {
        return Err(Wrong(format!(
            "{requests} requests were ordered, and {arrived} arrived while it says that they were made"
        )));
    }
    let row = |request: &model::target::Request| {
        let path = path(&request.url);
        let found = witness.requests.iter().find(|row| row.path == path);
        found.ok_or_else(|| Wrong(format!("the request for {path} did not arrive")))
    };
    target.requests.iter().take(requests).map(row).collect()
}

fn path(url: &str) -> &str {
    url.match_indices('/').nth(2).map_or("/", |(start, _)| &url[start..])
}

/// Holds a trial against what the endpoint saw of each of its requests.
pub(super) fn agrees(run: &Run, rows: &[&RequestRow], pairs: &mut Pairs) -> Result<(), Wrong> {
    let columns = &run.columns;
    for (request, row) in rows.iter().enumerate() {
        same("status", columns.status.as_ref(), request, row.status)?;
        same("bytes", columns.bytes.as_ref(), request, row.body_bytes)?;
        in_time(run, request, row)?;
        if let Some(ours) = entry(columns.connection.as_ref(), request) {
            pairs.take(ours, row.connection)?;
        }
    }
    Ok(())
}

fn entry<T: Copy>(column: Option<&Column<T>>, request: usize) -> Option<T> {
    column?.get(request).copied().flatten()
}

fn same<T: Copy + PartialEq + std::fmt::Display>(
    what: &str,
    column: Option<&Column<T>>,
    request: usize,
    seen: T,
) -> Result<(), Wrong> {
    match entry(column, request) {
        Some(said) if said != seen => Err(Wrong(format!(
            "it says {what} {said} of request {request}, and the endpoint {seen}"
        ))),
        _ => Ok(()),
    }
}

/// No request is written after it has arrived, and no answer comes before it was given.
fn in_time(run: &Run, request: usize, row: &RequestRow) -> Result<(), Wrong> {
    let at = |milestone| run.columns.at(milestone, request);
    let wrong = |what: &str| Err(Wrong(format!("it says that request {request} {what}")));
    if at(Milestone::Writing).is_some_and(|writing| writing > row.last_byte_in) {
        return wrong("was written when the endpoint had the whole of it already");
    }
    let answered = row.handled + row.think;
    if at(Milestone::FirstByte).is_some_and(|first_byte| first_byte < answered) {
        return wrong("had an answer before the endpoint gave one");
    }
    if at(Milestone::Done).unwrap_or(run.batch_time()) < answered || run.batch_time() < answered {
        return wrong("was done before the endpoint had answered it");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::target::{Checks, Request, Trust};
    use model::time::Moment;
    use model::trial::Usage;

    const GOOD: &str = r#"{"submitted":[0,60],"writing":[10,70],"first_byte":[30,90],"done":[40,100],
        "connection":[4,4],"status":[200,200],"bytes":[7,8]}"#;

    fn run(columns: &str) -> Run {
        Run {
            started: Moment::from_nanos(1000),
            finished: Moment::from_nanos(1100),
            usage: Usage::default(),
            columns: serde_json::from_str(columns).expect("parses"),
        }
    }

    /// A request whose last byte arrived at 20 (or 80), and that was thought about until 25 (or 85).
    fn row(number: u64, connection: u64) -> RequestRow {
        let arrived = 20 + 60 * number;
        RequestRow {
            connection,
            ordinal: number,
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
        }
    }

    fn verdict(columns: &str, connections: [u64; 2]) -> Result<(), String> {
        let [first, second] = [row(0, connections[0]), row(1, connections[1])];
        agrees(&run(columns), &[&first, &second], &mut Pairs::default())
            .map_err(|Wrong(sentence)| sentence)
    }

    #[test]
    fn milestones_pass_in_their_order_whichever_were_observed() {
        let verdict = |columns| in_order(&run(columns).columns, 2);
        assert_eq!(verdict(GOOD), Ok(()));
        assert_eq!(verdict(r#"{"started":[5,null],"done":[5,5]}"#), Ok(()));
        let wrong = verdict(r#"{"securing":[9,9],"secured":[9,8]}"#).expect_err("is out of order");
        assert_eq!(wrong.0, "request 1 passed secured before securing");
    }

    #[test]
    fn a_report_that_the_endpoint_bears_out_is_believed() {
        assert_eq!(verdict(GOOD, [1, 1]), Ok(()));
        assert_eq!(verdict("{}", [1, 2]), Ok(()));
    }

    #[test]
    fn a_report_that_the_endpoint_contradicts_is_not() {
        let contradicted = |from: &str, to: &str, sentence: &str| {
            assert!(GOOD.contains(from), "{from}");
            let said = verdict(&GOOD.replace(from, to), [1, 1]).expect_err("is contradicted");
            assert!(said.contains(sentence), "{said}");
        };
        contradicted("[7,8]", "[7,7]", "says bytes 7 of request 1, and the endpoint 8");
        contradicted("[200,200]", "[404,200]", "says status 404 of request 0");
        contradicted("[10,70]", "[21,70]", "request 0 was written when");
        contradicted("[30,90]", "[30,84]", "request 1 had an answer before");
        contradicted("[40,100]", "[24,100]", "request 0 was done before");
        contradicted("[4,4]", "[4,5]", "gave one connection the numbers 4 and 5");
        let said = verdict(GOOD, [1, 2]).expect_err("is contradicted");
        assert_eq!(said, "it gave two connections the number 4");
    }

    #[test]
    fn a_batch_that_ended_before_its_last_answer_is_not_believed() {
        let mut early = run("{}");
        early.finished = Moment::from_nanos(1084);
        let rows = [row(0, 1), row(1, 1)];
        let rows: Vec<&RequestRow> = rows.iter().collect();
        assert!(agrees(&early, &rows, &mut Pairs::default()).is_err());
        early.finished = Moment::from_nanos(1085);
        assert_eq!(agrees(&early, &rows, &mut Pairs::default()), Ok(()));
    }

    #[test]
    fn each_request_is_found_by_its_path() {
        let request = |number: u64| Request {
            method: "GET".to_owned(),
            url: format!("http://127.0.0.1:80/todos/{number}?now"),
            body: None,
        };
        let target = Target {
            requests: vec![request(1), request(0)],
            headers: Vec::new(),
            trust: Trust::Default,
            checks: Checks { statuses: Vec::new(), min_bytes: 0 },
            time_limit: Span::ZERO,
        };
        let found = |requests, rows: Vec<RequestRow>| {
            let witness = Witness { requests: rows, ..Witness::default() };
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
