//! `batchmark strategies`: lists what can be compared here.

use report::printer::{print, style};
use report::{AbsentHostText, Listed};
use runner::process_groups::ProcessGroups;

use crate::catalogue::{Catalogue, HostContext};
use crate::exit::Exit;
use crate::hosts::{self, Carried, HostArguments};
use crate::interrupt;
use crate::private_folder::PrivateFolder;

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
    let catalogue = Catalogue::of_all(&hosts::all(arguments)?, context);
    let listed = catalogue.drivers.iter().map(|driver| Listed {
        host: &driver.host,
        program: &driver.command.program,
        hello: &driver.hello,
    });
    let not_there = catalogue.absent.iter().map(|absent| AbsentHostText {
        host: &absent.host,
        reason: &absent.absence.reason,
        remedy: &absent.absence.remedy,
    });
    print(&report::strategies(listed, not_there, style()))?;
    Ok(Exit::Success)
}
