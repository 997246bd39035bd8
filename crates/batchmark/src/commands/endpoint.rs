//! `batchmark endpoint`: the embedded endpoint on its own.

use endpoint::Alone;
use report::printer::print;

use crate::arguments::EndpointArguments;
use crate::exit::Exit;

/// Serves until it is ended. The first line of stdout is the URL, the second the path of the
/// certificate to trust.
///
/// # Errors
/// When the address cannot be listened on.
pub fn alone(arguments: &EndpointArguments) -> anyhow::Result<Exit> {
    let alone = Alone::start(&arguments.link, arguments.listen)?;
    let certificate = alone.ca_certificate().map(|path| format!("{}\n", path.display()));
    print(&format!("{}\n{}", alone.url(), certificate.unwrap_or_default()))?;
    alone.run()?;
    Ok(Exit::Success)
}
