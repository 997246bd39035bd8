//! Whether the user's own code and commands are what they were when a run began.

use std::collections::BTreeMap;

use model::arm::ArmName;
use model::facts::{self, Facts, name};
use model::plan::{CommandFile, OwnCommand, OwnFile};
use model::secrets::Secrets;

use super::Interrupted;
use crate::hosts::{self, BadHost, HostArguments};
use crate::usage::UsageError;

/// Refuses files of own code and commands that have changed.
///
/// # Errors
/// If one has changed.
pub(crate) fn check(
    interrupted: &Interrupted,
    given: &HostArguments,
    secrets: &Secrets,
) -> Result<(), UsageError> {
    check_files(interrupted, &hosts::own_files(given))?;
    let mut commands = hosts::own_commands(given).map_err(BadHost::from)?;
    commands.iter_mut().for_each(|command| secrets.hide_in_command(command));
    for then in &interrupted.plan.commands {
        // One that is not given is no strategy here, which is refused later.
        let now = commands.iter().find(|now| now.strategy == then.strategy);
        let change = now.and_then(|now| change(then, now));
        if let Some(change) = change {
            return Err(interrupted.refusal(&change));
        }
    }
    Ok(())
}

fn check_files(interrupted: &Interrupted, now: &[OwnFile]) -> Result<(), UsageError> {
    let contents = |files: &[OwnFile]| -> Vec<String> {
        files.iter().map(|file| file.sha256.clone()).collect()
    };
    let then = &interrupted.plan.own;
    if contents(then) == contents(now) {
        return Ok(());
    }
    let changed = then.iter().find(|file| !contents(now).contains(&file.sha256));
    let name = changed.map_or("the own code", |file| file.typed.as_str());
    Err(interrupted.refusal(&format!("{name} has changed since")))
}

/// What has changed of a command; nothing where it is the same.
fn change(then: &OwnCommand, now: &OwnCommand) -> Option<String> {
    let text = |command: &OwnCommand| {
        let shell = if command.shell { " with --shell" } else { "" };
        let null = command.null.iter().map(|words| format!(", without work `{}`", words.join(" ")));
        format!("`{}`{}{shell}", command.words.join(" "), null.collect::<String>())
    };
    let strategy = &then.strategy;
    if text(then) != text(now) {
        return Some(format!("{strategy} was {} and is {}", text(then), text(now)));
    }
    let contents = |command: &OwnCommand| -> BTreeMap<String, String> {
        let entry = |file: &CommandFile| (file.name.clone(), file.tag.clone());
        command.files.iter().map(entry).collect()
    };
    let (then, now) = (contents(then), contents(now));
    let file = differing(&then, &now)?;
    Some(format!("{file}, which {strategy} uses, has changed since"))
}

/// Refuses own code that imports files which have changed.
///
/// # Errors
/// If one has changed.
pub(crate) fn check_imports(
    interrupted: &Interrupted,
    arm: &ArmName,
    then: &Facts,
    now: &Facts,
) -> Result<(), UsageError> {
    let files = |facts: &Facts| facts.get(name::IMPORTS).map(|fact| facts::files(fact));
    let (then, now) = (files(then).unwrap_or_default(), files(now).unwrap_or_default());
    match differing(&then, &now) {
        Some(file) => {
            Err(interrupted.refusal(&format!("{file}, which {arm} imports, has changed since")))
        }
        None => Ok(()),
    }
}

/// The first file whose content differs or that one side lacks.
fn differing<'a>(
    then: &'a BTreeMap<String, String>,
    now: &'a BTreeMap<String, String>,
) -> Option<&'a str> {
    let mut names = then.keys().chain(now.keys());
    names.find(|name| then.get(*name) != now.get(*name)).map(String::as_str)
}
