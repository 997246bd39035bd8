//! Text of `slow_body`.

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "slow bodies",
    cause: |_| "the server sends bodies slowly".to_owned(),
    sentence: |finding| {
        format!(
            "The server begins its responses to {} early and ends them late: {}.",
            finding.label,
            more(finding)
        )
    },
    remedy: |_| {
        "Find out what the server does between the head and the end of the body.".to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# slow_body

The server sends the first byte of a response early and the last byte late, and the link is not the
reason.

## What it means

A server that streams sends the head before it has the body. It then waits for a database, renders, or
compresses. The time to the first byte looks good, and the client waits all the same.

## How it is measured

The charge is the time on the critical path from the first to the last byte of responses, by the socket
witness. On the loopback any such time of 2 ms or more counts. On another link only responses of up to
14.6 kB count, if they come in pieces smaller than a TCP segment, with a pause of 2 ms or more. The
embedded endpoint reports what its link delays, so this finding is only about your own server.

## What looks like it

- `delayed_ack`: one pause of 40 to 44 ms, which ends with the client's acknowledgement.
- `bandwidth`: large bodies on a narrow link.
- `compression`: another arm gets larger bodies sooner.
- `client_cpu`: the client reads late what has long arrived.

## What to change

Measure the server between the head and the end of the body, for example in its own trace. Send the
head and the body together if the client needs both.
"#;
