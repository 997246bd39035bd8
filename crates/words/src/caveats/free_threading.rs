//! The words of `free_threading`.

use explain::caveats::FreeThreading;

use super::parts::{first_that_fits, labels};

pub(super) const TITLE: &str = "Python runs without its global interpreter lock";

pub(super) const PAGE: &str = "\
# free_threading

Python runs without its global interpreter lock.

## What it means

The free-threaded build of Python runs code in several threads at once; the usual build does not.
Times of thread pools on the two builds are not comparable.

## How it is detected

The Python driver asks the interpreter whether the lock (GIL) is off.

## What to do

- Read these times as those of the free-threaded build.
- To measure the usual build, choose it with `--python PATH`.
";

pub(super) fn short(found: &FreeThreading) -> String {
    let meaning = "the times are those of this build";
    first_that_fits([
        format!("Python runs without its GIL ({}): {meaning}", labels(&found.labels)),
        format!("Python runs without its GIL: {meaning}"),
    ])
}

pub(super) fn sentence(found: &FreeThreading) -> String {
    format!(
        "Python runs without its global interpreter lock: {}. Its threads run code at the same time, \
         which they do not in the usual build. Read these times as those of this build, or choose \
         another one (--python PATH).",
        labels(&found.labels)
    )
}

#[cfg(test)]
mod tests {
    use super::super::parts::testing::{assert_short, label};
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn names_the_strategies_and_the_option() {
        let mut found = FreeThreading { labels: vec![label("requests/threads")] };
        assert_snapshot!(sentence(&found), @"Python runs without its global interpreter lock: requests/threads. Its threads run code at the same time, which they do not in the usual build. Read these times as those of this build, or choose another one (--python PATH).");
        assert_snapshot!(short(&found), @"Python runs without its GIL: the times are those of this build");
        found.labels.extend(["httpx/threads", "urllib3/threads"].map(label));
        assert_short(&short(&found));
    }
}
