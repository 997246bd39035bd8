//! Text of `dns`.

use explain::{ClientLibrary, ClientOrigin, Finding, FindingEvidence};

use super::FindingText;
use super::phrases::{WARM_SESSION, cost, counted_mean, has, session, with_setting};

pub(super) const TEXT: FindingText = FindingText {
    title: "DNS lookups",
    cause: |finding| match queue(finding) {
        Some(threads) => format!("DNS lookups that queue behind {threads}"),
        None => "DNS lookups".to_owned(),
    },
    sentence: |finding| {
        let (label, cost) = (&finding.label, cost(finding));
        match queue(finding) {
            Some(threads) => {
                format!("{label} waits for DNS lookups, which queue behind {threads}: {cost}.")
            }
            None => format!("{label} waits for DNS lookups: {cost}."),
        }
    },
    remedy,
    page: PAGE,
};

/// The threads behind which lookups queued.
fn queue(finding: &Finding) -> Option<String> {
    finding.evidence.iter().find_map(|evidence| match evidence {
        FindingEvidence::Lookups { lookups, threads } if *lookups >= LEAST_QUEUE * threads => {
            Some(counted_mean(Some(*threads), "thread"))
        }
        _ => None,
    })
}

/// From this number of lookups a thread on they queue, where they are made beside the requests.
const LEAST_QUEUE: f64 = 2.0;

fn remedy(finding: &Finding) -> String {
    let client = finding.client;
    match (client.library, client.origin) {
        (ClientLibrary::Curl, _) => {
            "Pass all URLs to one curl process, which resolves the name once.".to_owned()
        }
        (_, ClientOrigin::Command) => {
            "Reuse connections, or cache the address of the host.".to_owned()
        }
        (library, ClientOrigin::OwnCode) => {
            format!("Create one {} and use it for all requests and batches.", session(library))
        }
        (_, ClientOrigin::BuiltIn) if has(finding, WARM_SESSION) => {
            "Cache the address of the host, for example with a local resolver.".to_owned()
        }
        (library, ClientOrigin::BuiltIn) => {
            let instruction = format!("Keep one {} for all batches", session(library));
            with_setting(finding, &instruction, WARM_SESSION)
        }
    }
}

const PAGE: &str = r#"# dns

The batch waits for DNS lookups.

## What it means

Each new connection looks the host name up, unless something caches the answer. The resolvers of
Python and Node do not cache. aiohttp caches an answer for 10 s within one session. A slow resolver
adds its time to every new connection.

## How it is measured

The charge is the time in `dns` on the critical path, from the client's trace, or else from the socket
witness. Where neither reports lookups, this time is part of `client` or `connect`. With `--why` on own
Python code, the gain is measured: it is what `lookups=cached` saves, and the finding is *confirmed*.

The embedded endpoint has an address instead of a name, so you see this finding with your own server.

Lookups that few threads make one after another count from the first one on: a later one waits for its
thread. Node looks names up on half of libuv's four threads.

## What looks like it

- `cold_start`: work before the first request.

## What to change

Keep connections, or resolve the name once and keep the address. A local caching resolver
(`systemd-resolved`, `dnsmasq`) helps every program on the machine.

Where lookups queue, allow more threads: `UV_THREADPOOL_SIZE=32` for Node, a larger default executor for
Python's event loops.

```python
session = requests.Session()          # one session: one connection, one lookup
```
"#;
