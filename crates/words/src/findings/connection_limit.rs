//! Text of `connection_limit`.

use explain::{ClientLibrary, Finding};

use super::FindingText;
use super::phrases::{cost, counted_mean, limit, raise_condition, requests};

pub(super) const TEXT: FindingText = FindingText {
    title: "waiting for a free connection",
    cause: |finding| format!("{} for {}", connections(finding), requests(finding)),
    sentence: |finding| {
        format!(
            "{} may open only {} for {}: {}.",
            finding.label,
            connections(finding),
            requests(finding),
            cost(finding)
        )
    },
    remedy: |finding| {
        let Some(limit) = limit(finding) else { return String::new() };
        raise_condition(limit).unwrap_or_else(|| match finding.client.library {
            ClientLibrary::Aiohttp => format!("Use aiohttp.TCPConnector(limit={}).", limit.to),
            ClientLibrary::Httpx => format!("Use httpx.Limits(max_connections={}).", limit.to),
            _ => format!("Allow {} connections to the host.", limit.to),
        })
    },
    page: PAGE,
};

/// How many may be open: `4 connections`.
fn connections(finding: &Finding) -> String {
    let open = limit(finding).and_then(|limit| limit.from);
    counted_mean(open.map(|open| open as f64), "connection")
}

const PAGE: &str = r#"# connection_limit

Requests wait for a connection because no more may be open.

## What it means

A client that may open 4 connections sends 16 requests in four waves, however many tasks or threads
it has. The tasks look busy, but 12 of them wait for a connection.

## How it is measured

As for `worker_limit`: the time in `queue` on the critical path after the first step, plus the
exchanges of requests that started only when another one ended. It is this finding where the condition
`pool` is below the batch size and there are enough workers. With `--why`, the size is what a larger
`pool` saves, and the finding is *confirmed*.

## What looks like it

- `pool_overflow`: requests do not wait, but open connections that are not kept.
- `worker_limit` looks the same from outside. In your own code that finding covers both.

## What to change

Allow as many connections to the host as there are requests.

```python
connector = aiohttp.TCPConnector(limit=16)
async with aiohttp.ClientSession(connector=connector) as session:
    ...
```

With httpx, set `httpx.Limits(max_connections=16)`. In Node, set `connections` of the Agent. In a
built-in strategy, raise `pool`.
"#;
