//! How exact the endpoint's emulated link is, and how much it can serve.
//!
//! The endpoint runs in a process of its own, as it does in a measurement.
//!
//! **The link.** A request on a kept-alive connection should take the link's round trip and what
//! it takes with the link off, no more. Both are measured in the same run, in rounds that take
//! turns, with the same number of connections and the same load: each connection starts a request
//! at random times that lie 22 ms apart on average, whether the answer comes after 11 ms or at
//! once. (With equal pauses *after* the answer, the link that is off would be under twice the
//! load.) What is printed is latency − 11 ms − the median latency with the link off in the same
//! round; beside it stands how far the link-off latencies themselves lie above their median, which
//! no link could be better than, and what the witness says of the holds. Other work on the machine
//! shows in the 99th percentiles first; `chrt -f 10 cargo xtask endpoint` keeps it out, where one
//! may.
//!
//! **Throughput.** Closed loop, the link off, against nginx with one worker that serves a file of
//! the same size; server and load generator on a core each, taking turns. The server's CPU is
//! printed too: where a server is not busy all the time, the generator is the bottleneck, and the
//! requests for each second of CPU are what tells the servers apart.

mod client;
mod cores;
mod link;
mod nginx;
mod process;
mod throughput;

use anyhow::Result;

/// Measures both, and prints them.
pub(crate) fn measure() -> Result<()> {
    link::measure()?;
    println!();
    throughput::measure()
}
