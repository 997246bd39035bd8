//! Text of `requests_per_item`.

use explain::{Finding, FindingEvidence, RequestCount};

use super::FindingText;
use super::phrases::more;
use crate::number::count;

pub(super) const TEXT: FindingText = FindingText {
    title: "more requests than items",
    cause: |finding| format!("{} for each item", total(finding)),
    sentence: |finding| {
        format!("{} makes {} for each item: {}.", finding.label, total(finding), more(finding))
    },
    remedy: |finding| remedy(counts(finding)),
    page: PAGE,
};

fn counts(finding: &Finding) -> &[RequestCount] {
    let counts = finding.evidence.iter().find_map(|evidence| match evidence {
        FindingEvidence::RequestsPerItem(counts) => Some(counts.as_slice()),
        _ => None,
    });
    counts.unwrap_or_default()
}

/// `2 requests`; `several requests` where they were not counted.
fn total(finding: &Finding) -> String {
    match counts(finding) {
        [] => "several requests".to_owned(),
        counts => format!("{} requests", count(counts.iter().map(|each| each.per_item).sum())),
    }
}

/// What to change, by the extra requests that are seen.
fn remedy(counts: &[RequestCount]) -> String {
    let statuses = || counts.iter().filter_map(|each| each.status);
    let is_asked =
        |each: &&RequestCount| matches!(each.method.as_deref(), Some("HEAD" | "OPTIONS"));
    if let Some(unauthorized) = statuses().find(|status| matches!(status, 401 | 407)) {
        format!("Send the credentials with the first request, not only after a {unauthorized}.")
    } else if let Some(failed) = statuses().find(|&status| status >= 500) {
        format!("Find out why the server answers {failed}: each time the client tries again.")
    } else if let Some(asked) = counts.iter().find(is_asked) {
        let method = asked.method.as_deref().unwrap_or_default();
        format!("Request each item without a {method} before it.")
    } else {
        "Request each item once, and keep its body.".to_owned()
    }
}

const PAGE: &str = r#"# requests_per_item

The client makes more than one request for an item of the batch.

## What it means

The extra requests take a round trip each, and one at a time they add up. Usual reasons:

- A `HEAD` before each `GET`, to see whether the item is there or how long it is.
- A request without credentials, which the server answers with 401, and the same request again with
  them. `requests` does this with `HTTPDigestAuth`, curl with `--anyauth`.
- Another attempt after an error of the server (5xx).
- The same item requested twice.

## How it is measured

The embedded endpoint counts the requests by method and status. The charge is the time on the critical
path from the arrival of an extra request until the next request for the same item.

## What looks like it

- `redirects`: the extra request follows a redirect.
- `throttled`: the extra request follows a refusal with 429.
- `serial_round_trips`: one request for each item, one after another. Both can be true at once.

## What to change

Request each item once. A `GET` says whether the item is there and how long it is. Send credentials with
the first request:

```python
session.auth = (user, password)  # requests: Basic, sent with every request
```
"#;
