//! How many known causes the program finds: runs every case of `scenarios/` with several seeds.
//!
//! Each run starts the program as a user does. Recordings and analyses stay in `diagnose/` of the
//! build folder, so that `--again` can analyse the recordings with the current rules. The task prints
//! a line per run, then a confusion table and the goals.

mod case;
mod confusion;
mod evaluation;
mod tally;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use self::case::Case;
use self::evaluation::Evaluation;
use self::tally::Tally;
use crate::scenarios::{FOLDER, Options, Provided, ScenarioRun, Source, results_folder};

/// The default number of seeds per case.
const SEEDS: u64 = 5;

/// Runs the cases and prints the results.
pub(crate) fn measure() -> Result<()> {
    let options = Options::read(std::env::args().skip(2), SEEDS)?;
    let cases = chosen(&options)?;
    let results = results_folder("diagnose")?;
    let mut provided = Provided::default();
    let mut tally = Tally::default();
    for case in &cases {
        if let Err(reason) = provided.check(&case.scenario, options.source) {
            println!("{:<34} not run: {reason}", case.scenario.name);
            tally.skip(case);
            continue;
        }
        for seed in 1..=options.seeds {
            let evaluation = evaluate(case, seed, options.source, &provided, &results);
            println!("{:<34} {seed}  {evaluation}", case.scenario.name);
            tally.add(case, seed, evaluation);
        }
    }
    println!("\n{tally}");
    if !tally.reaches_its_goals() {
        bail!("at least one goal is missed");
    }
    Ok(())
}

fn evaluate(
    case: &Case,
    seed: u64,
    source: Source,
    provided: &Provided,
    results: &Path,
) -> Evaluation {
    let run = ScenarioRun { scenario: &case.scenario, seed, provided, results };
    let analysis = match source {
        Source::Run => run.measure(),
        Source::Recorded => run.analyse_again(),
    };
    match analysis {
        Ok(analysis) => Evaluation::new(case, &analysis),
        Err(error) => Evaluation::without_result(format!("{error:#}")),
    }
}

/// The cases whose names contain one of the given words; all without words.
fn chosen(options: &Options) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for file in files()? {
        let case = Case::read(&file)?;
        if options.chooses(&case.scenario.name) {
            cases.push(case);
        }
    }
    if cases.is_empty() {
        bail!("no case has this name: `ls scenarios` lists the cases");
    }
    Ok(cases)
}

fn files() -> Result<Vec<PathBuf>> {
    let listed = std::fs::read_dir(FOLDER).context("cannot read scenarios/")?;
    let paths = listed.map(|entry| entry.map(|entry| entry.path()));
    let mut files = paths.collect::<Result<Vec<_>, _>>().context("cannot read scenarios/")?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_can_be_read() {
        let cases: Vec<Case> = files()
            .expect("there are cases")
            .iter()
            .map(|file| Case::read(file).expect("it reads"))
            .collect();
        assert!(cases.len() >= 30, "{} cases", cases.len());
        assert!(cases.iter().filter(|case| case.truth.is_clean()).count() >= 6);
    }
}
