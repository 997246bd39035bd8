//! Text of `loop_blocked`.

use super::FindingText;
use super::phrases::cost;

pub(super) const TEXT: FindingText = FindingText {
    title: "a blocked event loop",
    cause: |_| "a call blocks the event loop".to_owned(),
    sentence: |finding| {
        format!("A call blocks the event loop of {}: {}.", finding.label, cost(finding))
    },
    remedy: |_| {
        "Use no blocking call in a coroutine: asyncio.sleep, an async client, or asyncio.to_thread."
            .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# loop_blocked

The thread of the event loop sleeps, waits or computes instead of handling responses.

## What it means

An event loop handles every response on one thread. A blocking call on it, such as `time.sleep`, a
lock, a child process or a long computation, keeps all responses waiting.

## How it is measured

The thread is the one that has several requests in flight at once. The charge is the part of the critical
path in which that thread sleeps; in which it waits for a lock, a pipe or a child process while requests
are in flight; and in which it computes for at least 20 ms without a break while a response lies ready.
With `--why` on own Python code, the size is what `sleeps=skipped` saves if it saves time, and the
finding is *confirmed*.

On the embedded endpoint, a response is ready when the endpoint has written it. On another server it
is ready when the thread later reads it without waiting, but no sooner than the fastest response of
the batch came.

With `--why`, the finding names the lines of Python and JavaScript code on which this time passes.

## What looks like it

- `client_cpu`: each response needs a little work.
- `sleeping`: a client without concurrent requests sleeps, or awaits a timer.

## What to change

Use no blocking call in a coroutine.

```python
await asyncio.sleep(0.1)                         # not time.sleep(0.1)
data = await asyncio.to_thread(read_file, path)  # not read_file(path)
```

Move long computations to a `ProcessPoolExecutor`.
"#;
