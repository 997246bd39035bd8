//! The page with what clients do differently over HTTP/2.

use evidence::setting::Session;
use explain::whatif::MeasuredClient;
use replay::WorkRatio;

const HEAD: &str = "\
# What clients do differently over HTTP/2

Where a recording has one version of HTTP only, [`batchmark whatif`](whatif.md) takes from this table what changes with
the other one. `cargo xtask http-work --publish` writes it, and measures each client over both versions in four cells of
6 to 48 requests.

- **Warm, cold, opening:** for a request of a warm and of a cold session, and for a connection, how many times as long
  the client works over HTTP/2 as over HTTP/1.1, with the range to expect in another cell.
- **Shares kept, shares opened:** whether one connection carries several requests at once, where it was open before the
  batch, and where it is opened in it.
- **SETTINGS first:** whether a new connection carries one request only until the server's SETTINGS have arrived.
- **Together:** whether requests that are written at once leave together.

A client that is not in the table may work as much more or less as any of these: its predictions are extrapolated.

| client | warm | cold | opening | shares kept | shares opened | SETTINGS first | together |
| --- | --- | --- | --- | --- | --- | --- | --- |
";

/// The page.
pub(super) fn page(clients: &[MeasuredClient]) -> String {
    let rows: Vec<String> = clients.iter().map(|client| row(client) + "\n").collect();
    format!("{HEAD}{}", rows.concat())
}

/// The row of a client.
pub(super) fn row(client: &MeasuredClient) -> String {
    let ratio = |ratio: Option<WorkRatio>| {
        ratio.map_or("not seen".to_owned(), |WorkRatio { usual, least, most }| {
            format!("{usual:.2}× [{least:.2}, {most:.2}]")
        })
    };
    let word = |is: bool| if is { "yes" } else { "no" };
    format!(
        "| {} | {} | {} | {} | {} | {} | {} | {} |",
        client.client,
        ratio(client.request_ratio(Session::Warm)),
        ratio(client.request_ratio(Session::Cold)),
        ratio(client.opening_ratio()),
        word(client.shares_kept),
        word(client.shares_opened),
        word(client.awaits_settings),
        word(client.writes_together),
    )
}
