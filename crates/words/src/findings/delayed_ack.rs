//! Text of `delayed_ack`.

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "delayed TCP acknowledgements",
    cause: |_| "delayed acknowledgements (40 ms each)".to_owned(),
    sentence: |finding| {
        let label = &finding.label;
        format!(
            "Responses to {label} end 40 ms late, as with a delayed acknowledgement: {}.",
            more(finding)
        )
    },
    remedy: |_| "Set TCP_NODELAY on the server, or write head and body in one call.".to_owned(),
    page: PAGE,
};

const PAGE: &str = r#"# delayed_ack

Responses end 40 ms after they start. The server writes head and body separately and waits for an
acknowledgement in between, which the client's kernel delays.

## What it means

Nagle's algorithm holds back a small packet until the previous one is acknowledged. The receiver
delays that acknowledgement by up to 40 ms on Linux. Together they add 40 ms to each such response.

## How it is measured

A response counts under three conditions: it ends 38 to 60 ms after its first byte, the server wrote
it within 5 ms, and its body has at most 64 KB. For a client that reports no milestones, the time is
between one response and the next request on its connection.

Your own server does not report when it wrote a response. There the socket witness must see one pause
between two reads, in at least three quarters of the responses of a batch that have a long one. It asks
the client's kernel whether it acknowledged the first part meanwhile. It must have done so in 95% of all
pauses, and a quarter of them must be about as short as the kernel's timer, 40 ms and a tick of its
clock. Other pauses are `slow_body`: a server that works for 40 ms is often done before the
acknowledgement.

## What looks like it

- `bandwidth`: the time grows with the number of bytes.
- `slow_body`: the server works between head and body.
- `split_request`: the client's own requests leave late, for the same reason.

The [page on the emulated link](../link.md) says which responses it affects.

## What to change

Set `TCP_NODELAY` on the server's sockets, or write head and body in one call.

```python
class Handler(http.server.SimpleHTTPRequestHandler):
    disable_nagle_algorithm = True
    wbufsize = -1                     # buffer head and body together
```
"#;
