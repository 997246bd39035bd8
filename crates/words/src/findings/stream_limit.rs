//! Text of `stream_limit`.

use explain::Finding;

use super::FindingText;
use super::phrases::{cost, counted_mean, limit, requests};

pub(super) const TEXT: FindingText = FindingText {
    title: "waiting for a stream of HTTP/2",
    cause: |finding| format!("{} for {}", streams(finding), requests(finding)),
    sentence: |finding| {
        let (label, requests) = (&finding.label, requests(finding));
        format!(
            "{label} may open {} at once on a connection for {requests}: {}.",
            streams(finding),
            cost(finding)
        )
    },
    remedy: |finding| {
        let Some(limit) = limit(finding) else { return String::new() };
        format!(
            "Have the server allow {} streams on a connection (SETTINGS_MAX_CONCURRENT_STREAMS), or use more connections.",
            limit.to
        )
    },
    page: PAGE,
};

/// How many streams the server allows: `4 streams`.
fn streams(finding: &Finding) -> String {
    counted_mean(limit(finding).and_then(|limit| limit.from).map(|from| from as f64), "stream")
}

const PAGE: &str = r#"# stream_limit

Requests wait for a stream, because the server allows few on a connection of HTTP/2.

## What it means

Over HTTP/2 all requests share a connection, each as a stream. A server announces how many streams may be
open at once (`SETTINGS_MAX_CONCURRENT_STREAMS`, usually 100). With a limit of 4, a client sends 16 requests
in four waves, however many tasks it has.

## How it is measured

The embedded endpoint counts the streams that are open when a stream is opened. The charge is the time of
requests that were opened as the last stream allowed and continued one whose stream had just ended:
their wait (`queue`) and their exchange. The finding needs more requests in flight than streams.

## What looks like it

- `worker_limit`: the client itself starts too few requests at once.
- `not_multiplexed`: the server allows more streams, but the client opens one at a time.

## What to change

Raise the limit of the server: `http2_max_concurrent_streams` in nginx, `MaxConcurrentStreams` in Go. If you
cannot, send the batch over several connections.
"#;
