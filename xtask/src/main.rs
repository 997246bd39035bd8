//! The project's own chores and benchmarks, as `cargo xtask NAME`.

#![expect(clippy::print_stdout, reason = "a chore's result is what it prints")]

mod endpoint;

use anyhow::{Result, bail};

const CHORES: &str = "\
endpoint    how exact the endpoint's link is, and how its throughput compares with nginx's";

fn main() -> Result<()> {
    let name = std::env::args().nth(1);
    match name.as_deref() {
        Some("endpoint") => endpoint::measure(),
        Some(endpoint::PROCESS) => endpoint::be_the_endpoint(),
        Some(other) => bail!("there is no chore {other:?}; there are:\n{CHORES}"),
        None => bail!("which chore? There are:\n{CHORES}"),
    }
}
