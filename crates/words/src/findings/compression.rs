//! Text of `compression`.

use super::FindingText;
use super::phrases::cost;

pub(super) const TEXT: FindingText = FindingText {
    title: "compression by the server",
    cause: |_| "the server compresses the responses".to_owned(),
    sentence: |finding| {
        format!("{} gets smaller responses, and later: {}.", finding.label, cost(finding))
    },
    remedy: |_| {
        "Store the bodies compressed, lower the server's compression level, or send \
         Accept-Encoding: identity."
            .to_owned()
    },
    page: PAGE,
};

const PAGE: &str = r#"# compression

The client asks for compressed responses, another one does not, and the server takes longer to compress
than it saves.

## What it means

Most libraries ask for `gzip` by default. Some servers compress every response again. At a high
level that takes 50 to 100 ms for a megabyte of JSON. On a fast link the smaller body does not make up
for it.

## How it is measured

The socket witness counts the bytes of each response. The arm's responses are at least 20% smaller than
those of the fastest arm, by 1 kB or more for each request. The charge is how much longer the server's
part of its exchanges takes on the critical path. With `--why` on own Python code, the gain is measured:
it is what `compression=off` saves, and the finding is *confirmed*.

## What looks like it

- `slow_body`: both arms get the same bytes.
- `bandwidth`: the larger bodies take longer.
- Responses that differ because the arms ask for different formats.

## What to change

Let the server store the bodies compressed, or lower its level. In nginx:

```nginx
gzip_static on;
gzip_comp_level 1;
```

On a fast link, ask for no compression:

```python
session.headers["Accept-Encoding"] = "identity"
```
"#;
