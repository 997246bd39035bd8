//! `batchmark strategies`: what can be compared here.

use report::printer::{print, style};
use report::{Listed, NotThere};
use runner::process_groups::ProcessGroups;

use crate::catalogue::{Catalogue, Place};
use crate::exit::Exit;
use crate::hosts::{self, Carried, HostArguments};
use crate::interrupt;
use crate::private_folder::PrivateFolder;

/// Lists the strategies of every host with their conditions and the versions behind them, and what
/// is not there and how to get it.
///
/// # Errors
/// When what was typed is wrong, or Ctrl-C cannot be caught.
pub fn list(arguments: &HostArguments) -> anyhow::Result<Exit> {
    let private = PrivateFolder::default();
    interrupt::end_at_once(private.remover())?;
    let (carried, groups) = (Carried::to(private.clone()), ProcessGroups::default());
    let place = Place { carried: &carried, private: &private, groups: &groups };
    let catalogue = Catalogue::of_all(&hosts::all(arguments)?, place);
    let listed = catalogue.asked.iter().map(|asked| Listed {
        host: &asked.host,
        program: &asked.command.program,
        hello: &asked.hello,
    });
    let not_there = catalogue.absent.iter().map(|absent| NotThere {
        host: &absent.host,
        reason: &absent.absence.reason,
        remedy: &absent.absence.remedy,
    });
    print(&report::strategies(listed, not_there, style()))?;
    Ok(Exit::Success)
}
