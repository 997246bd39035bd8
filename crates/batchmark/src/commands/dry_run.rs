//! `batchmark run --dry-run`: prints the request as a plan file, with every default that it fills in.

use model::plan::StopRule;
use report::printer::print;

use super::run::Read;
use crate::arguments::RunArguments;
use crate::exit::Exit;
use crate::measuring::STRATEGIES;
use crate::option_texts::{OptionId, OptionTexts, run_command};
use crate::plan_file;

/// Prints the request as a plan file.
///
/// # Errors
/// If stdout cannot be written.
pub(super) fn print_plan(arguments: &RunArguments, read: &Read) -> anyhow::Result<Exit> {
    let file = plan_file::write(
        &completed(arguments, read),
        &run_command(),
        read.secrets.secrets(),
    );
    print(&format!("{}{file}", comment(read)))?;
    Ok(Exit::Success)
}

/// What the file cannot say by a key.
fn comment(read: &Read) -> String {
    let stop = match &read.request.stop {
        rule @ StopRule::Precision { least, most: Some(most), half_width, .. }
            if *rule == StopRule::DEFAULT =>
        {
            format!(
                "# It ends when every ratio is known to within {}%, after {least} to {most} blocks.\n",
                half_width * 100.0
            )
        }
        _ => String::new(),
    };
    format!("# A plan: measure it with `batchmark run FILE`.\n{stop}")
}

/// The options with the defaults that decide what is measured.
fn completed(arguments: &RunArguments, read: &Read) -> OptionTexts {
    let command = run_command();
    let mut texts = arguments.source.texts.clone();
    for definition in command.get_arguments() {
        let id = OptionId::new(definition);
        if !definition.get_default_values().is_empty() && !texts.has(&id) {
            let defaults = definition.get_default_values().iter();
            texts.set(id, defaults.map(|value| value.to_os_string()).collect());
        }
    }
    let request = &read.request;
    let sizes = request.batch_sizes.iter().map(|size| size.0.to_string().into()).collect();
    texts.set(OptionId::named("batch_sizes"), sizes);
    texts.set(OptionId::named("seed"), vec![request.seed.to_string().into()]);
    let has_own = !request.hosts.own.is_empty() || !request.hosts.commands.is_empty();
    if request.strategies.is_empty() && !has_own {
        let usual = STRATEGIES.map(Into::into).to_vec();
        texts.set(OptionId::named("strategies"), usual);
    }
    texts
}
