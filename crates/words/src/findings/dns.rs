//! Text of `dns`.

use explain::{ClientLibrary, ClientOrigin, Finding};

use super::FindingText;
use super::phrases::{WARM_SESSION, has, more, session, with_setting};

pub(super) const TEXT: FindingText = FindingText {
    title: "DNS lookups",
    cause: |_| "DNS lookups".to_owned(),
    sentence: |finding| format!("{} waits for DNS lookups: {}.", finding.label, more(finding)),
    remedy,
    page: PAGE,
};

fn remedy(finding: &Finding) -> String {
    let client = finding.client;
    match (client.library, client.origin) {
        (ClientLibrary::Curl, _) => {
            "Pass all URLs to one curl process, which resolves the name once.".to_owned()
        }
        (_, ClientOrigin::Command) => {
            "Reuse connections, or cache the address of the host.".to_owned()
        }
        (library, ClientOrigin::OwnCode) => {
            format!("Create one {} and use it for all requests and batches.", session(library))
        }
        (_, ClientOrigin::BuiltIn) if has(finding, WARM_SESSION) => {
            "Cache the address of the host, for example with a local resolver.".to_owned()
        }
        (library, ClientOrigin::BuiltIn) => {
            let instruction = format!("Keep one {} for all batches", session(library));
            with_setting(finding, &instruction, WARM_SESSION)
        }
    }
}

const PAGE: &str = r#"# dns

The batch waits for DNS lookups.

## What it means

Each new connection looks the host name up, unless something caches the answer. The resolvers of
Python and Node do not cache. aiohttp caches an answer for 10 s within one session. A slow resolver
adds its time to every new connection.

## How it is measured

The size is the time in `dns` on the critical path, from the client's trace, or else from the socket
witness. Where neither reports lookups, this time is part of `client` or `connect`.

The embedded endpoint has an address instead of a name, so you see this finding with your own server.

## What looks like it

- `cold_start`: work before the first request.

## What to change

Keep connections, or resolve the name once and keep the address. A local caching resolver
(`systemd-resolved`, `dnsmasq`) helps every program on the machine.

```python
session = requests.Session()          # one session: one connection, one lookup
```
"#;
