//! Text of `unexplained`.

use super::FindingText;
use super::phrases::more;

pub(super) const TEXT: FindingText = FindingText {
    title: "unexplained difference",
    cause: |_| "no known cause accounts for it".to_owned(),
    sentence: |finding| format!("{} takes {} without a known cause.", finding.label, more(finding)),
    remedy: |_| String::new(),
    page: PAGE,
};

const PAGE: &str = r#"# unexplained

There is a difference between two arms, and the known causes explain too little of it.

## What it means

The program knows where the time is, but not why it is there. A cause outside its list may be the
reason, and it does not guess. It also knows fewer causes with `--no-witness`. This function sleeps
after each response, which is then time in the client without CPU use. With the socket witness, it is
the finding `sleeping`:

```python
for url in urls:
    bodies.append(session.get(url).content)
    time.sleep(0.02)
```

## How it is measured

The size is what remains of the difference besides all causes that were found. It is reported if it is
at least a quarter of the difference. The last line of the evidence says where most of it is.

## What looks like it

- `client_cpu`: the client's time is CPU time.

## What to do

Look at the difference by phase (`batchmark report --section gaps`). Measure with `--why`. If most of
it is in the client, look at what its threads did (`--section threads`), or profile it.
"#;
