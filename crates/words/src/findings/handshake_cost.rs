//! Text of `handshake_cost`.

use explain::{ClientLibrary, ClientOrigin, Finding, FindingFigure};

use super::FindingText;
use super::phrases::{
    NOT_KEPT, RESUMPTION, WARM_SESSION, cost, counted_mean, figure, has, session, with_setting,
};

pub(super) const TEXT: FindingText = FindingText {
    title: "CPU work of TLS handshakes",
    cause: |finding| {
        let full = figure(finding, FindingFigure::FullHandshakes);
        format!("CPU work of {}", counted_mean(full, "TLS handshake"))
    },
    sentence: |finding| {
        format!("{} spends CPU time on TLS handshakes: {}.", finding.label, cost(finding))
    },
    remedy,
    page: PAGE,
};

fn remedy(finding: &Finding) -> String {
    let client = finding.client;
    if finding.because {
        return with_setting(finding, "Resume TLS sessions", RESUMPTION);
    }
    match (client.library, client.origin) {
        (ClientLibrary::Curl, _) => {
            "Pass all URLs to one curl process, which reuses its connections.".to_owned()
        }
        (_, ClientOrigin::Command) => "Open fewer connections and reuse them.".to_owned(),
        (library, ClientOrigin::OwnCode) => format!(
            "Open fewer connections: create one {} and use it for all requests.",
            session(library)
        ),
        (_, ClientOrigin::BuiltIn) if has(finding, WARM_SESSION) => NOT_KEPT.to_owned(),
        (library, ClientOrigin::BuiltIn) => {
            let instruction =
                format!("Open fewer connections and keep one {} for all batches", session(library));
            with_setting(finding, &instruction, WARM_SESSION)
        }
    }
}

const PAGE: &str = r#"# handshake_cost

The CPU work of TLS handshakes, besides their round trips.

## What it means

A full TLS handshake computes keys and checks signatures. On a small machine that is milliseconds for
each connection, and connections that open at once wait for the same CPU.

## How it is measured

The charge is the time of TLS handshakes on the critical path without their round trips, beyond the
fastest arm. With `--why`, the gain is measured: it is what `resume=on` saves, and the finding is
*confirmed*.

On the embedded endpoint, the server's half of the work runs on the same machine and is part of it.

## What looks like it

- `connection_setup` is the round trips of the same handshakes.
- `tls_preparation` comes before the first byte of the handshake.

## What to change

Open fewer connections, keep them from batch to batch, or resume TLS sessions. This code performs a
handshake for each request:

```python
for url in urls:
    http.client.HTTPSConnection(host, context=context).request("GET", url)
```

Create the connection once, before the loop.
"#;
