//! Text of `gil_wait`.

use model::socket::ThreadWait;

use super::FindingText;
use super::phrases::{more, threads_of_arm_waited};

pub(super) const TEXT: FindingText = FindingText {
    title: "waiting for the interpreter lock",
    cause: |_| "threads wait for the interpreter lock".to_owned(),
    sentence: |finding| match threads_of_arm_waited(finding, ThreadWait::InterpreterLock) {
        Some(waited) => format!("{waited}: {}.", more(finding)),
        None => {
            let label = &finding.label;
            format!("{label} waits for the interpreter lock while others run: {}.", more(finding))
        }
    },
    remedy: |_| "Move CPU work to other processes, or use a Python without the GIL.".to_owned(),
    page: PAGE,
};

const PAGE: &str = r#"# gil_wait

Threads wait for the interpreter lock of CPython (the GIL) while another thread runs.

## What it means

CPython runs one thread at a time. A thread that reads a response needs the lock before it can go on.
If another thread computes, it gets the lock after 5 ms at the earliest. A batch that decodes large
bodies on several threads therefore takes as long as on one.

Waiting for the network is not affected: a thread gives the lock back before it waits.

## How it is measured

The socket witness sees the wait itself. The charge is the part of the critical path in which the thread
that matters waits for the lock. The evidence says how many threads waited, and how long they did
together.

With `--why`, the finding names the lines of Python and JavaScript code on which this time passes.

## What looks like it

- `client_cpu`: the same work on one thread. With several threads, the work itself is reported as
  `client_serialised`.
- `lock_wait`: a lock of the program or of a library.

## What to change

Move the work to other processes, or use a Python without the GIL.

```python
bodies = fetch_all(urls)                             # network first, on threads
with ProcessPoolExecutor() as pool:
    results = list(pool.map(parse, bodies))          # then the CPU work, in processes
```
"#;
