//! Text of `packet_loss`.

use explain::{Finding, FindingFigure};

use super::FindingText;
use super::phrases::{counted_mean, figure, more};

pub(super) const TEXT: FindingText = FindingText {
    title: "packets lost on the network",
    cause: |finding| format!("{} lost in each batch", lost(finding)),
    sentence: |finding| {
        let (label, lost) = (&finding.label, lost(finding));
        match finding.size {
            Some(_) => {
                format!("The network loses {lost} in each batch of {label}: {}.", more(finding))
            }
            None => format!("The network loses {lost} in each batch of {label}."),
        }
    },
    remedy: |_| {
        "Find where packets get lost (mtr, Wi-Fi, VPN, a full uplink). A nearer server recovers from a loss sooner."
            .to_owned()
    },
    page: PAGE,
};

/// How many packets got lost: `3.5 packets`.
fn lost(finding: &Finding) -> String {
    let datagrams = figure(finding, FindingFigure::DatagramsLost);
    counted_mean(datagrams.or_else(|| figure(finding, FindingFigure::Retransmissions)), "packet")
}

const PAGE: &str = r#"# packet_loss

Requests wait for packets that the network lost, until they are sent again.

## What it means

A sender notices a loss a round trip later, when later packets are acknowledged, and then sends the packet
again. The last packet of a request or a response has none after it: then only a timer shows the loss,
after more than a round trip. At the beginning of a connection it waits for a second. After each loss the
sender also slows down.

Over HTTP/1.1 and HTTP/2 a loss holds back all that follows on its connection. Over HTTP/3 it holds back
only its own stream.

## How it is measured

The embedded endpoint counts each datagram that its link loses (`loss=2%`), and knows which responses were
in it.
Four waits are charged, where they lie on the critical path:

- of a response: from when all of it had been sent once until nothing was missing.
- of a request: from the loss until it had arrived.
- of a handshake: from the loss until its next flight.
- of a response after a loss: what it takes beyond an undisturbed slow start, because the sender has
  slowed down. Slow start sends ten datagrams at once and twice as many in each further round trip.

A datagram that finds the queue of a `bandwidth` full is not counted. If an arm of the same version of HTTP
without losses is faster and no link has a bandwidth, all of the longer transfer of bodies is charged.

On your own server, the client's kernel counts the segments of TCP that it sent again. Where it did, the
wait of a request that waited far longer than the others is charged. Responses that get lost are sent again
by the server, which the client's kernel does not count.

The finding is never given where no loss was counted. Batches over HTTP/3 are not replayed, so nothing is
promised for a network without losses: the size is what is charged.

## What looks like it

- `straggler`: single requests are slow, and nothing was sent again.
- `bandwidth`: bodies take long, and nothing gets lost.

## What to change

Find where packets get lost: Wi-Fi, a VPN, a full uplink, one hop of the path.

```sh
mtr --report --report-cycles 100 api.example
```
"#;
