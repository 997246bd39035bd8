//! Text of `bandwidth`.

use explain::FindingEvidence;

use super::FindingText;
use super::phrases::more;
use crate::number::plain;

pub(super) const TEXT: FindingText = FindingText {
    title: "transfer of large bodies",
    cause: |finding| {
        let rate = finding.evidence.iter().find_map(|evidence| match evidence {
            FindingEvidence::Transfer { bytes, seconds } => Some(8.0 * bytes / seconds / 1e6),
            _ => None,
        });
        match rate {
            Some(rate) => format!("large bodies at {} Mbit/s", plain(rate)),
            None => "large bodies".to_owned(),
        }
    },
    sentence: |finding| {
        format!("The bodies of {} fill the link: {}.", finding.label, more(finding))
    },
    remedy: |_| "Request fewer bytes: compression, fewer fields, smaller pages.".to_owned(),
    page: PAGE,
};

const PAGE: &str = r#"# bandwidth

Large bodies need the link for a long time, whichever client fetches them.

## What it means

A link of 8 Mbit/s carries 1 MB in one second. Requests that share it share that rate. Concurrency
gains nothing here.

## How it is measured

The charge is the time on the critical path in which bytes arrive late because the link is full, first
and later bytes alike. Bodies that fit into one segment (1448 bytes) do not count.

On your own server, the charge is the time from the first to the last byte of bodies above 14,600
bytes. TCP sends that much at once.

The rate in the evidence should be that of your link. If it is far below, the server writes slowly.

## What looks like it

- `delayed_ack` adds 40 ms whatever the size of the body.

## What to change

Request fewer bytes: turn on compression, select fewer fields, use smaller pages.

```sh
curl --compressed 'https://api.example/items?fields=id,name'
```
"#;
