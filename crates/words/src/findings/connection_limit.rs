//! Text of `connection_limit`.

use explain::{ClientLibrary, Finding, FindingFigure};

use super::FindingText;
use super::phrases::{cost, counted_mean, figure, limit, raise_condition, requests};

pub(super) const TEXT: FindingText = FindingText {
    title: "waiting for a free connection",
    cause: |finding| format!("{} for {}", connections(finding), requests(finding)),
    sentence: |finding| {
        let (label, requests) = (&finding.label, requests(finding));
        match open(finding) {
            Some(_) => {
                let connections = connections(finding);
                format!("{label} may open only {connections} for {requests}: {}.", cost(finding))
            }
            None => {
                format!("{label} may open too few connections for {requests}: {}.", cost(finding))
            }
        }
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
    match open(finding) {
        Some(open) => counted_mean(Some(open), "connection"),
        None => "too few connections".to_owned(),
    }
}

/// How many may be open: the limit where a condition sets it, otherwise what was observed.
fn open(finding: &Finding) -> Option<f64> {
    let set = limit(finding).and_then(|limit| limit.from).map(|from| from as f64);
    set.or_else(|| figure(finding, FindingFigure::MostAtServer))
}

const PAGE: &str = r#"# connection_limit

Requests wait for a connection because no more may be open.

## What it means

A client that may open 4 connections sends 16 requests in four waves, however many tasks or threads
it has. The tasks look busy, but 12 of them wait for a connection.

## How it is measured

As for `worker_limit`: the time in `queue` on the critical path after the first step, plus the exchanges
of requests that started only when another one ended. It is this finding where the condition `pool` is
below the batch size and there are enough workers. With `--why`, the gain is measured: it is what a
larger `pool` saves, and the finding is *confirmed*.

## What looks like it

- `pool_overflow`: requests do not wait, but open connections that are not kept.
- `worker_limit` looks the same from outside. In your own code that finding covers both, unless `--why`
  tried a larger pool and it saved time.

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
