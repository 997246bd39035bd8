//! The options of `cargo xtask verdict`.

use std::time::Duration;

use anyhow::{Context, Result, bail};

use crate::performance_page::Publication;

const USAGE: &str = "use [--sessions N] [--patience SECONDS] [--seed N] [--publish]";

/// How much is measured, and what becomes of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Options {
    /// The sessions of each tool at each difference.
    pub(super) sessions: u32,
    /// After this time a tool starts nothing new.
    pub(super) patience: Duration,
    /// The seed of the first load; each session has its own.
    pub(super) seed: u64,
    pub(super) publication: Publication,
}

impl Options {
    /// Reads the options; each has a default.
    pub(super) fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            sessions: 5,
            patience: Duration::from_secs(40),
            seed: 1,
            publication: Publication::Print,
        };
        while let Some(word) = words.next() {
            let mut number = || words.next().and_then(|number| number.parse().ok()).context(USAGE);
            match word.as_str() {
                "--publish" => options.publication = Publication::Publish,
                "--sessions" => options.sessions = u32::try_from(number()?)?.max(1),
                "--patience" => options.patience = Duration::from_secs(number()?),
                "--seed" => options.seed = number()?,
                other => bail!("unknown option {other}: {USAGE}"),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_how_much_is_measured_and_what_becomes_of_it() {
        let read = |text: &str| Options::read(text.split_whitespace().map(str::to_owned));
        let options = read("--sessions 3 --publish --patience 9 --seed 7").expect("reads");
        let expected = Options {
            sessions: 3,
            patience: Duration::from_secs(9),
            seed: 7,
            publication: Publication::Publish,
        };
        assert_eq!(options, expected);
        assert_eq!(read("").expect("reads").publication, Publication::Print);
        for bad in ["--sessions", "--seed x", "--fast"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
