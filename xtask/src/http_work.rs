//! What clients do differently over HTTP/2: how much more or less they work for a request and for a connection, and how
//! they share connections. `whatif` needs it where a recording has one version only.
//!
//! Each client is measured over both versions, interleaved, in cells that `cargo xtask http-versions` does not have.
//! Recordings stay in `http-work/` of the build folder, so that `--again` learns from them with the current program.
//! `--publish` writes what the program uses, and the page about it.

mod lesson;
mod page;

use anyhow::{Context, Result, anyhow};
use explain::whatif::MeasuredClient;

use self::lesson::Lesson;
use crate::http_versions::Cell;
use crate::recording_file;
use crate::scenarios::{Need, Provided, Scenario, ScenarioRun, Source, results_folder};

/// What the program uses.
const DATA: &str =
    concat!(env!("CARGO_MANIFEST_DIR"), "/../crates/explain/src/whatif/http_clients.json");
/// The page about it.
const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/http-work.md");

const BLOCKS: u32 = 8;
const SEED: u64 = 1;

/// A strategy of each client that speaks both versions, and what it needs.
const STRATEGIES: [(&str, Option<Need>); 9] = [
    ("hyper/async", None),
    ("reqwest/async", None),
    ("httpx/async", Some(Need::Python)),
    ("httpx2/async", Some(Need::Python)),
    ("niquests/async", Some(Need::Python)),
    ("pycurl/multi", Some(Need::Python)),
    ("curl_cffi/async", Some(Need::Python)),
    ("undici/request", Some(Need::Node)),
    ("go/concurrent", None),
];

/// The cells: a batch size, and the link beside `http=2`.
const CELLS: [Cell; 4] = [
    Cell { batch: 6, link: "rtt=10ms,body=2kB" },
    Cell { batch: 12, link: "rtt=30ms,body=1kB" },
    Cell { batch: 24, link: "rtt=15ms,body=8kB" },
    Cell { batch: 48, link: "rtt=50ms,body=2kB" },
];

/// Which recordings are used, and what becomes of the results.
#[derive(Clone, Copy, Debug)]
struct Options {
    source: Source,
    is_published: bool,
}

impl Options {
    fn read(words: impl Iterator<Item = String>) -> Result<Self> {
        let mut options = Self { source: Source::Run, is_published: false };
        for word in words {
            match word.as_str() {
                "--again" => options.source = Source::Recorded,
                "--publish" => options.is_published = true,
                other => return Err(anyhow!("unknown option {other}: use [--again] [--publish]")),
            }
        }
        Ok(options)
    }
}

/// Measures the clients and prints what they do differently.
pub(crate) fn measure() -> Result<()> {
    let options = Options::read(std::env::args().skip(2))?;
    let results = results_folder("http-work")?;
    let mut provided = Provided::default();
    let mut clients: Vec<MeasuredClient> = Vec::new();
    for (strategy, need) in STRATEGIES {
        let mut lessons = Vec::new();
        for cell in CELLS {
            let scenario = scenario(strategy, need, cell);
            provided.check(&scenario, options.source).map_err(|reason| anyhow!(reason))?;
            let run = ScenarioRun {
                scenario: &scenario,
                seed: SEED,
                provided: &provided,
                results: &results,
            };
            if options.source == Source::Run {
                run.measure()?;
            }
            lessons.push(Lesson::of(&recording_file::read(&run.recording())?)?);
        }
        let client = lesson::summary(strategy, &lessons);
        println!("{}", page::row(&client));
        clients.push(client);
    }
    if options.is_published {
        let data = serde_json::to_string_pretty(&clients).context("cannot write the data")?;
        std::fs::write(DATA, data + "\n").context("cannot write the data")?;
        std::fs::write(PAGE, page::page(&clients)).context("cannot write the page")?;
    }
    Ok(())
}

/// The run of a client over both versions, with a cold and a warm session.
fn scenario(strategy: &str, need: Option<Need>, cell: Cell) -> Scenario {
    let arms = ["cold", "warm"].into_iter().flat_map(|session| {
        ["1.1", "2"].map(|version| {
            format!("{strategy}:http={version},session={session},pool={}", cell.batch)
        })
    });
    let run = [
        ["-s".to_owned(), arms.collect::<Vec<_>>().join(",")],
        ["-b".to_owned(), cell.batch.to_string()],
        ["-n".to_owned(), BLOCKS.to_string()],
        ["--link".to_owned(), format!("{},http=2", cell.link)],
    ];
    let run = run.into_iter().flatten().chain(["--no-controls".to_owned()]).collect();
    let name = format!("{}-{}", strategy.replace('/', "-"), cell.batch);
    Scenario { name, run, needs: need.into_iter().collect(), ..Scenario::default() }
}
