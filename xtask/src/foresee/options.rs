//! The options of `cargo xtask foresee`.

use anyhow::{Context, Result, bail};

use crate::scenarios::Source;

/// How many cells are predicted and measured without `--cells`.
const CELLS: usize = 18;
/// The seed of the sample without `--seed`.
const SEED: u64 = 1;

/// What becomes of the results.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Publication {
    /// They are only printed.
    Print,
    /// They replace `docs/predictions.md`, too.
    Publish,
}

/// The options of the task.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) cells: usize,
    /// The seed of the sample and of the runs.
    pub(crate) seed: u64,
    pub(crate) source: Source,
    pub(crate) publication: Publication,
}

impl Options {
    /// Reads `[--cells N] [--seed N] [--again] [--publish]`.
    pub(crate) fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options =
            Self { cells: CELLS, seed: SEED, source: Source::Run, publication: Publication::Print };
        while let Some(word) = words.next() {
            match word.as_str() {
                "--again" => options.source = Source::Recorded,
                "--publish" => options.publication = Publication::Publish,
                "--cells" => {
                    let count = words.next().and_then(|count| count.parse().ok());
                    options.cells = count
                        .filter(|&count| count > 0)
                        .context("--cells needs a number from 1 up")?;
                }
                "--seed" => {
                    let seed = words.next().and_then(|seed| seed.parse().ok());
                    options.seed = seed.context("--seed needs a whole number")?;
                }
                other => bail!(
                    "unknown option {other}: use [--cells N] [--seed N] [--again] [--publish]"
                ),
            }
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Options> {
        Options::read(words.iter().map(|&word| word.to_owned()))
    }

    #[test]
    fn reads_how_much_is_measured_and_what_becomes_of_it() {
        let usual = read(&[]).expect("reads");
        assert_eq!((usual.source, usual.publication), (Source::Run, Publication::Print));
        let options =
            read(&["--cells", "3", "--again", "--seed", "7", "--publish"]).expect("reads");
        assert_eq!((options.cells, options.seed), (3, 7));
        let ends = (options.source, options.publication);
        assert_eq!(ends, (Source::Recorded, Publication::Publish));
    }

    #[test]
    fn refuses_an_invalid_option() {
        for words in [&["--cells"][..], &["--cells", "0"], &["--seed", "x"], &["--seeds", "1"]] {
            assert!(read(words).is_err(), "{words:?} was accepted");
        }
    }
}
