//! Text of `pool_overflow`.

use explain::{ClientLibrary, Finding};

use super::FindingText;
use super::phrases::{cost, limit, raise_condition};
use crate::list::counted;

pub(super) const TEXT: FindingText = FindingText {
    title: "connections discarded by the pool",
    cause: |finding| match limit(finding).and_then(|limit| limit.from) {
        Some(kept) => {
            format!("the pool keeps {} and discards the rest", counted(kept, "connection"))
        }
        None => "the pool discards connections".to_owned(),
    },
    sentence: |finding| {
        format!("{} discards connections and opens new ones: {}.", finding.label, cost(finding))
    },
    remedy,
    page: PAGE,
};

fn remedy(finding: &Finding) -> String {
    let Some(limit) = limit(finding) else { return String::new() };
    raise_condition(limit).unwrap_or_else(|| own_code(finding.client.library, limit.to))
}

fn own_code(library: ClientLibrary, to: usize) -> String {
    match library {
        ClientLibrary::Requests => {
            format!("Mount HTTPAdapter(pool_maxsize={to}) on the requests.Session.")
        }
        ClientLibrary::Urllib3 => format!("Create the PoolManager with maxsize={to}."),
        ClientLibrary::Httpx => format!(
            "Create the httpx client with limits=httpx.Limits(max_keepalive_connections={to})."
        ),
        _ => format!("Let the pool keep {to} connections."),
    }
}

const PAGE: &str = r#"# pool_overflow

The client opens connections and discards them because its pool keeps fewer. The next request opens
another one.

## What it means

A pool that keeps 2 connections serves 8 threads badly: 6 of them open a connection, use it once and
close it. Every time, the batch pays for TCP and TLS again. urllib3 logs `Connection pool is full,
discarding connection`.

## How it is measured

The charge is the time on the critical path that opening connections takes (lookup, connect, TLS). It
counts where the client had closed a connection that it could have kept: during the batch, or for a
warm session in the batch before. The embedded endpoint sees this, and on any other server the
socket witness. With `--why`, the gain is measured: it is
what a larger `pool` saves, and the finding is *confirmed*.

Sometimes requests do not use the connections that a warm session opens, because a kept one is free
sooner. The charge is then what they wait for it.

## What looks like it

- `closed_by_server`: the server closes the connections. The evidence says which side did.
- `connection_setup`: a client that opens a connection for each request in turn does not keep any.

## What to change

Let the pool keep as many connections as requests are in flight.

```python
adapter = requests.adapters.HTTPAdapter(pool_maxsize=8)
session.mount("https://", adapter)
```

With httpx, set `httpx.Limits(max_keepalive_connections=8)`. In a built-in strategy, raise `pool`.
"#;
