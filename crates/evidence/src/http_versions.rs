//! Which versions of HTTP carried the requests of a trial: as the endpoint saw it, else as the client
//! reports it. The socket witness does not see it.

use std::collections::BTreeSet;

use model::http_version::HttpVersion;
use model::trial::{Outcome, Trial};
use model::witness::{RequestRow, Witness};

/// The versions by their names, such as `2`; none where neither saw a response.
pub fn http_versions(trial: &Trial) -> BTreeSet<&str> {
    let by_endpoint: BTreeSet<&str> = trial
        .witness
        .iter()
        .flat_map(|witness| witness.requests.iter().map(|row| version_of(row, witness).name()))
        .collect();
    match &trial.outcome {
        Outcome::Ran(run) if by_endpoint.is_empty() => {
            run.http.keys().map(String::as_str).collect()
        }
        Outcome::Ran(_) | Outcome::Lost(_) => by_endpoint,
    }
}

/// The version of a request. A connection of an earlier trial that has streams speaks HTTP/2.
fn version_of(row: &RequestRow, witness: &Witness) -> HttpVersion {
    if row.stream.is_none() {
        return HttpVersion::Http1;
    }
    let connection = witness.connections.iter().find(|connection| connection.id == row.connection);
    let counts = connection.and_then(|connection| connection.streams);
    counts.map_or(HttpVersion::Http2, |counts| counts.http)
}

#[cfg(test)]
mod tests {
    use super::*;
    use model::recording::StopReason;
    use test_support::sample::{Sample, request_row, stream_row};

    /// The versions of a trial whose client reports HTTP/2, with these rows of the endpoint.
    fn found(requests: Vec<RequestRow>) -> Vec<String> {
        let mut sample = Sample::new(&[("a/x", 1)]);
        sample.block(&[("a/x@1", 10)]);
        sample.last_run().http.insert("2".to_owned(), 1);
        sample.last_trial().witness =
            Some(Witness { requests: requests.into(), ..Witness::default() });
        let recording = sample.end(StopReason::Blocks);
        http_versions(&recording.trials[0]).into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn believes_the_endpoint_before_the_client() {
        let stream = RequestRow { stream: Some(stream_row(1)), ..request_row() };
        assert_eq!(found(vec![request_row()]), ["1.1"]);
        assert_eq!(found(vec![request_row(), stream]), ["1.1", "2"]);
        assert_eq!(found(Vec::new()), ["2"]);
    }
}
