//! What the chore was asked for.

use anyhow::{Context, Result, bail};

/// How many seeds each case is run with where nothing is said.
const SEEDS: u64 = 5;

/// Where what is judged comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// From runs that are made now.
    Run,
    /// From the recordings of earlier ones.
    Recorded,
}

/// What the chore was asked for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Parts of the names of the cases; all cases where there are none.
    names: Vec<String>,
    /// The seeds are 1 up to this.
    pub(crate) seeds: u64,
    pub(crate) source: Source,
}

impl Options {
    /// Reads `[NAME...] [--seeds N] [--again]`.
    pub(crate) fn read(words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { names: Vec::new(), seeds: SEEDS, source: Source::Run };
        let mut words = words;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--again" => options.source = Source::Recorded,
                "--seeds" => {
                    let count = words.next().and_then(|count| count.parse().ok());
                    options.seeds = count
                        .filter(|&count| count > 0)
                        .context("--seeds takes a number from 1 on")?;
                }
                option if option.starts_with('-') => {
                    bail!("there is no option {option}: write [NAME...] [--seeds N] [--again]")
                }
                _ => options.names.push(word),
            }
        }
        Ok(options)
    }

    /// Whether a case of this name is to be run.
    pub(crate) fn chooses(&self, case: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| case.contains(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Options> {
        Options::read(words.iter().map(|&word| word.to_owned()))
    }

    #[test]
    fn names_seeds_and_recordings_are_chosen() {
        let all = read(&[]).expect("reads");
        assert_eq!((all.seeds, all.source), (5, Source::Run));
        assert!(all.chooses("anything"));
        let some = read(&["dns", "--seeds", "2", "clean", "--again"]).expect("reads");
        assert_eq!((some.seeds, some.source), (2, Source::Recorded));
        assert!(some.chooses("clean-jitter") && !some.chooses("bandwidth"));
    }

    #[test]
    fn what_is_no_option_is_refused() {
        for words in [&["--seeds"][..], &["--seeds", "0"], &["--seed", "1"]] {
            assert!(read(words).is_err(), "{words:?} was accepted");
        }
    }
}
