//! The options of a task that runs scenarios.

use anyhow::{Context, Result, bail};

/// Where the evaluated recordings come from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// From new runs.
    Run,
    /// From earlier runs.
    Recorded,
}

/// The options of the task.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Options {
    /// Parts of the names of scenarios; all if empty.
    names: Vec<String>,
    /// The seeds are 1 to this number.
    pub(crate) seeds: u64,
    pub(crate) source: Source,
}

impl Options {
    /// Reads `[NAME...] [--seeds N] [--again]`, where `seeds` is used without `--seeds`.
    pub(crate) fn read(words: impl Iterator<Item = String>, seeds: u64) -> Result<Self> {
        let mut options = Self { names: Vec::new(), seeds, source: Source::Run };
        let mut words = words;
        while let Some(word) = words.next() {
            match word.as_str() {
                "--again" => options.source = Source::Recorded,
                "--seeds" => {
                    let count = words.next().and_then(|count| count.parse().ok());
                    options.seeds = count
                        .filter(|&count| count > 0)
                        .context("--seeds needs a number from 1 up")?;
                }
                option if option.starts_with('-') => {
                    bail!("unknown option {option}: use [NAME]... [--seeds N] [--again]")
                }
                _ => options.names.push(word),
            }
        }
        Ok(options)
    }

    /// Whether to run the scenario of this name.
    pub(crate) fn chooses(&self, scenario: &str) -> bool {
        self.names.is_empty() || self.names.iter().any(|name| scenario.contains(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Options> {
        Options::read(words.iter().map(|&word| word.to_owned()), 5)
    }

    #[test]
    fn reads_names_seeds_and_source() {
        let all = read(&[]).expect("reads");
        assert_eq!((all.seeds, all.source), (5, Source::Run));
        assert!(all.chooses("anything"));
        let some = read(&["dns", "--seeds", "2", "clean", "--again"]).expect("reads");
        assert_eq!((some.seeds, some.source), (2, Source::Recorded));
        assert!(some.chooses("clean-jitter") && !some.chooses("bandwidth"));
    }

    #[test]
    fn refuses_an_invalid_option() {
        for words in [&["--seeds"][..], &["--seeds", "0"], &["--seed", "1"]] {
            assert!(read(words).is_err(), "{words:?} was accepted");
        }
    }
}
