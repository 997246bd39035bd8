//! Text of `loop_blocked`.

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "a blocked event loop",
    cause: |_| "the event loop is blocked while responses lie ready".to_owned(),
    sentence: |finding| {
        let label = &finding.label;
        format!(
            "The event loop of {label} is blocked while responses lie ready: {}.",
            more(finding)
        )
    },
    remedy: |_| {
        "Use no blocking call in a coroutine: asyncio.sleep, an async client, or asyncio.to_thread."
            .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# loop_blocked

The thread of the event loop does something else while responses lie ready.

## What it means

An event loop handles every response on one thread. A blocking call on it, such as `time.sleep`, a
lock, a child process or a long computation, keeps all responses waiting.

## How it is measured

The thread is the one that has several requests in flight at once. The size is the part of the critical
path in which a response lies ready while that thread sleeps, waits for a lock or a child process, or
computes for at least 20 ms without a break.

On the embedded endpoint, a response is ready when the endpoint has written it. On another server it
is ready when the thread later reads it without waiting, but no sooner than the fastest response of
the batch came.

## What looks like it

- `client_cpu`: each response needs a little work.
- `sleeping`: the loop sleeps while no response is ready.

## What to change

Use no blocking call in a coroutine.

```python
await asyncio.sleep(0.1)                         # not time.sleep(0.1)
data = await asyncio.to_thread(read_file, path)  # not read_file(path)
```

Move long computations to a `ProcessPoolExecutor`.
"#;
