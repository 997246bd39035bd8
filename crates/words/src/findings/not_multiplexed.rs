//! Text of `not_multiplexed`.

use super::FindingText;
use super::phrases::{cost, requests};

pub(super) const TEXT: FindingText = FindingText {
    title: "HTTP/2 with one stream at a time",
    cause: |_| "HTTP/2 with one stream at a time".to_owned(),
    sentence: |finding| {
        let (label, requests) = (&finding.label, requests(finding));
        format!(
            "{label} speaks HTTP/2, but sends its {requests} one stream at a time: {}.",
            cost(finding)
        )
    },
    remedy: |finding| {
        format!(
            "Let the client open {} streams at once: in undici, new Agent({{ allowH2: true, pipelining: {} }}).",
            finding.batch_size, finding.batch_size
        )
    },
    page: PAGE,
};

const PAGE: &str = r#"# not_multiplexed

The client speaks HTTP/2, but opens one stream at a time, although several requests are in flight.

## What it means

Over HTTP/2 the requests of a batch can share one connection and run at once. A client that sends the next
request only when the response to the one before it has ended uses the connection as HTTP/1.1 does. It
may be slower than HTTP/1.1, for which it would open more connections.

## How it is measured

The embedded endpoint counts the streams that are open at once on each connection. The finding needs a
most of 1 where the client has several requests in flight. The charge is the time of requests that waited for
the stream before them, and their exchanges.

## What looks like it

- `serial_round_trips`: the code itself starts one request after another.
- `stream_limit`: the server allows one stream at a time.

## What to change

Allow more streams. undici counts them as pipelined requests:

```js
const agent = new Agent({ allowH2: true, pipelining: 100 });
```

In your own code, look for a lock around the session, or for an `await` in a loop.
"#;
