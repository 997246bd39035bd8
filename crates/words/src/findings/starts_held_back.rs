//! Text of `starts_held_back`.

use explain::{Finding, FindingEvidence};

use super::FindingText;
use super::phrases::cost;
use crate::number::millis;

pub(super) const TEXT: FindingText = FindingText {
    title: "requests that the client starts late",
    cause: |finding| match spacing(finding) {
        Some(spacing) => format!("the client starts requests {spacing} apart"),
        None => "the client starts requests late".to_owned(),
    },
    sentence: |finding| {
        let label = &finding.label;
        match spacing(finding) {
            Some(spacing) => {
                format!("{label} starts its requests {spacing} apart: {}.", cost(finding))
            }
            None => format!("{label} holds its requests back: {}.", cost(finding)),
        }
    },
    remedy: |_| {
        "Raise the rate of the limiter, or limit the requests in flight instead of their rate."
            .to_owned()
    },
    page: PAGE,
};

fn spacing(finding: &Finding) -> Option<String> {
    finding.evidence.iter().find_map(|evidence| match evidence {
        FindingEvidence::Spacing(seconds) => Some(millis(*seconds)),
        _ => None,
    })
}

const PAGE: &str = r#"# starts_held_back

The client spaces the starts of its requests by a timer.

## What it means

A rate limiter lets one request pass every few milliseconds. With 16 requests and a spacing of 10 ms,
the last request starts 150 ms after the first, however fast the server is.

## How it is measured

The socket witness sees that a request starts right after a sleep or a timer. If the timer starts more
requests than responses have come, or starts them at a fixed spacing while fewer requests are in
flight than before, the limiter alone decides. Then the charge is the part of the critical path up to
the last start that a timer held back. Otherwise only the timers themselves count, while other
requests are in flight. With `--why` on own Python code, the size is what `sleeps=skipped` saves, and the
finding is *confirmed*.

With `--why`, the finding names the lines of Python and JavaScript code on which this time passes.

## What looks like it

- `sleeping`: nothing is in flight meanwhile.
- `worker_limit`: a request starts when another one ends.
- `throttled`: the server refuses requests.

## What to change

Raise the rate of the limiter as far as the server allows, or limit how many requests are in flight:

```python
permits = asyncio.Semaphore(16)                  # not one request every 10 ms
```
"#;
