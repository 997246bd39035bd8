//! Text of `cold_start`.

use explain::{ClientOrigin, Finding};

use super::FindingText;
use super::phrases::{WARM_SESSION, cost, with_setting};

pub(super) const TEXT: FindingText = FindingText {
    title: "work before the first request",
    cause: |finding| match finding.client.origin {
        ClientOrigin::Command => "start of the process".to_owned(),
        ClientOrigin::BuiltIn if finding.because => "new session for each batch".to_owned(),
        ClientOrigin::BuiltIn | ClientOrigin::OwnCode => "work before the first request".to_owned(),
    },
    sentence: |finding| {
        format!("{} works before its first request: {}.", finding.label, cost(finding))
    },
    remedy,
    page: PAGE,
};

fn remedy(finding: &Finding) -> String {
    match finding.client.origin {
        ClientOrigin::Command => {
            "Fetch more per process, so that its start is paid less often.".to_owned()
        }
        ClientOrigin::OwnCode => {
            "Do the work before the first request once, outside the batch.".to_owned()
        }
        ClientOrigin::BuiltIn => {
            let instruction = "Create session, event loop and threads once, for all batches";
            with_setting(finding, instruction, WARM_SESSION)
        }
    }
}

const PAGE: &str = r#"# cold_start

What a batch costs before its first request reaches the network: session, event loop, threads,
clients.

## What it means

A function that creates its session, its event loop or its thread pool pays for them in each batch. So
does one that reads settings or secrets first. For a command, it is the start of its process.

## How it is measured

The charge is the client's work and queue on the critical path before anything else, in a cold batch. For
an arm without another to compare with, it must be at least half of the batch.

With `--why`, the gain is measured: it is what `session=warm` saves, where the arms differ in that or one
is alone. The finding is then *confirmed*. It is *all* that a warm session saves, connections included.

With `--why`, the finding names the lines of Python and JavaScript code on which this time passes.

## What looks like it

- `tls_preparation` comes after the connection is open.
- `client_cpu` comes between requests.

## What to change

Create session, event loop and threads once, and keep them for all batches.

```python
SESSION = requests.Session()
POOL = ThreadPoolExecutor(16)

def fetch_all(urls):
    return list(POOL.map(lambda url: SESSION.get(url).content, urls))
```

A program that fetches one batch and ends cannot avoid this: the cold time is its real time.
"#;
