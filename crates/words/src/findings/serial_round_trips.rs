//! Text of `serial_round_trips`.

use explain::{ClientLibrary, ClientOrigin, Finding};

use super::FindingText;
use super::phrases::{more, requests};

pub(super) const TEXT: FindingText = FindingText {
    title: "one request at a time",
    cause: |_| "one request at a time".to_owned(),
    sentence: |finding| {
        let (label, requests) = (&finding.label, requests(finding));
        format!("{label} sends its {requests} one at a time: {}.", more(finding))
    },
    remedy,
    page: PAGE,
};

fn remedy(finding: &Finding) -> String {
    let batch = finding.batch_size;
    match (finding.client.library, finding.client.origin) {
        (ClientLibrary::Requests, _) => format!(
            "Send the requests concurrently: ThreadPoolExecutor({batch}) with one requests.Session."
        ),
        (ClientLibrary::Urllib3, _) => format!(
            "Send the requests concurrently: ThreadPoolExecutor({batch}) with one PoolManager(maxsize={batch})."
        ),
        (ClientLibrary::Aiohttp, _) => {
            "Start all requests with asyncio.gather; do not await them one by one.".to_owned()
        }
        (ClientLibrary::Httpx, origin) => in_threads_of_httpx(finding, origin),
        (ClientLibrary::Fetch | ClientLibrary::Node, _) => {
            "Start all requests with Promise.all; do not await them one by one.".to_owned()
        }
        (ClientLibrary::Curl, _) => {
            format!("Pass all URLs to one curl with --parallel --parallel-max {batch}.")
        }
        (_, ClientOrigin::Command) => "Have the program send its requests concurrently.".to_owned(),
        (ClientLibrary::Ureq | ClientLibrary::Hyper, _) => {
            "Send the requests concurrently, as ureq/threads and hyper/async do.".to_owned()
        }
        (ClientLibrary::Unknown, _) => {
            format!("Send the requests concurrently: {batch} threads, or an async client.")
        }
    }
}

/// An `AsyncClient` works more for each request than the blocking client that the built-in strategy is, so that
/// threads gain more.
fn in_threads_of_httpx(finding: &Finding, origin: ClientOrigin) -> String {
    let batch = finding.batch_size;
    let threads = format!(
        "Send the requests concurrently: ThreadPoolExecutor({batch}) with one httpx.Client"
    );
    match origin {
        ClientOrigin::BuiltIn => format!("{threads}."),
        ClientOrigin::OwnCode | ClientOrigin::Command => {
            format!("{threads}; in async code, asyncio.gather on one AsyncClient.")
        }
    }
}

const PAGE: &str = r#"# serial_round_trips

Requests run one after another, although they could run concurrently.

## What it means

Each request waits for the response to the one before it. A batch of 16 requests over a link with a
round trip of 11 ms waits 16 × 11 ms. Sent concurrently, the same requests wait about 11 ms.

An `async` function does not help by itself. A loop that awaits each request is serial, and so is an
`async` function that calls a blocking client. The evidence is the same: n requests on the critical
path.

## How it is measured

The charge is the time of the exchanges (send, wait, receive) of every request on the critical path
after the first. An exchange counts where it starts when the one before it ends and no worker limit
explains that. Against another arm, the finding needs fewer requests on that arm's critical path.

With `--why`, the program also measures a slower server. The finding is *confirmed* if the slope shows
that surely fewer than 1.5 requests wait at the same time.

## What looks like it

- `worker_limit`: the number of requests on the critical path is between 1 and n.
- `client_serialised`: there are several threads, but only one of them runs at a time.

## What to change

Send the requests concurrently. In Python with requests:

```python
with requests.Session() as session, ThreadPoolExecutor(16) as pool:
    bodies = list(pool.map(lambda url: session.get(url).content, urls))
```

With aiohttp:

```python
async with aiohttp.ClientSession() as session:
    bodies = await asyncio.gather(*[fetch(session, url) for url in urls])
```

In JavaScript, use `Promise.all`. With curl, pass all URLs to one process and add `--parallel`.
"#;
