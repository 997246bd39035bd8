//! Text of `h2_off`.

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "HTTP/1.1 where HTTP/2 is faster",
    cause: |_| "HTTP/1.1 where HTTP/2 is faster".to_owned(),
    sentence: |finding| {
        format!(
            "{} speaks HTTP/1.1 and needs more connections or turns than over HTTP/2: {}.",
            finding.label,
            more(finding)
        )
    },
    remedy: |_| "Ask for HTTP/2 (http=2).".to_owned(),
    page: PAGE,
};

const PAGE: &str = r#"# h2_off

The client can speak HTTP/2 with this server, but speaks HTTP/1.1, and that costs time.

## What it means

Over HTTP/1.1 a connection carries one request at a time. A batch needs many connections, with a
handshake each, or its requests take turns. Over HTTP/2 they share one connection.

## How it is measured

Two arms of one strategy differ in the condition `http` alone. Both were seen to speak what they asked
for. The charge is what the arm over HTTP/1.1 needs more of: opening connections, their handshakes,
waiting for a connection, and taking turns.

## What looks like it

- `connection_setup`, `connection_limit` and `serial_round_trips` are parts of it. They are not found
  besides.
- `h2_cpu` is the opposite: over HTTP/2 the client computes longer.

## What to change

Ask for HTTP/2: `httpx.AsyncClient(http2=True)` with the package `h2`, `new Agent({ allowH2: true })` in
undici, `http=2` in a built-in strategy.
"#;
