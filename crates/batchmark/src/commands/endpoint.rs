//! `batchmark endpoint`: serves the embedded endpoint until it is ended.

use endpoint::StandaloneEndpoint;
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
    let endpoint = StandaloneEndpoint::start(&private.path()?, &arguments.link, arguments.listen)?;
    let handle = endpoint.stop_handle();
    interrupt::on_signal(move || handle.stop())?;
    print(&format!("{}\n{}\n", endpoint.url(), endpoint.ca_certificate().display()))?;
    endpoint.run();
    Ok(Exit::Success)
}
