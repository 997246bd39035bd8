//! Text of `sleeping`.

use super::FindingText;
use super::phrases::cost;

pub(super) const TEXT: FindingText = FindingText {
    title: "sleeping",
    cause: |_| "the client sleeps".to_owned(),
    sentence: |finding| {
        format!("{} sleeps while it could make requests: {}.", finding.label, cost(finding))
    },
    remedy: |_| "Remove the sleep, or wait for the event instead of a fixed time.".to_owned(),
    page: PAGE,
};

const PAGE: &str = r#"# sleeping

The client sleeps, and the batch waits for it.

## What it means

A pause between requests, a wait before a retry, a poll interval: `time.sleep`, `asyncio.sleep` or a
timer.

## How it is measured

The socket witness sees sleeps, and polls that end because their time is up. The charge is the part of
the critical path that passes in a sleep, or in such a poll while no request is in flight. With `--why`
on own Python code, the gain is measured: it is what `sleeps=skipped` saves, and the finding is
*confirmed*.

With `--why`, the finding names the lines of Python and JavaScript code on which this time passes.

## What looks like it

- `starts_held_back`: a timer spaces the starts of requests while others are in flight.
- `loop_blocked`: `time.sleep` in the thread of an event loop.
- `throttled`: the server answered 429, and the client waits before it asks again.

## What to change

Remove the sleep. If it waits for an event, wait for the event instead of a fixed time. If it limits
the rate of requests, limit the number of requests in flight instead, as far as the server allows it.
"#;
