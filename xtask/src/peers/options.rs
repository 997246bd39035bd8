//! The options of `cargo xtask peers`.

use anyhow::{Context, Result, bail};

use crate::performance_page::Publication;

const USAGE: &str = "use [--rounds N] [--requests N] [--connections N,N…] [--publish]";

/// How much is measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) rounds: u32,
    /// The requests of each client in each round.
    pub(super) requests: u32,
    pub(super) connections: Vec<u32>,
    pub(super) publication: Publication,
}

impl Options {
    /// Reads the options; each has a default.
    pub(super) fn read(mut words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self {
            rounds: 10,
            requests: 20_000,
            connections: vec![1, 16, 64, 256],
            publication: Publication::Print,
        };
        while let Some(word) = words.next() {
            let mut value =
                || words.next().with_context(|| format!("{word} needs a value: {USAGE}"));
            match word.as_str() {
                "--rounds" => options.rounds = count(&value()?)?,
                "--requests" => options.requests = count(&value()?)?,
                "--connections" => {
                    options.connections = value()?.split(',').map(count).collect::<Result<_>>()?;
                }
                "--publish" => options.publication = Publication::Publish,
                other => bail!("unknown option {other}: {USAGE}"),
            }
        }
        let most = options.connections.iter().max();
        if most.is_some_and(|&most| most > options.requests) {
            bail!("--requests must be at least as many as the connections");
        }
        Ok(options)
    }
}

fn count(text: &str) -> Result<u32> {
    let count = text.parse().ok().filter(|&count| count > 0);
    count.with_context(|| format!("{text:?} is not a number from 1 up"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Options> {
        Options::read(text.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn options_replace_the_defaults() {
        assert_eq!(read("").expect("defaults").connections, [1, 16, 64, 256]);
        let options = read("--rounds 3 --requests 500 --publish --connections 8,32");
        let (connections, publication) = (vec![8, 32], Publication::Publish);
        let expected = Options { rounds: 3, requests: 500, connections, publication };
        assert_eq!(options.expect("good options"), expected);
    }

    #[test]
    fn a_bad_option_is_refused() {
        for bad in ["--rounds", "--rounds 0", "--connections 1,x", "--fast 1", "--requests 9"] {
            assert!(read(bad).is_err(), "{bad}");
        }
    }
}
