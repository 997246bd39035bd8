//! Text of `alpn_fanout`.

use explain::{Finding, FindingFigure};

use super::FindingText;
use super::phrases::{counted_mean, figure, more};

pub(super) const TEXT: FindingText = FindingText {
    title: "connections opened before HTTP/2 was known",
    cause: |finding| format!("{} where one would do", opened(finding)),
    sentence: |finding| {
        let label = &finding.label;
        format!(
            "{label} opens {} over HTTP/2 where one would carry all requests: their handshakes take {}.",
            opened(finding),
            more(finding)
        )
    },
    remedy: |finding| match finding.strategy.split('/').next() {
        Some("pycurl" | "curl_cffi" | "command") => {
            "Let requests wait for the first connection: CURLOPT_PIPEWAIT=1.".to_owned()
        }
        _ => "Send one request first, and the others when its connection is open.".to_owned(),
    },
    page: PAGE,
};

fn opened(finding: &Finding) -> String {
    counted_mean(figure(finding, FindingFigure::ConnectionsOpened), "connection")
}

const PAGE: &str = r#"# alpn_fanout

The client opens a connection for each request of the first burst, although one would carry all of them
over HTTP/2.

## What it means

Whether a server speaks HTTP/2 shows only in the TLS handshake (ALPN). A client that starts 16 requests
at once on a new session cannot know it yet, so it opens 16 connections. Then hyper and reqwest move all
requests to the first connection and close the other 15. libcurl and niquests send one request over each.
The handshakes delay the first request too, because they compete for the same CPU.

## How it is measured

The endpoint counts the connections that were opened, those that carried a request, and the streams on
each. The finding needs HTTP/2, and either a connection without a request, or several connections with
one stream at a time. The charge is the time of handshakes on the critical path beyond their round trips,
and of preparing them. The size is the share of it that falls on the connections beyond the first, as if
each took as much.

## What looks like it

- `handshake_cost`: each connection is needed.
- `pool_overflow`: connections are used and then thrown away.

## What to change

Send one request first and the others when its connection is open, or keep the session. libcurl has an
option that lets requests wait for the first connection:

```python
handle.setopt(pycurl.PIPEWAIT, 1)
```
"#;
