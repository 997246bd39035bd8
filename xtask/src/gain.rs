//! Whether findings promise what their remedies gain: measures every pair of `scenarios/pairs.jsonl`,
//! an arm and the same arm with a remedy.
//!
//! The program gets a recording of the first arm alone, so that its promise knows nothing of the
//! second. Recordings and analyses stay in `gain/` of the build folder, so that `--again` can judge them
//! with the current rules. The task prints a line per run, then the errors and the goals.

mod judgement;
mod pair;
mod pair_run;
mod reduction;
mod tally;

use anyhow::{Result, bail};

use self::judgement::Judgement;
use self::pair::Pair;
use self::pair_run::PairRun;
use self::tally::Tally;
use crate::scenarios::{Options, Provided, ScenarioRun, results_folder};

/// The default number of seeds per pair.
const SEEDS: u64 = 1;

/// Measures the pairs and prints the results.
pub(crate) fn measure() -> Result<()> {
    let options = Options::read(std::env::args().skip(2), SEEDS)?;
    let pairs = chosen(&options)?;
    let results = results_folder("gain")?;
    let mut provided = Provided::default();
    let mut tally = Tally::default();
    println!(
        "{:<28} {:<6} {:>8}  {:<46} {:<28} {:>6}",
        "", "", "batch", "promised", "measured", "error"
    );
    for pair in &pairs {
        let scenario = &pair.scenario;
        if let Err(reason) = provided.check(scenario, options.source) {
            println!("{:<28} not run: {reason}", scenario.name);
            tally.skip(&scenario.name);
            continue;
        }
        for seed in 1..=options.seeds {
            let both = ScenarioRun { scenario, seed, provided: &provided, results: &results };
            let judged = PairRun { pair, both }.judge(options.source);
            note(&mut tally, &format!("{} {seed}", scenario.name), judged);
        }
    }
    println!("\n{tally}");
    if !tally.reaches_its_goals() {
        bail!("at least one goal is missed");
    }
    Ok(())
}

/// Prints the line of a run and adds it to the results.
fn note(tally: &mut Tally, name: &str, judged: Result<Judgement>) {
    match judged {
        Ok(judgement) => {
            println!("{name:<28} {judgement}");
            tally.add(name, judgement);
        }
        Err(error) => {
            println!("{name:<28} no result: {error:#}");
            tally.add_without_result(name);
        }
    }
}

/// The pairs whose names contain one of the given words; all without words.
fn chosen(options: &Options) -> Result<Vec<Pair>> {
    let mut pairs = Pair::read_all()?;
    pairs.retain(|pair| options.chooses(&pair.scenario.name));
    if pairs.is_empty() {
        bail!("no pair has this name: scenarios/pairs.jsonl lists the pairs");
    }
    Ok(pairs)
}
