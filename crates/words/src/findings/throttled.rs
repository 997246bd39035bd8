//! Text of `throttled`.

use explain::FindingFigure;

use super::FindingText;
use super::phrases::{counted_mean, figure, more};

pub(super) const TEXT: FindingText = FindingText {
    title: "requests refused with 429",
    cause: |finding| {
        let refused = figure(finding, FindingFigure::Refused);
        format!("{} refused with 429", counted_mean(refused, "request"))
    },
    sentence: |finding| {
        let label = &finding.label;
        match finding.size {
            Some(_) => format!(
                "The server refuses requests of {label} for a while (429): {}.",
                more(finding)
            ),
            None => format!("The server returns 429 to {label}, which does not retry."),
        }
    },
    remedy: |finding| {
        match finding.size {
            Some(_) => "Send fewer requests at once, and retry after the time in Retry-After.",
            None => "Retry after the time in Retry-After, and send fewer requests at once.",
        }
        .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# throttled

The server refuses requests because there are too many of them (status 429).

## What it means

A rate limit allows a number of requests in a time window. Requests beyond it are refused, and the
client must wait and send them again. A client that does not retry fails.

## How it is measured

The charge is the time on the critical path from the arrival of a refused request until it is sent
again. If the client does not retry, the batch fails and the finding has no size.

## What looks like it

- `server_capacity`: the server lets requests wait instead of refusing them.

## What to change

Send fewer requests at once, and retry after the time that `Retry-After` names.

```python
retries = urllib3.Retry(total=3, status_forcelist=[429], respect_retry_after_header=True)
session.mount("https://", requests.adapters.HTTPAdapter(max_retries=retries))
```

With curl, add `--retry 3`.
"#;
