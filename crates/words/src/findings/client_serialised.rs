//! Text of `client_serialised`.

use explain::{Finding, FindingEvidence, Remedy};
use model::socket::ThreadWait;

use super::FindingText;
use super::phrases::{counted_mean, more, threads_waited, waiting};

pub(super) const TEXT: FindingText = FindingText {
    title: "threads that run one at a time",
    cause: |finding| {
        let threads = counted_mean(threads(finding), "thread");
        match finding.remedy {
            Remedy::ReleaseLock => format!("a lock lets one of {threads} send at a time"),
            _ if waiting(finding, ThreadWait::InterpreterLock).is_some() => {
                format!("{threads} run one at a time (GIL)")
            }
            _ => format!("{threads} share one core (lock or GIL)"),
        }
    },
    sentence: |finding| {
        let (label, threads) = (&finding.label, counted_mean(threads(finding), "thread"));
        match waiting(finding, ThreadWait::InterpreterLock) {
            Some(waiting) => {
                let waited = threads_waited(ThreadWait::InterpreterLock, waiting);
                format!("One thread of {label} computes at a time; {waited}: {}.", more(finding))
            }
            None => {
                format!("{label} has {threads} but only one runs at a time: {}.", more(finding))
            }
        }
    },
    remedy: |finding| match finding.remedy {
        Remedy::ReleaseLock => "Release the lock before you send a request.".to_owned(),
        _ => "Move CPU work to other processes, or use a Python without the GIL.".to_owned(),
    },
    page: PAGE,
};

fn threads(finding: &Finding) -> Option<f64> {
    finding.evidence.iter().find_map(|evidence| match evidence {
        FindingEvidence::Threads(threads) => Some(*threads),
        _ => None,
    })
}

const PAGE: &str = r#"# client_serialised

The client has several threads, but only one of them runs at a time.

## What it means

A lock serialises the threads: one of your own, one inside a library, or Python's global interpreter
lock (GIL). A lock that is held during a request turns a thread pool into a loop.

## How it is measured

The socket witness shows what each thread did. The charge is the client's own work on the critical path,
where a thread runs while others wait for the interpreter lock. The waits themselves are reported as
`gil_wait`, and those for another lock as `lock_wait`.

Where the socket witness sees nothing, there are two forms:

- Several threads compute, and together they use about one core (between 70% and 125%). The charge is
  the client's own work on the critical path.
- Requests run one after another although several threads sent some. The charge is the exchanges after
  the first.

With `--why`, the finding names the lines of Python and JavaScript code on which this time passes.

## What looks like it

- `client_cpu`: one thread computes.
- `serial_round_trips`: there is only one thread.
- `tls_preparation`: threads that contend for a lock *inside* a library can use more than one core and
  still be slow.

## What to change

Do not hold a lock while a request is in flight.

```python
with lock:
    url = queue.pop()
body = session.get(url).content        # outside the lock
```

If the threads compute, move that work to other processes, or use a Python without the GIL.
"#;
