//! Text of `blocking_call`.

use super::FindingText;
use super::phrases::cost;

pub(super) const TEXT: FindingText = FindingText {
    title: "calls that wait for a disk or the like",
    cause: |_| "the client waits in calls, such as for the disk".to_owned(),
    sentence: |finding| {
        format!(
            "{} waits in calls that use neither the network nor a core: {}.",
            finding.label,
            cost(finding)
        )
    },
    remedy: |_| {
        "Write files and databases after the batch, once for all responses, or in another thread."
            .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# blocking_call

The client waits in calls that use neither the network nor a core, and the batch waits for it.

## What it means

A thread that makes requests is stopped in a call: `fsync`, the commit of a database, a lock on a file, a slow
disk. While it waits it sends nothing and handles no response.

## How it is measured

The socket witness sees waits for the network, timers, locks, pipes and child processes. The system tells how
long each thread ran on a core and how long it waited for one. What is left of the thread's life, it waited in
another call. The charge is the part of the critical path that passes in such waits. When they happened is not
known, so every moment between the known waits has the same part in them.

With `--why`, the finding names the lines of Python and JavaScript code on which this time passes.

## What looks like it

- `client_cpu`: the client computes.
- `sleeping`: the client sleeps, or waits for a timer.
- `lock_wait`: a thread waits for a lock of its own process.
- `loop_blocked`: the thread belongs to an event loop, and responses wait.

## What to change

Keep responses in memory and write them after the batch, or write them in a thread of their own. A database
needs one commit for many rows, not one for each.

```python
rows = [fetch(url) for url in urls]
with database:                       # one transaction
    database.executemany("insert into items values (?)", rows)
```
"#;
