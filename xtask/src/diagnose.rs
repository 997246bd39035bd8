//! Whether the causes that were put there are found: every case of `scenarios/`, with several seeds.
//!
//! Each run is one of the program as a person starts it. Its recording and its analysis stay in
//! `diagnose/` of the build folder, so that `--again` can judge the recordings that are there by
//! rules that have changed since. A line a run is printed while going; at the end stands what came
//! first where what had been put there, and how that compares with what is asked for.

mod analysis;
mod case;
mod confusion;
mod judgement;
mod needs;
mod options;
mod server;
mod tally;
mod trial_run;

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};

use self::case::Case;
use self::judgement::Judgement;
use self::needs::Provided;
use self::options::{Options, Source};
use self::tally::Tally;
use self::trial_run::TrialRun;
use crate::program;

/// Where the cases stand.
const SCENARIOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenarios");

/// Runs the cases, and prints what came of them.
pub(crate) fn measure() -> Result<()> {
    let options = Options::read(std::env::args().skip(2))?;
    let cases = chosen(&options)?;
    let results = program::build_folder()?.join("diagnose");
    std::fs::create_dir_all(&results)
        .with_context(|| format!("{} cannot be made", results.display()))?;
    let mut provided = Provided::default();
    let mut tally = Tally::default();
    for case in &cases {
        if let Err(reason) = provided.check(case, options.source) {
            println!("{:<34} not run: {reason}", case.name);
            tally.leave_out(case);
            continue;
        }
        for seed in 1..=options.seeds {
            let judgement = judged(case, seed, options.source, &provided, &results);
            println!("{:<34} {seed}  {judgement}", case.name);
            tally.add(case, seed, judgement);
        }
    }
    println!("\n{tally}");
    if !tally.reaches_its_goals() {
        bail!("the goals are not reached");
    }
    Ok(())
}

fn judged(
    case: &Case,
    seed: u64,
    source: Source,
    provided: &Provided,
    results: &Path,
) -> Judgement {
    let run = TrialRun { case, seed, provided, results };
    let analysis = match source {
        Source::Run => run.measure(),
        Source::Recorded => run.analyse_again(),
    };
    match analysis {
        Ok(analysis) => Judgement::of(case, &analysis),
        Err(error) => Judgement::without_result(format!("{error:#}")),
    }
}

/// The cases whose names hold one of the words that were given; all where none was.
fn chosen(options: &Options) -> Result<Vec<Case>> {
    let mut cases = Vec::new();
    for file in files()? {
        let case = Case::read(&file)?;
        if options.chooses(&case.name) {
            cases.push(case);
        }
    }
    if cases.is_empty() {
        bail!("no case has such a name: `ls scenarios` shows those that there are");
    }
    Ok(cases)
}

fn files() -> Result<Vec<PathBuf>> {
    let listed = std::fs::read_dir(SCENARIOS).context("scenarios/ cannot be read")?;
    let paths = listed.map(|entry| entry.map(|entry| entry.path()));
    let mut files = paths.collect::<Result<Vec<_>, _>>().context("scenarios/ cannot be read")?;
    files.retain(|path| path.extension().is_some_and(|extension| extension == "json"));
    files.sort();
    Ok(files)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_that_is_there_reads() {
        let cases: Vec<Case> = files()
            .expect("there are cases")
            .iter()
            .map(|file| Case::read(file).expect("it reads"))
            .collect();
        assert!(cases.len() >= 30, "{} cases", cases.len());
        assert!(cases.iter().filter(|case| case.truth.is_clean()).count() >= 6);
    }
}
