//! Text of `expect_continue`.

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "waiting for 100 Continue",
    cause: |_| "waiting for 100 Continue".to_owned(),
    sentence: |finding| {
        format!("{} waits for leave to send its bodies: {}.", finding.label, more(finding))
    },
    remedy: |_| {
        "Send requests without the header Expect: 100-continue (curl: -H 'Expect:').".to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# expect_continue

The client sends the head of a request with `Expect: 100-continue` and waits before it sends the body.

## What it means

The server can refuse such a request before its body is sent. That is useful for large uploads. A server
that answers `100 Continue` costs one round trip. A server that ignores the header costs the client's
whole time limit: one second in curl.

## How it is measured

The socket witness sees the header where it can read the request. The charge is the pause on the critical
path between the writes of such a request.

## What looks like it

- `split_request`: a pause of about 40 ms, in which the client does not wait.
- `sleeping`: the client pauses by itself.

## What to change

Send requests without the header:

```sh
curl -H 'Expect:' --data-binary @todo.json https://api.example/todos
```
"#;
