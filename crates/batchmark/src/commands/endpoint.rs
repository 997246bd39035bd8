//! `batchmark endpoint`: the embedded endpoint on its own.

use endpoint::Alone;
use report::printer::print;

use crate::arguments::EndpointArguments;
use crate::exit::Exit;
use crate::interrupt;
use crate::private_folder::PrivateFolder;

/// Serves until it is ended. The first line of stdout is the URL, the second the path of the
/// certificate to trust.
///
/// # Errors
/// When the address cannot be listened on, or the signals that end it cannot be caught.
pub fn alone(arguments: &EndpointArguments) -> anyhow::Result<Exit> {
    let private = PrivateFolder::default();
    let alone = Alone::start(&private.path()?, &arguments.link, arguments.listen)?;
    let ender = alone.ender();
    interrupt::on_signal(move || ender.end())?;
    print(&format!("{}\n{}\n", alone.url(), alone.ca_certificate().display()))?;
    alone.run();
    Ok(Exit::Success)
}
