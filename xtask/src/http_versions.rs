//! How well `whatif` predicts HTTP/2 from HTTP/1.1, and HTTP/1.1 from HTTP/2.
//!
//! Each cell measures some clients over both versions, interleaved. Each arm is then predicted from the arm of the
//! other version, as `batchmark whatif` does, and compared with what was measured. Recordings stay in
//! `http-versions/` of the build folder, so that `--again` predicts with the current program without measuring.

mod prediction;
mod score;

use anyhow::{Result, anyhow, bail};

use self::prediction::{Direction, Predicted, predict};
use self::score::Score;
use crate::recording_file;
use crate::scenarios::{Need, Options, Provided, Scenario, ScenarioRun, Source, results_folder};

/// In how many blocks each cell measures its arms.
const BLOCKS: u32 = 8;
/// The number of seeds without `--seeds`.
const SEEDS: u64 = 1;
/// The goal for the median error, as a share of the measured time.
const MEDIAN: f64 = 0.1;
/// The goal for the share of pairs of arms whose order is right.
const ORDERED: f64 = 0.95;

const CLIENTS: [&str; 4] = ["hyper/async", "reqwest/async", "httpx/async", "niquests/async"];
const SESSIONS: [&str; 2] = ["cold", "warm"];
const VERSIONS: [&str; 2] = ["1.1", "2"];

/// A batch size, and what the cell sets of the link beside `http=2`. Together they have each of some levels of the
/// round trip, the rate and the room of the server.
const CELLS: [Cell; 10] = [
    Cell { batch: 8, link: "rtt=2ms,body=1kB" },
    Cell { batch: 8, link: "rtt=40ms,body=4kB" },
    Cell { batch: 16, link: "rtt=10ms,body=4kB" },
    Cell { batch: 16, link: "rtt=20ms,body=4kB,bandwidth=20Mbit" },
    Cell { batch: 16, link: "rtt=5ms,body=1kB,think=5ms,capacity=4" },
    Cell { batch: 16, link: "rtt=40ms,body=20kB" },
    Cell { batch: 32, link: "rtt=20ms,body=1kB" },
    Cell { batch: 32, link: "rtt=80ms,body=4kB" },
    Cell { batch: 32, link: "rtt=10ms,body=1kB,think=2ms,capacity=16" },
    Cell { batch: 64, link: "rtt=40ms,body=4kB,bandwidth=100Mbit" },
];

/// A batch size, and the link beside `http=2`.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cell {
    pub(crate) batch: u32,
    pub(crate) link: &'static str,
}

impl Cell {
    fn words(self) -> String {
        format!("{} requests, {}", self.batch, self.link)
    }

    /// The run that measures all arms of the cell. Every session keeps as many connections as there are requests.
    fn scenario(self) -> Scenario {
        let arm = |client, session, version| {
            format!("{client}:http={version},session={session},pool={}", self.batch)
        };
        let arms = CLIENTS.iter().flat_map(|client| {
            SESSIONS.iter().flat_map(move |session| {
                VERSIONS.iter().map(move |version| arm(client, session, version))
            })
        });
        let arms = arms.collect::<Vec<_>>().join(",");
        let run = [
            ["-s", &arms],
            ["-b", &self.batch.to_string()],
            ["-n", &BLOCKS.to_string()],
            ["--link", &format!("{},http=2", self.link)],
        ];
        let run = run.into_iter().flatten().chain(["--no-controls"]).map(str::to_owned).collect();
        let name = format!("{}-{}", self.batch, self.link.replace([',', '='], "-"));
        Scenario { name, run, needs: vec![Need::Python], ..Scenario::default() }
    }
}

/// Measures the cells, predicts and prints the results.
pub(crate) fn measure() -> Result<()> {
    let options = Options::read(std::env::args().skip(2), SEEDS)?;
    let results = results_folder("http-versions")?;
    let mut provided = Provided::default();
    let mut all: Vec<Predicted> = Vec::new();
    for cell in CELLS.into_iter().filter(|cell| options.chooses(&cell.scenario().name)) {
        let scenario = cell.scenario();
        provided.check(&scenario, options.source).map_err(|reason| anyhow!(reason))?;
        for seed in 1..=options.seeds {
            let run =
                ScenarioRun { scenario: &scenario, seed, provided: &provided, results: &results };
            if options.source == Source::Run {
                run.measure()?;
            }
            let predicted = predict(&recording_file::read(&run.recording())?)?;
            println!("{:<50} {}", cell.words(), Score::of(&predicted, |_| true));
            all.extend(predicted);
        }
    }
    for direction in Direction::ALL {
        for session in SESSIONS {
            let is_part =
                |one: &Predicted| one.direction == direction && one.has("session", session);
            println!("{direction:<43} {session:<6} {}", Score::of(&all, is_part));
        }
    }
    let score = Score::of(&all, |_| true);
    println!("{:<50} {score}", "all");
    let is_close = score.median().is_some_and(|median| median <= MEDIAN);
    let is_ordered = score.ordered().is_some_and(|share| share >= ORDERED);
    if !(is_close && is_ordered) {
        bail!("a goal is missed: a median error of at most 10%, and 95% of the pairs in order");
    }
    Ok(())
}
