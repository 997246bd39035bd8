//! Text of `connection_setup`.

use explain::{ClientLibrary, ClientOrigin, Finding, FindingEvidence, FindingFigure, Remedy};

use super::FindingText;
use super::phrases::{
    NOT_KEPT, REUSE_CONNECTIONS, WARM_SESSION, counted_mean, figure, has, more, reuse_session,
    session, with_setting,
};

pub(super) const TEXT: FindingText = FindingText {
    title: "opening connections",
    cause,
    sentence: |finding| {
        format!("{} waits for connections to open: {}.", finding.label, more(finding))
    },
    remedy,
    page: PAGE,
};

fn cause(finding: &Finding) -> String {
    let retried = finding.evidence.iter().find_map(|evidence| match evidence {
        FindingEvidence::RetriedConnects(retried) => Some(*retried),
        _ => None,
    });
    match retried {
        Some(_) => format!("{} retried after 1 s", counted_mean(retried, "connection")),
        None => {
            let opened = figure(finding, FindingFigure::ConnectionsOpened);
            format!("opening {}", counted_mean(opened, "connection"))
        }
    }
}

fn remedy(finding: &Finding) -> String {
    if finding.remedy == Remedy::OpenFewerAtOnce {
        return "Open fewer connections at once, or raise the server's listen backlog.".to_owned();
    }
    let client = finding.client;
    match (client.library, client.origin) {
        (ClientLibrary::Curl, _) => {
            "Pass all URLs to one curl process, which reuses its connections.".to_owned()
        }
        (_, ClientOrigin::Command) => REUSE_CONNECTIONS.to_owned(),
        (library, ClientOrigin::OwnCode) => reuse_session(library),
        (_, ClientOrigin::BuiltIn) if has(finding, WARM_SESSION) => NOT_KEPT.to_owned(),
        (library, ClientOrigin::BuiltIn) => {
            let instruction = format!("Keep one {} for all batches", session(library));
            with_setting(finding, &instruction, WARM_SESSION)
        }
    }
}

const PAGE: &str = r#"# connection_setup

The batch waits for round trips that open connections: TCP's, and those of the TLS handshake.

## What it means

A new TCP connection costs one round trip before the first request. TLS 1.3 costs one more, TLS 1.2
two more. A kept connection costs none. A program that creates a session for each request or each
batch pays again every time.

## How it is measured

The charge is the time of `connect` on the critical path, plus the round trips within the TLS handshake:
one with TLS 1.3 or resumption, two with a full TLS 1.2 handshake. For an arm without another to
compare with, the finding needs serial requests that each open a connection.

**A server that does not answer at first.** A server whose listen backlog is full drops new
connections. The client's system tries again after one second, then after two more
([RFC 6298](https://www.rfc-editor.org/rfc/rfc6298)). Python's own `http.server` has a backlog of
five. The evidence then says how many connections needed a retry. A retry is a connect that takes
0.98 s or more by the client's own trace. There must be one in at least every other batch. Lost
packets look the same.

## What looks like it

- `handshake_cost` is the CPU work besides these round trips.
- `tls_preparation` comes before them.
- `pool_overflow` and `closed_by_server` are connections that are opened *again*.

A long link makes this finding large, a slow CPU the others.

## What to change

Keep connections: one session for all requests and all batches.

```python
session = requests.Session()          # once
for url in urls:
    session.get(url)                  # not requests.get(url)
```

Where connections are retried, open fewer at once, or raise the server's listen backlog.
"#;
