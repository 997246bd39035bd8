//! The runs of the program that cells are learned from and checked with.

use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow};
use model::arm::BatchSize;

use super::cell::Cell;
use super::client::{Client, Subject};
use super::grid::{LEARNED, LEARNED_AT_ONCE, learned_link};
use super::options::Options;
use super::score::CellIndex;
use crate::scenarios::{Need, Provided, Scenario, ScenarioRun, Source};

/// In how many blocks each run measures its arms.
const BLOCKS: u32 = 8;

/// Makes the runs, or finds their recordings again.
pub(crate) struct Runs<'a> {
    pub(crate) options: Options,
    pub(crate) results: &'a Path,
    provided: Provided,
}

impl<'a> Runs<'a> {
    /// Provides what the clients need.
    pub(crate) fn new(options: Options, results: &'a Path) -> Result<Self> {
        let mut provided = Provided::default();
        let any = scenario("any", Vec::new());
        provided.check(&any, options.source).map_err(|reason| anyhow!(reason))?;
        Ok(Self { options, results, provided })
    }

    /// The recording of a client in the two learned cells, with both sessions.
    pub(crate) fn learn(&self, client: Client, tls: bool) -> Result<PathBuf> {
        let security = if tls { "tls" } else { "plain" };
        let name = format!("learned-{}-{security}", client.strategy.replace('/', "-"));
        let run = arguments(&Subject::both(client), &learned_cell(LEARNED[0], tls), &LEARNED);
        self.record(&name, run)
    }

    /// The recording of all clients in a cell, with both sessions.
    pub(crate) fn check(&self, index: CellIndex, cell: &Cell) -> Result<PathBuf> {
        let run = arguments(&Subject::all(), cell, &[cell.batch]);
        self.record(&format!("cell-{:02}", index.0), run)
    }

    fn record(&self, name: &str, run: Vec<String>) -> Result<PathBuf> {
        let scenario = scenario(name, run);
        let run = ScenarioRun {
            scenario: &scenario,
            seed: self.options.seed,
            provided: &self.provided,
            results: self.results,
        };
        if self.options.source == Source::Run {
            run.measure()?;
        }
        Ok(run.recording())
    }
}

/// A learned cell of this batch size.
pub(crate) fn learned_cell(batch: BatchSize, tls: bool) -> Cell {
    Cell { batch, at_once: LEARNED_AT_ONCE, link: learned_link(tls) }
}

fn scenario(name: &str, run: Vec<String>) -> Scenario {
    let needs = vec![Need::Python];
    Scenario { name: name.to_owned(), run, needs, ..Scenario::default() }
}

/// The arguments of a run of these subjects with the limit and the link of a cell.
fn arguments(subjects: &[Subject], cell: &Cell, batches: &[BatchSize]) -> Vec<String> {
    let strategies: Vec<String> =
        subjects.iter().map(|subject| subject.strategy(cell.at_once)).collect();
    let batches: Vec<String> = batches.iter().map(BatchSize::to_string).collect();
    let options = [
        ["-s".to_owned(), strategies.join(",")],
        ["-b".to_owned(), batches.join(",")],
        ["-n".to_owned(), BLOCKS.to_string()],
        ["--link".to_owned(), cell.link_words()],
    ];
    options.into_iter().flatten().chain(["--no-controls".to_owned()]).collect()
}

#[cfg(test)]
mod tests {
    use super::super::client::CLIENTS;
    use super::*;

    #[test]
    fn a_client_is_learned_with_both_sessions_at_both_sizes() {
        let cell = learned_cell(BatchSize(4), false);
        assert_eq!(
            arguments(&Subject::both(CLIENTS[3]), &cell, &LEARNED).join(" "),
            "-s ureq/threads:session=cold,pool=32,workers=16,\
             ureq/threads:session=warm,pool=32,workers=16 -b 4,32 -n 8 \
             --link rtt=10ms,tls=off,bandwidth=none,capacity=none,think=2ms,body=4000B --no-controls"
        );
    }
}
