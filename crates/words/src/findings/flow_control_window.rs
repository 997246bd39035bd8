//! Text of `flow_control_window`.

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "responses stopped by the client's window",
    cause: |_| "the client's window of HTTP/2 is too small".to_owned(),
    sentence: |finding| {
        format!(
            "The window of {} for HTTP/2 is too small for its responses: {}.",
            finding.label,
            more(finding)
        )
    },
    remedy: |_| {
        "Raise the client's window (SETTINGS_INITIAL_WINDOW_SIZE) above the size of a response."
            .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# flow_control_window

The server has more of a response to send, and waits for the client to allow it.

## What it means

Over HTTP/2 a client announces how many bytes of a response it takes before it has read them: its window,
on each stream and on the connection. The default is 65,535 bytes. A larger response stops there until
the client's `WINDOW_UPDATE` has arrived, a round trip later. A response of 200 kB over a link of 40 ms
waits three round trips.

## How it is measured

The embedded endpoint follows the client's windows, and records for each response how long it had to stop
for the stream's window and for the connection's. The charge is that time on the critical path.

## What looks like it

- `bandwidth`: the link is full.
- `slow_body`: the server makes the response slowly.

## What to change

Raise the window of the client: `http2_initial_stream_window_size` in hyper and reqwest,
`initialWindowSize` of Node's `http2.connect`. Java's client has the property
`jdk.httpclient.windowsize`. If you cannot, ask for smaller responses, or send them over HTTP/1.1.
"#;
