//! The words of `asyncio_debug`.

use explain::caveats::AsyncioDebug;

use super::parts::{first_that_fits, labels};

pub(super) const TITLE: &str = "The debug mode of asyncio is on";

pub(super) const PAGE: &str = "\
# asyncio_debug

The debug mode of asyncio is on.

## What it means

In debug mode asyncio checks every step of the event loop. The times are longer than those of
ordinary runs of the same code.

## How it is detected

The Python driver asks the event loop.

## What to do

- Unset `PYTHONASYNCIODEBUG` and `PYTHONDEVMODE`, start Python without `-X dev`, and run again.
";

pub(super) fn short(found: &AsyncioDebug) -> String {
    let remedy = "unset PYTHONASYNCIODEBUG, PYTHONDEVMODE";
    first_that_fits([
        format!("asyncio debug mode is on ({}): {remedy}", labels(&found.labels)),
        format!("asyncio debug mode is on: {remedy}"),
    ])
}

pub(super) fn sentence(found: &AsyncioDebug) -> String {
    format!(
        "The debug mode of asyncio is on: {}. It checks every step of the event loop, so these times \
         are longer than usual. Unset PYTHONASYNCIODEBUG and PYTHONDEVMODE, and run again.",
        labels(&found.labels)
    )
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{assert_short, label};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn names_the_variables_to_unset() {
        let mut found = AsyncioDebug { labels: vec![label("a/x")] };
        assert_snapshot!(sentence(&found), @"The debug mode of asyncio is on: a/x. It checks every step of the event loop, so these times are longer than usual. Unset PYTHONASYNCIODEBUG and PYTHONDEVMODE, and run again.");
        assert_snapshot!(short(&found), @"asyncio debug mode is on (a/x): unset PYTHONASYNCIODEBUG, PYTHONDEVMODE");
        found.labels.extend(["httpx/async", "aiohttp/async"].map(label));
        assert_short(&short(&found));
    }
}
