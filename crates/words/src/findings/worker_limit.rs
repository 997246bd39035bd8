//! Text of `worker_limit`.

use explain::{ClientLibrary, Finding, FindingFigure};

use super::FindingText;
use super::phrases::{cost, counted_mean, figure, limit, raise_condition, requests};
use crate::number::count;

pub(super) const TEXT: FindingText = FindingText {
    title: "waiting for a free worker",
    cause,
    sentence: |finding| {
        let (label, requests) = (&finding.label, requests(finding));
        let waves = match most(finding) {
            Some(most) => format!("in waves of {}", count(most)),
            None => "in waves".to_owned(),
        };
        format!("{label} sends its {requests} {waves}: {}.", cost(finding))
    },
    remedy,
    page: PAGE,
};

fn cause(finding: &Finding) -> String {
    let requests = requests(finding);
    let condition = limit(finding).and_then(|limit| limit.condition.as_deref());
    match (condition, most(finding)) {
        (Some("workers"), Some(most)) => {
            format!("{} for {requests}", counted_mean(Some(most), "worker"))
        }
        (_, Some(most)) => format!("at most {} of {requests} at once", count(most)),
        (_, None) => format!("too few workers for {requests}"),
    }
}

/// The most requests in flight: the limit where a condition sets it, otherwise what was observed.
fn most(finding: &Finding) -> Option<f64> {
    let set = limit(finding).and_then(|limit| limit.from).map(|from| from as f64);
    set.or_else(|| figure(finding, FindingFigure::MostAtServer))
}

fn remedy(finding: &Finding) -> String {
    let Some(limit) = limit(finding) else { return String::new() };
    raise_condition(limit).unwrap_or_else(|| own_code(finding.client.library, limit.to))
}

fn own_code(library: ClientLibrary, to: usize) -> String {
    match library {
        ClientLibrary::Requests | ClientLibrary::Urllib3 => {
            format!("Allow {to} requests at once: ThreadPoolExecutor({to}).")
        }
        ClientLibrary::Aiohttp => format!(
            "Allow {to} requests at once: asyncio.Semaphore({to}), TCPConnector(limit={to})."
        ),
        ClientLibrary::Httpx => format!(
            "Allow {to} requests at once: asyncio.Semaphore({to}), Limits(max_connections={to})."
        ),
        ClientLibrary::Node => {
            format!("Allow {to} requests at once: pLimit({to}), and an Agent with {to} sockets.")
        }
        ClientLibrary::Curl => {
            format!("Allow {to} requests at once: curl --parallel --parallel-max {to}.")
        }
        _ => format!("Allow {to} requests at once: {to} workers, or a semaphore of {to}."),
    }
}

const PAGE: &str = r#"# worker_limit

Requests wait for a free worker or a permit, so the batch runs in waves.

## What it means

6 workers send 16 requests in three waves: 6, 6 and 4. Each wave takes a round trip. With 16 workers
there is one wave.

## How it is measured

The charge is the time in `queue` on the critical path after the first step. The exchanges of requests
that started only when another one ended are added to it. With `--why`, the gain is measured: it is what
as many `workers` (or as much `concurrency`) as requests save, and the finding is *confirmed*. That is
often less than what was observed, because more connections also cost something.

## What looks like it

- `server_capacity`: requests wait *at the server*. The embedded endpoint distinguishes the two.
- `connection_limit` looks the same from outside. It is reported where `pool` is set too low.

In your own code nothing says which of the two it is, and `worker_limit` means both: look for the size
of the thread pool, the semaphore and the connection limit.

## What to change

Allow as many requests at once as the batch has, as far as the server accepts it. If that many might save
nothing because the client becomes too busy, the finding names the number that certainly saves most, if it is
at least twice the present one.

```python
with ThreadPoolExecutor(max_workers=16) as pool:      # 16 requests
    bodies = list(pool.map(fetch, urls))
```

In async code, widen the semaphore. aiohttp opens at most 100 connections, httpx at most 100. In a
built-in strategy, raise `workers` or `concurrency`.
"#;
