//! Text of `lock_wait`.

use model::socket::ThreadWait;

use super::FindingText;
use super::phrases::{more, threads_of_arm_waited};

pub(super) const TEXT: FindingText = FindingText {
    title: "waiting for a lock",
    cause: |_| "requests wait for a lock".to_owned(),
    sentence: |finding| match threads_of_arm_waited(finding, ThreadWait::Lock) {
        Some(waited) => format!("{waited} before a request: {}.", more(finding)),
        None => format!("{} waits for a lock before a request: {}.", finding.label, more(finding)),
    },
    remedy: |_| {
        "Hold no lock while a request is in flight; give each thread its own session, or a larger pool."
            .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# lock_wait

Threads have a request to make, but wait for a lock first.

## What it means

A lock that is held during a request turns a thread pool into a loop. A connection pool that blocks
does the same: `urllib3.PoolManager(maxsize=1, block=True)` lets one request through at a time.

## How it is measured

The socket witness sees for which lock, condition or semaphore of the system a thread waits. The charge
is the part of the critical path in which a request waited for one. Two kinds of waits count:

- A thread that was started for a request waits before it, while at most one other request is in
  flight, or until a moment at which no response has just ended.
- A thread waits between two of its own requests. While other threads make requests, this counts only
  if threads of the first kind show that there is a lock.

A worker without work waits too. That is the normal queue of a pool and does not count. If several
requests are in flight while others wait, the batch has a limit: see `worker_limit`.

With `--why`, the finding names the lines of Python and JavaScript code on which this time passes.

## What looks like it

- `gil_wait`: the interpreter lock of CPython.
- `serial_round_trips`: nothing waits; the next request is only made when the last one is done.

## What to change

Do not hold a lock while a request is in flight.

```python
with lock:
    url = queue.pop()
body = session.get(url).content        # outside the lock
```

If the lock protects a session, give each thread its own. If it belongs to a connection pool, let the
pool keep as many connections as there are threads.
"#;
