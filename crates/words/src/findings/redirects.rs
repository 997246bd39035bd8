//! Text of `redirects`.

use explain::FindingFigure;

use super::FindingText;
use super::phrases::{counted_mean, figure, more};

pub(super) const TEXT: FindingText = FindingText {
    title: "redirects",
    cause: |finding| {
        let redirected = figure(finding, FindingFigure::Redirected);
        format!("{} redirected", counted_mean(redirected, "request"))
    },
    sentence: |finding| {
        let label = &finding.label;
        match finding.size {
            Some(_) => format!("The server redirects requests of {label}: {}.", more(finding)),
            None => {
                format!("The server redirects requests of {label}, which does not follow them.")
            }
        }
    },
    remedy: |_| "Request the URL that the redirect names.".to_owned(),
    page: PAGE,
};

const PAGE: &str = r#"# redirects

The server redirects requests. Each redirect costs another exchange. A client that does not follow
redirects gets no answer.

## What it means

A URL without its final slash, or with `http` instead of `https`, often works only because the client
follows a redirect. That costs at least one round trip for each request, and a new connection where
the host or the scheme changes.

## How it is measured

The charge is the time on the critical path from the arrival of a redirected request until the next one
that follows it. If the client does not follow redirects, the batch fails and the finding has no size.

## What looks like it

- `serial_round_trips`: the number of redirected requests in the evidence distinguishes the two.

## What to change

Request the URL that the redirect names. This prints it:

```sh
curl -sI https://api.example/items | grep -i '^location'
```
"#;
