//! Fails requests by the statuses that the embedded endpoint sent, for clients that report none.
//!
//! Code that takes an error response for a body is fast, but it has fetched nothing.

use std::collections::BTreeMap;

use model::failure::{Failure, FailureKind};
use model::target::{Checks, Request};
use model::trace::Columns;
use model::witness::Witness;

/// Fails the requests of a batch whose last response had an unwanted status.
///
/// The client reports no status. Changes nothing if there were as many wanted responses as requests: then
/// redirected and repeated requests have succeeded in the end.
pub(crate) fn fail_unwanted(
    columns: &mut Columns,
    requests: &[Request],
    checks: &Checks,
    witness: &Witness,
) {
    let wanted = witness.requests.iter().filter(|row| checks.statuses.contains(&row.status));
    if wanted.count() >= requests.len() {
        return;
    }
    let unwanted = unwanted(requests, checks, witness);
    if unwanted.iter().all(Option::is_none) {
        return;
    }
    let errors = columns.error.get_or_insert_with(|| vec![None; requests.len()]);
    for (error, status) in errors.iter_mut().zip(unwanted) {
        if let (None, Some(status)) = (&error, status) {
            let message =
                format!("the endpoint answered with status {status}, which the client accepted");
            *error = Some(Failure { kind: FailureKind::Status, message });
        }
    }
}

/// The last status of each request, if it is an unwanted one.
fn unwanted(requests: &[Request], checks: &Checks, witness: &Witness) -> Vec<Option<u16>> {
    let mut answers: BTreeMap<&str, Vec<u16>> = BTreeMap::new();
    for row in &witness.requests {
        answers.entry(&row.path).or_default().push(row.status);
    }
    let last_status = |request: &Request| {
        let answers = answers.get_mut::<str>(&request.path())?;
        let wanted = answers.iter().position(|status| checks.statuses.contains(status));
        let status = answers.remove(wanted.or(answers.len().checked_sub(1))?);
        wanted.is_none().then_some(status)
    };
    requests.iter().map(last_status).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::time::Span;
    use model::witness::RequestRow;

    fn checks() -> Checks {
        Checks { statuses: vec![200], min_bytes: 3 }
    }

    fn requests(paths: &[&str]) -> Vec<Request> {
        let request = |path: &&str| Request {
            method: "GET".into(),
            url: format!("https://127.0.0.1:40001{path}"),
            body: None,
        };
        paths.iter().map(request).collect()
    }

    fn witness(answers: &[(&str, u16)]) -> Witness {
        let row = |&(path, status): &(&str, u16)| RequestRow {
            connection: 1,
            ordinal: 0,
            method: Some("GET".to_owned()),
            path: path.to_owned(),
            last_byte_in: Span::ZERO,
            hold_in: Span::ZERO,
            handled: Span::ZERO,
            think: Span::ZERO,
            first_byte_out: None,
            last_byte_out: None,
            hold_out: None,
            in_flight: 1,
            status,
            body_bytes: 80,
            stream: None,
        };
        Witness { requests: answers.iter().map(row).collect(), ..Witness::default() }
    }

    /// The errors of two requests of a client that reports no statuses.
    fn errors(paths: [&str; 2], answers: &[(&str, u16)]) -> Vec<Option<String>> {
        let mut columns = Columns::default();
        fail_unwanted(&mut columns, &requests(&paths), &checks(), &witness(answers));
        let errors = columns.error.unwrap_or_default();
        errors.into_iter().map(|error| Some(error?.message)).collect()
    }

    #[test]
    fn fails_a_request_with_an_unwanted_status() {
        let failed = |status: u16| {
            Some(format!("the endpoint answered with status {status}, which the client accepted"))
        };
        assert_eq!(errors(["/1", "/2"], &[("/1", 200), ("/2", 200)]), []);
        assert_eq!(errors(["/1", "/2"], &[("/2", 429), ("/1", 200)]), [None, failed(429)]);
        assert_eq!(errors(["/1", "/2"], &[("/1", 404), ("/2", 429)]), [failed(404), failed(429)]);
        // Of two requests for the same path, one was answered.
        assert_eq!(errors(["/1", "/1"], &[("/1", 500), ("/1", 200)]), [None, failed(500)]);
    }

    #[test]
    fn accepts_a_request_that_was_repeated_or_redirected() {
        assert_eq!(errors(["/1", "/2"], &[("/1", 429), ("/2", 200), ("/1", 200)]), []);
        let redirected = [("/1", 302), ("/elsewhere/1", 200), ("/2", 200)];
        assert_eq!(errors(["/1", "/2"], &redirected), []);
    }

    #[test]
    fn leaves_requests_alone_that_the_endpoint_did_not_see() {
        assert_eq!(errors(["/1", "/2"], &[]), []);
        assert_eq!(errors(["/1", "/2"], &[("/1", 200)]), []);
    }

    #[test]
    fn leaves_reported_errors_alone() {
        let refused = witness(&[("/1", 429), ("/2", 429)]);
        let own = Failure { kind: FailureKind::Code, message: "it raised".to_owned() };
        let error = Some(vec![Some(own.clone()), None]);
        let mut failed = Columns { error, ..Columns::default() };
        fail_unwanted(&mut failed, &requests(&["/1", "/2"]), &checks(), &refused);
        let errors = failed.error.expect("is there");
        assert_eq!(errors[0], Some(own));
        assert_eq!(errors[1].as_ref().map(|error| error.kind), Some(FailureKind::Status));
    }
}
