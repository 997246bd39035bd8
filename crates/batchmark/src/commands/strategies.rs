//! `batchmark strategies`: what can be compared here.

use report::printer::print;
use runner::groups::ProcessGroups;

use crate::catalogue::Catalogue;
use crate::exit::Exit;

/// Lists the strategies with their conditions, and the versions behind them.
///
/// # Errors
/// When a driver does not answer.
pub fn list() -> anyhow::Result<Exit> {
    let catalogue = Catalogue::discover(super::drivers()?, &ProcessGroups::default())?;
    print(&report::strategies(&catalogue.hellos))?;
    Ok(Exit::Success)
}
