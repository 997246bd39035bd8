//! Text of `split_request`.

use super::FindingText;
use super::phrases::cost;

pub(super) const TEXT: FindingText = FindingText {
    title: "requests written in parts",
    cause: |_| "requests written in parts without TCP_NODELAY".to_owned(),
    sentence: |finding| {
        format!(
            "{} writes each request in parts, and its kernel keeps the last part back: {}.",
            finding.label,
            cost(finding)
        )
    },
    remedy: |_| {
        "Set TCP_NODELAY on the client's sockets, or write each request in one call.".to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# split_request

The client writes a request in two or more small parts without `TCP_NODELAY`. Its kernel keeps the last
part back for about 40 ms.

## What it means

Nagle's algorithm keeps a small packet back until the packet before it is acknowledged. The server's
kernel delays that acknowledgement by up to 40 ms on Linux, because the server has nothing to answer
yet. The server is not at fault: the request reaches it late.

## How it is measured

The socket witness asks the kernel after a further write whether it still holds bytes that it has not
sent, and later when it sent them. The charge is the time on the critical path from the last write of
such a request until the endpoint received it. On another server it ends when the kernel sent it, by a
clock that ticks every 1 to 10 ms. With `--why` on own Python code, the gain is measured: it is what
`nodelay=on` saves, and the finding is *confirmed*.

## What looks like it

- `delayed_ack`: the same algorithm at the server, which writes its response in parts.
- `slow_body` and `straggler`: the server takes long.

## What to change

Set `TCP_NODELAY`, or write the whole request in one call.

```python
link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
link.sendall(head + body)             # not two calls
```
"#;
