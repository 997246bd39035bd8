//! How long it takes until a tool claims that one of two commands is slower, while the load of the machine
//! drifts, and how often the claim is wrong.
//!
//! ```text
//! cargo xtask verdict [--sessions N] [--patience SECONDS] [--seed N] [--publish]
//! ```
//!
//! Both commands are the same client of the embedded endpoint; the second makes no, 10% or 30% more requests.
//! Each tool gets the same load, which starts with it, and the same patience.

mod claim;
mod load;
mod options;
mod session;
mod tool;

use anyhow::{Context, Result};

use crate::performance_page::Table;
use crate::scenarios::ExternalEndpoint;
use claim::{Attempt, Difference, Tally};
use load::DriftingLoad;
use options::Options;
use session::Session;
use tool::Tool;

/// Every answer takes 2 ms, so that the requests are most of what a command takes.
const LINK: &str = "rtt=0,tls=off,think=2ms";
const DIFFERENCES: [Difference; 3] = [Difference(0), Difference(10), Difference(30)];

/// Measures and prints the table.
pub(crate) fn measure() -> Result<()> {
    let Options { sessions, patience, seed, publication } =
        Options::read(std::env::args().skip(2))?;
    let endpoint = ExternalEndpoint::start(LINK)?;
    let mut table = Table::new("verdict");
    table.line(&format!(
        "two commands under a drifting load, {sessions} sessions of each tool, at most {} s each",
        patience.as_secs()
    ));
    table.line(&format!(
        "{:<10}  {:<21} {:>6} {:>6} {:>16} {:>15}",
        "difference", "tool", "claims", "wrong", "s to the verdict", "runs of each"
    ));
    for difference in DIFFERENCES {
        let session = Session::new(&endpoint, difference, patience)?;
        for tool in Tool::ALL {
            let attempts: Result<Vec<Attempt>> = (0..sessions)
                .map(|number| {
                    let _load = DriftingLoad::start(seed + u64::from(number))?;
                    tool.attempt(&session)
                        .with_context(|| format!("{tool} failed at a difference of {difference}"))
                })
                .collect();
            let tally = Tally { difference, attempts: &attempts? };
            table.line(&format!("{difference:<10}  {tool:<21} {tally}"));
        }
    }
    table.finish(publication)
}
