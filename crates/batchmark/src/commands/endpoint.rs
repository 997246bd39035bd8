//! `batchmark endpoint`: serves the embedded endpoint until it is ended.

use endpoint::Alone;
use report::printer::print;

use crate::arguments::EndpointArguments;
use crate::exit::Exit;
use crate::interrupt;
use crate::private_folder::PrivateFolder;

/// Serves until a signal ends the program. Prints the URL on the first line and the path of the
/// certificate to trust on the second.
///
/// # Errors
/// If it cannot listen on the address, or the signals cannot be caught.
pub fn alone(arguments: &EndpointArguments) -> anyhow::Result<Exit> {
    let private = PrivateFolder::default();
    let alone = Alone::start(&private.path()?, &arguments.link, arguments.listen)?;
    let ender = alone.ender();
    interrupt::on_signal(move || ender.end())?;
    print(&format!("{}\n{}\n", alone.url(), alone.ca_certificate().display()))?;
    alone.run();
    Ok(Exit::Success)
}
