//! Text of `h2_cpu`.

use explain::{ClientLibrary, Finding};

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "CPU work of the client for HTTP/2",
    cause: |_| "CPU work of the client for HTTP/2".to_owned(),
    sentence: |finding| {
        format!(
            "{} computes longer over HTTP/2 than over HTTP/1.1: {}.",
            finding.label,
            more(finding)
        )
    },
    remedy: |finding: &Finding| {
        match finding.client.library {
        ClientLibrary::Httpx => {
            "Use HTTP/1.1 (http=1.1), or a client with a compiled HTTP/2: pycurl, curl_cffi, niquests."
                .to_owned()
        }
        _ => "Use HTTP/1.1 (http=1.1).".to_owned(),
    }
    },
    page: PAGE,
};

const PAGE: &str = r#"# h2_cpu

The client computes longer over HTTP/2 than the same client over HTTP/1.1.

## What it means

HTTP/2 has frames, compressed headers and windows. A library that handles them in pure Python, such as
`h2` under httpx, spends more CPU time on a request than it saves by sharing a connection. On one thread,
that is time of the batch.

## How it is measured

Two arms of one strategy differ in the condition `http` alone. The charge is the client's own time on the
critical path, beyond that of the arm over HTTP/1.1. The client's threads must have run for most of it.

## What looks like it

- `client_cpu`: the client computes as long over HTTP/1.1.
- `not_multiplexed`: the client waits, and does not compute.

## What to change

Use HTTP/1.1 for many small requests over a short link, or a client whose HTTP/2 is compiled: pycurl and
curl_cffi (nghttp2), niquests (jh2).
"#;
