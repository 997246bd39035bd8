//! Text of `tls_preparation`.

use explain::{ClientLibrary, ClientOrigin, ContextScope, Finding, Remedy};

use super::FindingText;
use super::phrases::{
    REUSE_CONNECTIONS, SHARED_CONTEXT, WARM_SESSION, cost, has, reuse_session, session,
    with_setting,
};

pub(super) const TEXT: FindingText = FindingText {
    title: "preparing TLS for each connection",
    cause: |finding| format!("new TLS context for each {}", scope(finding)),
    sentence: |finding| {
        let (label, scope) = (&finding.label, scope(finding));
        format!(
            "{label} loads certificates and creates a TLS context for each {scope}: {}.",
            cost(finding)
        )
    },
    remedy,
    page: PAGE,
};

const fn scope(finding: &Finding) -> &'static str {
    match finding.remedy {
        Remedy::ShareContext(ContextScope::Batch) => "batch",
        _ => "connection",
    }
}

fn remedy(finding: &Finding) -> String {
    let client = finding.client;
    if client.library == ClientLibrary::Curl {
        return "Pass all URLs to one curl process, which loads the certificates once.".to_owned();
    }
    match (&finding.remedy, client.origin) {
        (Remedy::ReuseConnections, ClientOrigin::Command) => return REUSE_CONNECTIONS.to_owned(),
        (Remedy::ReuseConnections, _) => return reuse_session(client.library),
        _ => {}
    }
    if client.origin == ClientOrigin::Command {
        return "Create one TLS context and use it for all connections.".to_owned();
    }
    let is_kept = has(finding, WARM_SESSION);
    if finding.remedy == Remedy::ShareContext(ContextScope::Batch) && !finding.because && !is_kept {
        let instruction = format!("Keep one {} for all batches", session(client.library));
        return with_setting(finding, &instruction, WARM_SESSION);
    }
    let instruction = match client.library {
        ClientLibrary::Requests => "Create one ssl.SSLContext and pass it to every Session",
        ClientLibrary::Httpx => "Create one ssl.SSLContext and pass it to every Client as verify=",
        ClientLibrary::Aiohttp => {
            "Create one ssl.SSLContext and pass it to every connector as ssl="
        }
        ClientLibrary::Urllib3 => {
            "Create one ssl.SSLContext and pass it to every PoolManager as ssl_context="
        }
        _ => "Create one TLS context and use it for all connections",
    };
    with_setting(finding, instruction, SHARED_CONTEXT)
}

const PAGE: &str = r#"# tls_preparation

The client prepares TLS again and again: for each connection it loads certificates and creates a context,
before it opens the connection or before the first byte of the handshake.

## What it means

Parsing the usual CA bundle takes about 16 ms of CPU time with OpenSSL 3. A client that does this for
each connection pays it as often as it opens connections. Several threads that do it at once are
slower than one after another, because they contend for locks inside OpenSSL.

## How it is measured

The charge is the part of `tls` on the critical path between the open connection and the first handshake
byte. Where OpenSSL is a shared library (Python), the [socket witness](../socket-witness.md) also sees when
the client has it read certificates before a connection. That time is charged too, if the client does so
several times in a batch. The charge must be at least 1 ms for each connection opened on the path. With
`--why`, the gain is measured: it is what `context=shared` saves, and the finding is *confirmed*.

"Connections contend" in the evidence means that more threads make it worse. The CPU time for each
connection is then at least 1.25 times that of the same library with half as many connections or
fewer.

With `--why`, the finding names the lines of Python and JavaScript code on which this time passes.

## What looks like it

- `handshake_cost` comes after the first handshake byte.
- `cold_start`: one context for the whole batch, created before there is a connection.
- `client_cpu`: work for each request that has nothing to do with certificates.
- The GIL is the usual guess. Look at the CPU use: above 100% of one core, it is not the GIL.

## What to change

Keep one session for all requests and batches: it prepares TLS once, and opens fewer connections. Where there
must be several sessions, create one `ssl.SSLContext` and pass it to each.

```python
CONTEXT = ssl.create_default_context(cafile=certifi.where())

class SharedContext(requests.adapters.HTTPAdapter):
    def init_poolmanager(self, *args, **options):
        super().init_poolmanager(*args, ssl_context=CONTEXT, **options)

    def cert_verify(self, connection, url, verify, cert):
        # The original makes each connection load the certificates again.
        connection.cert_reqs = "CERT_REQUIRED"

session = requests.Session()
session.mount("https://", SharedContext())
```

What is promised and tried leaves one context for each batch. One for the whole program, as here, saves that
too.

With httpx, write `httpx.Client(verify=CONTEXT)`. With aiohttp, write
`aiohttp.TCPConnector(ssl=CONTEXT)`. With urllib3, write `urllib3.PoolManager(ssl_context=CONTEXT)`.
"#;
