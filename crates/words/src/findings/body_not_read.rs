//! Text of `body_not_read`.

use explain::ClientLibrary;

use super::FindingText;

pub(super) const TEXT: FindingText = FindingText {
    title: "response bodies that are not read",
    cause: |_| "response bodies are not read".to_owned(),
    sentence: |finding| {
        format!("{} does not read the response bodies, so its time is invalid.", finding.label)
    },
    remedy: |finding| {
        match finding.client.library {
            ClientLibrary::Aiohttp => "Read each body: await response.read().",
            ClientLibrary::Requests => "Read each body: response.content.",
            ClientLibrary::Httpx => "Read each body: response.read(), or await response.aread().",
            ClientLibrary::Urllib3 => "Read each body: response.data.",
            ClientLibrary::Fetch | ClientLibrary::Node => {
                "Read each body: await response.arrayBuffer()."
            }
            _ => "Read each response to its end, and await the call that reads it.",
        }
        .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# body_not_read

The client does not read the response bodies. It looks fast because it has not fetched anything.

## What it means

Many clients return a response as soon as its head has arrived. The body comes later, when the code
reads it. Code that never reads it measures only the head.

## How it is measured

Either the driver reports it: a coroutine that was never awaited, or a response without its body. Or
the embedded endpoint observes it: at least half of the connections were closed with unread bytes in
them, and the client returned less than 90% of the bytes.

The finding has no size, because the arm has no valid time.

## What looks like it

- A failure in the middle of a body. It is listed under the failures.

## What to change

Read each response to its end, and await the call that reads it.

```python
async with session.get(url) as response:
    return await response.read()          # not: return response
```
"#;
