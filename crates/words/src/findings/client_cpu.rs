//! Text of `client_cpu`.

use explain::{ClientLibrary, ClientOrigin, Finding, LimitChange, Remedy};

use super::FindingText;
use super::phrases::more;
use crate::list::counted;

pub(super) const TEXT: FindingText = FindingText {
    title: "CPU work of the client",
    cause: |finding| match finding.remedy {
        Remedy::StartFewerProcesses => "CPU work of the processes that it starts".to_owned(),
        Remedy::Lower(_) => "CPU work of the client, more beside many requests at once".to_owned(),
        _ => "CPU work of the client".to_owned(),
    },
    sentence: |finding| {
        let label = &finding.label;
        let computes = match finding.remedy {
            Remedy::StartFewerProcesses => "waits for processes that it started and that compute",
            _ => "computes while it could wait for responses",
        };
        format!("{label} {computes}: {}.", more(finding))
    },
    remedy,
    page: PAGE,
};

fn remedy(finding: &Finding) -> String {
    if finding.remedy == Remedy::StartFewerProcesses {
        return "Start the processes once and keep them for all batches, or fetch in one process."
            .to_owned();
    }
    if let Remedy::Lower(limit) = &finding.remedy {
        return lower(finding.client.origin, limit);
    }
    let client = finding.client;
    match client.origin {
        ClientOrigin::OwnCode if client.library != ClientLibrary::Unknown => {
            "Do less work per response, do it after the batch, or use a ProcessPoolExecutor."
                .to_owned()
        }
        ClientOrigin::OwnCode | ClientOrigin::Command => {
            "Do less work per response, do it after the batch, or in other processes.".to_owned()
        }
        ClientOrigin::BuiltIn => {
            "Use a client with less CPU work per request, or several processes.".to_owned()
        }
    }
}

/// `Lower concurrency to 12.`, where a condition is what limits the client.
fn lower(origin: ClientOrigin, limit: &LimitChange) -> String {
    match (origin, &limit.condition) {
        (ClientOrigin::BuiltIn, Some(condition)) => format!("Lower {condition} to {}.", limit.to),
        _ => format!("Make at most {} at once.", counted(limit.to, "request")),
    }
}

const PAGE: &str = r#"# client_cpu

The client computes while it could wait for responses, or while responses are ready.

## What it means

Parsing, checking and the client library itself need CPU time. As long as it runs in the thread that
sends requests, the network is idle.

## How it is measured

The charge is the client's own work on the critical path. The socket witness shows what the thread that
matters did: it must run for at least half of that time. Without that witness, the CPU time of the
process must account for at least half of it. In an arm that no faster arm is compared with, it must
be at least a quarter of the batch.

If the processes that the client started used more CPU time than the client itself, and both together
account for half of the client's own work, the finding says so.

With `--why`, the finding names the lines of Python and JavaScript code on which this time passes. It also
measures a busy strategy with a quarter of its requests at once. If that is faster, it is the remedy: some
clients need more CPU time for each request beside many others. `httpx`, for example, looks at every
connection of its pool for each request.

## What looks like it

- `client_serialised`: other threads wait for the interpreter lock meanwhile.
- The caveat `machine_saturated`: the *machine* is busy.
- `cold_start`: the time is before the first request.

## What to change

If the finding says that fewer requests at once are faster, lower the limit. Otherwise do less work for each
response, do it after the batch, or in other processes.

```python
bodies = fetch_all(urls)                             # network first
with ProcessPoolExecutor() as pool:
    results = list(pool.map(parse, bodies))          # then the CPU work
```

For code in other languages, a profiler such as `perf` shows where the time goes.
"#;
