//! `batchmark strategies`: lists what can be compared here.

use report::printer::{print, style};
use runner::process_groups::ProcessGroups;

use crate::catalogue::{Catalogue, HostContext};
use crate::exit::Exit;
use crate::hosts::{self, Carried, HostArguments};
use crate::interrupt;
use crate::private_folder::PrivateFolder;
use crate::secrets::SecretCollector;

/// Lists the strategies of every host with their conditions and library versions, and how to get
/// what is missing.
///
/// # Errors
/// If an argument is wrong, or Ctrl-C cannot be caught.
pub fn list(arguments: &HostArguments) -> anyhow::Result<Exit> {
    let private = PrivateFolder::default();
    interrupt::end_at_once(private.remover())?;
    let (carried, groups) = (Carried::to(private.clone()), ProcessGroups::default());
    let context = HostContext { carried: &carried, private: &private, groups: &groups };
    let catalogue = Catalogue::start_all(&hosts::all(arguments)?, context);
    let text = report::strategies(&catalogue.drivers, &catalogue.absent, style());
    print(&SecretCollector::of_hosts(arguments).secrets().hide(&text))?;
    Ok(Exit::Success)
}
