//! Text of `dead_address`.

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "an address that does not answer",
    cause: |_| "an address of the host does not answer".to_owned(),
    sentence: |finding| {
        format!("{} first tries an address that does not answer: {}.", finding.label, more(finding))
    },
    remedy: |_| {
        "Remove the address from the host's DNS records, make it answer, or connect to the other one."
            .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# dead_address

The host's name has an address that does not answer. The client tries it first, and another one later.

## What it means

A name can have several addresses, often one for IPv6 and one for IPv4. If a firewall drops packets to
the first one, the client gets no answer at all. Clients that try addresses in parallel ("happy
eyeballs", [RFC 8305](https://www.rfc-editor.org/rfc/rfc8305)) start with the next one after 250 ms.
Others wait for a time limit of seconds. Each new connection waits again.

## How it is measured

The socket witness sees attempts to connect that never succeed. The charge is the time on the critical
path from the first of them until the client tried the address that its request then went to.

## What looks like it

- `dns`: the lookup itself is slow.
- `connection_setup`: the address answers, but only after a second SYN.
- `cold_start`: other work before the first request.

## What to change

Find out which addresses the name has, and whether each one answers:

```sh
getent ahosts api.example
curl -6 -sv -o /dev/null https://api.example/
curl -4 -sv -o /dev/null https://api.example/
```

Remove the record of the one that does not, or make the server listen there. `localhost` often has `::1`
first, while a server listens on `127.0.0.1` only.
"#;
