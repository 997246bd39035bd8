//! Text of `closed_by_server`.

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "connections closed by the server",
    cause: |_| "the server closes connections".to_owned(),
    sentence: |finding| {
        let label = &finding.label;
        match finding.size {
            Some(_) => format!(
                "The server closes connections of {label}, which opens new ones: {}.",
                more(finding)
            ),
            None => {
                format!("The server closes connections of {label} while requests are on them.")
            }
        }
    },
    remedy: |finding| {
        match finding.size {
            Some(_) => "Raise the server's requests per connection, or its keep-alive timeout.",
            None => {
                "Raise the server's requests per connection, and retry requests that it cuts off."
            }
        }
        .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# closed_by_server

The server closes connections: after a number of requests, after a time, or without a reason. The
client opens new ones.

## What it means

Servers limit the number of requests per connection (nginx: `keepalive_requests`) and the time that an
idle connection stays open (`keepalive_timeout`). With low limits, the client pays for TCP and TLS
again and again.

## How it is measured

The charge is the time on the critical path of opening connections after the server had closed one. The
embedded endpoint sees who closed a connection, and on any other server the socket witness. If requests
fail because their connection ends, the finding has no size.

## What looks like it

- `pool_overflow`: the client closes the connections.
- `connection_setup`: neither side closes any, the client just needs more.

A server that closes because each request asks for it (`Connection: close`, as Python's `urlopen`
sends) does what the client wants. That is not this finding.

## What to change

Raise the server's limits, for example in nginx:

```nginx
keepalive_requests 10000;
keepalive_timeout  75s;
```

Retry a request whose connection was closed before its response.
"#;
