//! The words of `headers_not_sent`.

use explain::caveats::HeadersNotSent;
use model::arm::Label;

use super::parts::{first_that_fits, labels};

pub(super) const TITLE: &str =
    "Own code or a command does not send the headers of the command line";

pub(super) const PAGE: &str = "\
# headers_not_sent

Own code or a command does not send the headers of the command line.

## What it means

The strategy sends other requests than the other strategies. A server that needs the header refuses
them, or answers them differently, with other times.

## How it is detected

With `-H`, own code gets the headers only if it has a parameter named `headers`. A command gets them
only if it contains `{headers}`. The caveat appears before the run and in the report.

## What to do

- Own code: take them as a second parameter, a dict (in JavaScript an object), and send them.
- A command: write `{headers}` where curl's `-H` options belong.
- If the code sends the headers by itself, ignore the caveat.

```python
@batchmark.strategy
def one_session(urls, headers):
    with requests.Session() as session:
        session.headers.update(headers)
        return [session.get(url).content for url in urls]
```

In JavaScript: `export async function fetchAll(urls, headers) { … }`.

A command: `--command 'curl=curl -fsS {headers} {urls}'`.
";

pub(super) fn short(HeadersNotSent { labels: found }: &HeadersNotSent) -> String {
    let remedy = remedy(found);
    first_that_fits([
        format!("{} sends no -H headers: {remedy}", labels(found)),
        format!("-H not sent by all: {remedy}"),
    ])
}

pub(super) fn sentence(HeadersNotSent { labels: found }: &HeadersNotSent) -> String {
    let they = if found.len() == 1 { "It sends" } else { "They send" };
    format!(
        "The headers of -H are not sent with {}. {they} other requests than the other strategies. To \
         change that, {}.",
        labels(found),
        remedy(found)
    )
}

/// What to write into the code or the command.
fn remedy(found: &[Label]) -> &'static str {
    let of_command = |label: &Label| label.0.starts_with("command/");
    if found.iter().all(of_command) {
        "write {headers} into the command"
    } else if found.iter().any(of_command) {
        "write f(urls, headers), or {headers}"
    } else {
        "write f(urls, headers)"
    }
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{assert_short, label};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn says_how_to_take_the_headers() {
        let found = |labels: &[&str]| HeadersNotSent {
            labels: labels.iter().map(|name| label(name)).collect(),
        };
        assert_snapshot!(sentence(&found(&["own/fetch"])), @"The headers of -H are not sent with own/fetch. It sends other requests than the other strategies. To change that, write f(urls, headers).");
        assert_snapshot!(short(&found(&["own/fetch"])), @"own/fetch sends no -H headers: write f(urls, headers)");
        assert_snapshot!(sentence(&found(&["own/fetch", "command/curl"])), @"The headers of -H are not sent with own/fetch, command/curl. They send other requests than the other strategies. To change that, write f(urls, headers), or {headers}.");
        assert_snapshot!(short(&found(&["command/curl"])), @"command/curl sends no -H headers: write {headers} into the command");
        assert_short(&short(&found(&["own/fetch", "command/curl", "own/with_a_very_long_name"])));
    }
}
