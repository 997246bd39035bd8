//! Text of `straggler`.

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "single requests far slower than the rest",
    cause: |_| "single requests far slower than the rest".to_owned(),
    sentence: |finding| {
        let label = &finding.label;
        format!("Single requests of {label} wait far longer than the others: {}.", more(finding))
    },
    remedy: |_| {
        "Find out why the server is slow for these; send them first, or retry after a timeout."
            .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# straggler

Single requests wait far longer for their response than the others of their batch.

## What it means

A batch is done when its slowest request is done. One resource that takes 50 ms longer makes the whole
batch 50 ms longer, if nothing else runs after it.

## How it is measured

The charge is the wait of such a request on the critical path beyond the median wait of its batch. "Far
longer" means at least half of the median more, and six median absolute deviations more. The batch
needs at least four requests. With the embedded endpoint, only time in the server counts.

## What looks like it

- `server_capacity`: many requests wait.
- A stalled machine delays any request, rarely the same one in each batch.

## What to change

Find out why the server is slow for these requests: a missing index, a cold cache, a larger answer.
Send them first, or set a timeout and retry.

```python
urls.sort(key=is_slow, reverse=True)         # slow ones first
```
"#;
