//! Text of `pools_too_few`.

use explain::ClientLibrary;

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "more hosts than pools",
    cause: |_| "more hosts than the session keeps pools for".to_owned(),
    sentence: |finding| {
        format!(
            "{} closes the connections of one host to open those of another: {}.",
            finding.label,
            more(finding)
        )
    },
    remedy: |finding| {
        match finding.client.library {
            ClientLibrary::Requests => {
                "Mount an HTTPAdapter with pool_connections of at least the number of hosts."
            }
            ClientLibrary::Urllib3 => {
                "Create the PoolManager with num_pools of at least the number of hosts."
            }
            _ => "Raise the number of hosts for which the session keeps connections.",
        }
        .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# pools_too_few

The batch goes to more hosts than the session keeps connection pools for. The client closes the
connections of one host to make room for another, and opens them again later.

## What it means

A session keeps one pool of connections for each host, and a limited number of pools: 10 in requests
and urllib3. With more hosts in turn, each one has lost its pool when its turn comes again.

## How it is measured

The charge is the time on the critical path of opening connections after the client had closed others.
The batch must go to several addresses. The client must never have two connections to one address at
once.

## What looks like it

- `pool_overflow`: one host, and more requests in flight than the pool keeps connections.
- `closed_by_server`: the server closes the connections.

## What to change

Keep at least as many pools as there are hosts.

```python
session.mount("https://", requests.adapters.HTTPAdapter(pool_connections=50))
urllib3.PoolManager(num_pools=50)
```
"#;
