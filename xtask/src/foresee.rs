//! How well `batchmark whatif` predicts cells of the grid that it has not seen.
//!
//! Two cells are recorded for each client, all others of the sample are predicted from them, and then
//! measured. A straight line and waves are the baselines. Recordings stay in `foresee/` of the build
//! folder, so that `--again` predicts with the current program without measuring.

mod arm_times;
mod baselines;
mod cell;
mod client;
mod forecast;
mod grid;
mod options;
mod page;
mod prediction;
mod runs;
mod score;

use anyhow::{Context, Result, bail};

use self::forecast::{Outcome, Predictor, forecast};
use self::options::{Options, Publication};
use self::page::Results;
use self::runs::Runs;
use self::score::{CellIndex, Checked, Score};
use crate::scenarios::results_folder;

/// The page with the published results.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/predictions.md");

/// Predicts, measures and prints the results.
pub(crate) fn measure() -> Result<()> {
    let options = Options::read(std::env::args().skip(2))?;
    let cells = grid::sample(options.seed, options.cells)?;
    let folder = results_folder("foresee")?;
    let runs = Runs::new(options, &folder)?;
    let forecasts = forecast(&runs, &cells)?;
    let mut outcomes = Vec::new();
    for (index, cell) in cells.iter().enumerate() {
        let measured = forecast::measure(&runs, CellIndex(index), cell, &forecasts)?;
        println!("{index:>3}  {}  {cell}", in_short(&measured));
        outcomes.extend(measured);
    }
    let results = Results { cells, outcomes };
    println!("\n{}", results.summary());
    if options.publication == Publication::Publish {
        std::fs::write(PAGE, results.page(options.seed)).context("cannot write the page")?;
    }
    if !results.goals().iter().all(|goal| goal.is_reached) {
        bail!("at least one goal is missed");
    }
    Ok(())
}

/// The errors of the program in one cell.
fn in_short(outcomes: &[Outcome]) -> String {
    let checked: Vec<Checked> =
        outcomes.iter().map(|outcome| outcome.check(Predictor::Program)).collect();
    let score = Score::new(&checked);
    let share =
        |value: Option<f64>| value.map_or_else(|| "none".to_owned(), words::number::percent);
    format!("median error {:>5}, {} refused", share(score.median), score.refused)
}
