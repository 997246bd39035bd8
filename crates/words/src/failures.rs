//! Failed trials: how many of each kind, which requests, and what to try.

use explain::{Analysis, ArmAnalysis, FailedRequest, FailureCount, LostTrials};
use model::arm::{BatchSize, Role};
use model::failure::FailureKind;
use model::plan::LeftOut;

use crate::list::{counted, listed};

/// How many failed requests a sentence names.
const MOST_NAMED: usize = 3;
/// How many kinds of failure a sentence names.
const MOST_CLAUSES: usize = 3;

/// `hyper/async@16: 2 of 12 trials failed: status 4 requests`.
pub fn describe_failures(arm: &ArmAnalysis) -> String {
    let parts = counts(&arm.failures, arm.lost.as_ref()).join(", ");
    format!("{}: {} of {} failed: {parts}", arm.arm, arm.failed, counted(arm.trials(), "trial"))
}

/// What failed in an arm, as clauses: `1 of 16 requests failed in every trial: GET http://host/todos/7
/// answered 404`.
pub fn clauses(arm: &ArmAnalysis) -> Vec<String> {
    let failures = arm.failures.iter().map(|count| with_message(count, Some(arm.batch_size)));
    let lost = arm.lost.as_ref().map(|lost| {
        let of_trials = counted(arm.trials(), "trial");
        format!("{} of {of_trials} lost ({})", lost.trials, first_line(&lost.message))
    });
    failures.chain(lost).collect()
}

/// Arms that failed in the same way.
#[derive(Clone, Debug)]
pub struct FailedArms<'a> {
    /// The arms.
    pub arms: Vec<&'a ArmAnalysis>,
    clauses: Vec<String>,
}

impl FailedArms<'_> {
    /// `ureq/threads@16 and hyper/async@16: 1 of 16 requests failed in every trial: GET
    /// http://host/todos/7 answered 404`.
    pub fn sentence(&self) -> String {
        let names: Vec<&str> = self.arms.iter().map(|arm| arm.arm.0.as_str()).collect();
        format!("{}: {}", listed(&names), self.clauses())
    }

    /// Why these arms of a batch size have no time.
    pub fn without_time(&self) -> String {
        let labels: Vec<&str> = self.arms.iter().map(|arm| arm.label.0.as_str()).collect();
        let (have, their) = if labels.len() == 1 { ("has", "its") } else { ("have", "their") };
        format!(
            "{} {have} no time, because all of {their} batches failed: {}.",
            listed(&labels),
            self.clauses()
        )
    }

    /// What failed, as clauses: `1 of 16 requests failed in every trial: GET http://host/todos/7 answered
    /// 404`.
    pub fn clauses(&self) -> String {
        let shown = &self.clauses[..self.clauses.len().min(MOST_CLAUSES)];
        let rest = self.clauses.len() - shown.len();
        let rest = (rest > 0).then(|| format!("and {} of failure", counted(rest, "other kind")));
        shown.iter().cloned().chain(rest).collect::<Vec<_>>().join("; ")
    }
}

/// Arms that failed, those that failed in the same way together.
pub fn grouped<'a>(arms: impl Iterator<Item = &'a ArmAnalysis>) -> Vec<FailedArms<'a>> {
    let mut groups: Vec<FailedArms<'_>> = Vec::new();
    for arm in arms {
        let clauses = clauses(arm);
        match groups.iter_mut().find(|group| group.clauses == clauses) {
            Some(group) => group.arms.push(arm),
            None => groups.push(FailedArms { arms: vec![arm], clauses }),
        }
    }
    groups
}

/// All arms with a failed trial, those that failed in the same way together. A control is named only
/// where no measured arm failed like it.
pub fn of_run(analysis: &Analysis) -> Vec<FailedArms<'_>> {
    let is_measured = |arm: &&ArmAnalysis| arm.role == Role::Measured;
    let failed = || analysis.arms.iter().filter(|arm| arm.failed > 0);
    let mut groups = grouped(failed().filter(is_measured));
    let others = grouped(failed().filter(|arm| !is_measured(arm)));
    let is_new = |group: &FailedArms<'_>| groups.iter().all(|known| known.clauses != group.clauses);
    let others: Vec<FailedArms<'_>> = others.into_iter().filter(is_new).collect();
    groups.extend(others);
    groups
}

/// What failed in a pilot after which nothing was measured, as clauses.
pub fn pilot_clauses(analysis: &Analysis) -> Vec<String> {
    let size = match analysis.batch_sizes.as_slice() {
        [only] => Some(*only),
        _ => None,
    };
    let failures = analysis.pilot_failures.iter().map(|count| with_message(count, size));
    let lost = analysis.pilot_lost.as_ref().map(|lost| {
        format!("{} lost ({})", counted(lost.trials, "trial"), first_line(&lost.message))
    });
    failures.chain(lost).collect()
}

/// The failures of one kind, with the requests by name: `1 of 16 requests failed in every trial: GET
/// http://host/todos/7 answered 404`. `batch` is the size of the batches, where they have only one.
pub fn named(count: &FailureCount, batch: Option<BatchSize>) -> String {
    let each = each_trial(count).zip(batch.map(|batch| batch.0 as usize));
    // Own code fails as a whole: no URL is the cause.
    let is_of_code = matches!(count.kind, FailureKind::Code | FailureKind::Unread);
    let (share, names) = if count.requests == 0 {
        (counted(count.trials, "trial") + " failed", 0)
    } else if count.requests == count.of_requests {
        match is_of_code {
            true => ("every batch failed".to_owned(), 0),
            false => ("every request failed".to_owned(), 1),
        }
    } else if let Some((each, batch)) = each {
        let when = match each.trials == count.of_trials {
            true => "every trial".to_owned(),
            false => format!("{} of {}", each.trials, counted(count.of_trials, "trial")),
        };
        match each.requests == batch {
            true if is_of_code => (format!("the whole batch failed in {when}"), 0),
            true => (format!("every request failed in {when}"), 1),
            false => {
                let requests = counted(batch, "request");
                (format!("{} of {requests} failed in {when}", each.requests), MOST_NAMED)
            }
        }
    } else {
        let requests = counted(count.of_requests, "request");
        (format!("{} of {requests} failed", count.requests), MOST_NAMED)
    };
    match requests(&count.failed, names) {
        None => share,
        Some(requests) => format!("{share}: {requests}"),
    }
}

/// How many requests fail in a trial with failures, and how many such trials there are.
struct EachTrial {
    requests: usize,
    trials: usize,
}

/// Nothing where the requests that fail differ from trial to trial.
fn each_trial(count: &FailureCount) -> Option<EachTrial> {
    let trials = count.trials;
    let is_constant = !count.failed.is_empty()
        && count.failed.iter().all(|request| request.trials == trials)
        && count.requests.is_multiple_of(trials);
    is_constant.then(|| EachTrial { requests: count.requests / trials, trials })
}

/// The first `most` of these requests and how many others there are, each with its status: `GET
/// http://host/7 and GET http://host/9 answered 404`.
fn requests(failed: &[FailedRequest], most: usize) -> Option<String> {
    let named = &failed[..failed.len().min(most)];
    let statuses: Vec<&[FailedRequest]> =
        named.chunk_by(|one, next| one.status == next.status).collect();
    let others = failed.len() - named.len();
    let others = (others > 0).then(|| counted(others, "other"));
    let is_equal = failed.iter().all(|request| request.status == failed[0].status);
    match statuses.as_slice() {
        [] => None,
        [only] if is_equal => Some(with_status(only, others)),
        several => {
            let parts = several.iter().map(|group| with_status(group, None));
            let others = others.map(|others| format!("and {others}"));
            Some(parts.chain(others).collect::<Vec<_>>().join("; "))
        }
    }
}

/// Requests with the same status: `GET http://host/7 and 2 others answered 404`.
fn with_status(requests: &[FailedRequest], others: Option<String>) -> String {
    let names = requests.iter().map(|request| format!("{} {}", request.method, request.url));
    let names = listed(&names.chain(others).collect::<Vec<_>>());
    match requests.first().and_then(|request| request.status) {
        Some(status) => format!("{names} answered {status}"),
        None => names,
    }
}

/// The failures of one kind with the client's message, where that says more than the status.
fn with_message(count: &FailureCount, batch: Option<BatchSize>) -> String {
    let named = named(count, batch);
    let is_said = count.kind == FailureKind::Status
        && count.failed.first().is_some_and(|request| request.status.is_some());
    if is_said { named } else { format!("{named} ({})", first_line(&count.message)) }
}

/// The first line of a message; of a message above a traceback, with the traceback's line that names
/// the error.
fn first_line(message: &str) -> String {
    let mut lines = message.lines().filter(|line| !line.trim().is_empty());
    let first = lines.next().unwrap_or_default();
    match named_error(lines) {
        Some(error) if first.ends_with(':') => format!("{first} {}", error.trim()),
        _ => first.to_owned(),
    }
}

/// The line of a traceback that names the error: Python writes it last, Node before its frames.
fn named_error<'a>(mut lines: impl DoubleEndedIterator<Item = &'a str>) -> Option<&'a str> {
    lines.rfind(|line| !line.trim_start().starts_with("at "))
}

/// One line for the summary: `own/fetch, my.py cannot be imported: NameError: name 'x' is not defined`.
pub fn left_out(LeftOut { strategy, reason }: &LeftOut) -> String {
    let mut lines = reason.lines();
    let first = lines.next().unwrap_or_default();
    let error = named_error(lines).map(|error| format!(" {error}")).unwrap_or_default();
    format!("{strategy}, {first}{error}")
}

/// Why an arm has no time, as a clause.
pub fn without_time(arm: &ArmAnalysis) -> String {
    match counts(&arm.failures, arm.lost.as_ref()).as_slice() {
        [] => "no time: no batch was counted".to_owned(),
        counts => format!("no time, all batches failed: {}", counts.join(", ")),
    }
}

/// `timeout 2 requests`, `timeout 1 trial` where no request was made, `lost 1 trial`.
pub fn counts(failures: &[FailureCount], lost: Option<&LostTrials>) -> Vec<String> {
    let failures = failures.iter().map(|count| match count.requests {
        0 => format!("{} {}", count.kind, counted(count.trials, "trial")),
        requests => format!("{} {}", count.kind, counted(requests, "request")),
    });
    let lost = lost.map(|lost| format!("lost {}", counted(lost.trials, "trial")));
    failures.chain(lost).collect()
}

/// What to try.
pub const fn remedy(kind: FailureKind) -> &'static str {
    match kind {
        FailureKind::Dns => "Check the host name in the URL.",
        FailureKind::Refused => {
            "Check that the server runs, and that the host and the port in the URL are right."
        }
        FailureKind::Reset => {
            "Look into the server's log. Plain http:// to a TLS port also ends like this."
        }
        FailureKind::StreamRefused => {
            "Have fewer requests in flight at once (concurrency=N), keep the session, which knows the limit \
             after its first response (session=warm), or have the server allow more streams on a connection."
        }
        FailureKind::Timeout => "Give each trial more time: --timeout.",
        FailureKind::Tls => {
            "Use http:// for a server without TLS. If the certificate was refused, trust it with \
             --cacert FILE, or any certificate with -k."
        }
        FailureKind::CertificateUntrusted => {
            "Trust the authority that issued the server's certificate, or a self-signed \
             certificate itself, with --cacert FILE; or any certificate with -k."
        }
        FailureKind::CertificateName => {
            "Make a certificate that names the host of the URL: openssl req -x509 … -addext \
             subjectAltName=DNS:localhost,IP:127.0.0.1. Or use a host that it names, or -k."
        }
        FailureKind::CertificateDates => {
            "Make a new certificate (openssl req -x509 … -days 365), and check the clocks of both \
             machines. Or verify nothing with -k."
        }
        FailureKind::CertificateUnfit => {
            "Make a certificate for a server: openssl req -x509 … -addext \
             basicConstraints=critical,CA:FALSE -addext \
             subjectAltName=DNS:localhost,IP:127.0.0.1. Or trust this one with --cacert FILE, or \
             any with -k."
        }
        FailureKind::Http2Only => {
            "Ask for HTTP/2 where the strategy can (http=2), or enable HTTP/1.1 on the server."
        }
        FailureKind::Protocol => {
            "Check that the URL starts with what the server speaks, http:// or https://."
        }
        FailureKind::InterimStatus => {
            "This client's library cannot fetch from a server that sends interim responses. Turn \
             them off in the server, or measure another client, such as ureq or hyper."
        }
        FailureKind::Status => "Accept another status: --expect-status CODE.",
        FailureKind::Check => "Accept shorter bodies: --expect-min-bytes N.",
        FailureKind::Code | FailureKind::Unread => "Fix the measured code.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use explain::analyse;
    use insta::assert_snapshot;
    use model::recording::StopReason;
    use test_support::sample::{Sample, failure};

    /// What failed in an arm with a batch of five whose trials had these statuses; 0 is a request that
    /// was not answered.
    fn answered(trials: &[[u16; 5]]) -> String {
        let mut sample = Sample::new(&[("a/x", 5)]);
        for statuses in trials {
            let error = |&status: &u16| match status {
                0 => Some(failure(FailureKind::Timeout, "no answer within 30s")),
                200 => None,
                _ => Some(failure(FailureKind::Status, "an unexpected status")),
            };
            let errors: Vec<_> = statuses.iter().map(error).collect();
            sample.failed("a/x@5", &errors);
            let status = statuses.iter().map(|&status| (status != 0).then_some(status)).collect();
            sample.last_run().columns.status = Some(status);
        }
        clauses(&analyse(&sample.end(StopReason::Blocks)).arms[0]).join("; ")
    }

    #[test]
    fn names_the_failing_url_with_its_status_and_how_often_it_failed() {
        let one = [200, 404, 200, 200, 200];
        assert_snapshot!(answered(&[one, one]), @"1 of 5 requests failed in every trial: GET https://127.0.0.1:40001/todos/2 answered 404");
        let all = [200; 5];
        assert_snapshot!(answered(&[one, all, all]), @"1 of 5 requests failed in 1 of 3 trials: GET https://127.0.0.1:40001/todos/2 answered 404");
        assert_snapshot!(answered(&[[404, 200, 503, 200, 200]]), @"2 of 5 requests failed in every trial: GET https://127.0.0.1:40001/todos/1 answered 404; GET https://127.0.0.1:40001/todos/3 answered 503");
        assert_snapshot!(answered(&[[404, 404, 404, 404, 200]]), @"4 of 5 requests failed in every trial: GET https://127.0.0.1:40001/todos/1, GET https://127.0.0.1:40001/todos/2, GET https://127.0.0.1:40001/todos/3 and 1 other answered 404");
        assert_snapshot!(answered(&[[404, 404, 503, 503, 200]]), @"4 of 5 requests failed in every trial: GET https://127.0.0.1:40001/todos/1 and GET https://127.0.0.1:40001/todos/2 answered 404; GET https://127.0.0.1:40001/todos/3 answered 503; and 1 other");
    }

    #[test]
    fn counts_requests_where_others_fail_in_each_trial() {
        let (first, second) = ([404, 200, 200, 200, 200], [200, 404, 200, 200, 200]);
        assert_snapshot!(answered(&[first, second]), @"2 of 10 requests failed: GET https://127.0.0.1:40001/todos/1 and GET https://127.0.0.1:40001/todos/2 answered 404");
    }

    #[test]
    fn names_one_url_where_every_request_failed() {
        assert_snapshot!(answered(&[[404; 5], [404; 5]]), @"every request failed: GET https://127.0.0.1:40001/todos/1 and 4 others answered 404");
        assert_snapshot!(answered(&[[404; 5], [200; 5]]), @"every request failed in 1 of 2 trials: GET https://127.0.0.1:40001/todos/1 and 4 others answered 404");
        assert_snapshot!(answered(&[[0; 5]]), @"every request failed: GET https://127.0.0.1:40001/todos/1 and 4 others (no answer within 30s)");
    }

    #[test]
    fn names_no_url_where_own_code_failed() {
        let mut sample = Sample::new(&[("own/f", 2), ("own/g", 2)]);
        let message =
            "it raised an exception:\nTraceback:\n  f()\nZeroDivisionError: division by zero";
        let raised = || Some(failure(FailureKind::Code, message));
        sample.failed("own/f@2", &[raised(), raised()]);
        sample.add_failed("own/g@2", &[raised(), raised()]);
        sample.block(&[("own/g@2", 10)]);
        let analysis = analyse(&sample.end(StopReason::Blocks));
        let of = |arm: usize| clauses(&analysis.arms[arm]).join("; ");
        assert_snapshot!(of(0), @"every batch failed (it raised an exception: ZeroDivisionError: division by zero)");
        assert_snapshot!(of(1), @"the whole batch failed in 1 of 2 trials (it raised an exception: ZeroDivisionError: division by zero)");
    }

    #[test]
    fn finds_the_error_above_the_frames_of_javascript() {
        let message = "it threw an exception:\nTypeError: fetch failed\n    at async f (my.mjs:5:41)\n\
                       caused by: Error: bad port\n    at f (my.mjs:5:47)";
        assert_snapshot!(first_line(message), @"it threw an exception: caused by: Error: bad port");
        let left_out_of = |reason: &str| {
            left_out(&LeftOut { strategy: "own/f".to_owned(), reason: reason.to_owned() })
        };
        assert_snapshot!(left_out_of("my.mjs cannot be imported:\nError: no luck\n    at my.mjs:1:7"), @"own/f, my.mjs cannot be imported: Error: no luck");
        assert_snapshot!(left_out_of("my.mjs exports no function f"), @"own/f, my.mjs exports no function f");
    }

    #[test]
    fn groups_arms_that_failed_in_the_same_way() {
        let mut sample = Sample::new(&[("a/x", 2), ("b/y", 2), ("c/z", 2), ("a/x", 2)]);
        sample.set_role(3, "a/x@2#aa", Role::Aa);
        sample.block(&[]);
        for arm in ["a/x@2", "b/y@2", "a/x@2#aa"] {
            sample.add_failed(arm, &[None, Some(failure(FailureKind::Reset, "cut off"))]);
        }
        sample.lost("c/z@2", "the driver died");
        let analysis = analyse(&sample.end(StopReason::Blocks));
        let groups: Vec<String> = of_run(&analysis).iter().map(FailedArms::sentence).collect();
        assert_snapshot!(groups.join("\n"), @"
        a/x@2 and b/y@2: 1 of 2 requests failed in every trial: GET https://127.0.0.1:40001/todos/2 (cut off)
        c/z@2: 1 of 1 trial lost (the driver died)
        ");
    }
}
