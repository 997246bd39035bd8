//! Text of `server_capacity`.

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "waiting at a busy server",
    cause: |_| "requests queue at the server".to_owned(),
    sentence: |finding| {
        let label = &finding.label;
        format!(
            "The server handles fewer requests at once than {label} sends, so they wait there: {}.",
            more(finding)
        )
    },
    remedy: |_| {
        "Give the server more workers; sending more requests at once does not help.".to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# server_capacity

Requests have arrived at the server, but it does not handle them yet.

## What it means

The server handles a fixed number of requests at once, for example as many as it has workers. Further
requests wait in its queue. More concurrency in the client only makes the queue longer.

## How it is measured

On the embedded endpoint, the charge is the time on the critical path between the arrival of a request
and the start of its handling. The evidence also says how many requests the server had at once,
waiting ones included.

On your own server, the program infers it from outside, where the client uses less than 60% of a
core. There are three forms:

- The responses show how many requests the server handles at once. A server with room for two begins a
  request when all but one of those before it are answered; with the right number, the times that are left
  for the work are about equal. The charge is the wait on the critical path until the server had room. What
  one arm shows of a server holds for all arms, so more workers are not recommended where it has no room for
  them. A server whose requests take very different times does not show its room.
- Requests that are sent later wait longer. At least five requests are in flight together, and bodies
  are small, so they do not delay each other. Chance alone shows this in one batch of forty. The charge
  is the wait on the critical path beyond the shortest wait of the batch.
- An exchange takes at least 1.5 times as long as in the arm with the shortest exchange. That arm has
  at most half as many requests in flight. The charge is the extra time of one exchange.

## What looks like it

- `worker_limit`: requests wait *in the client*.
- `straggler`: only single requests wait.

## What to change

Give the server more workers or instances. Otherwise limit the client to what the server handles:
more concurrency gains nothing. For example, start gunicorn with more workers:

```sh
gunicorn --workers 8 app:app
```
"#;
