//! How exact the endpoint's emulated link is, and how many requests the endpoint can serve. The
//! endpoint runs in its own process, as in a measurement.
//!
//! **The link.** A request on a kept-alive connection should take the round trip of the link plus
//! the time that it takes without a link. The task measures both in alternating rounds, with the
//! same connections and the same load: each connection starts requests at random times, 22 ms apart
//! on average, whether an answer takes 11 ms or none. (Equal pauses *after* the answers would double
//! the load without a link.) The task prints latency - 11 ms - the median latency without a link
//! in the same round. Beside it are the spread without a link, which no link can beat, and the
//! endpoint's own record of its holds. Other work on the machine shows in the 99th percentiles first;
//! with the necessary rights, `chrt -f 10 cargo xtask endpoint` reduces it.
//!
//! **Throughput.** A closed loop without a link, beside nginx with one worker that serves a file of
//! the same size. Server and load generator use one core each. The task prints the server's CPU too:
//! if a server is not always busy, the generator is the bottleneck, and only the requests per CPU
//! second compare the servers.

mod client;
mod cores;
mod cpu_time;
mod link;
mod nginx;
mod throughput;

use anyhow::Result;

pub(crate) use cores::Cores;
pub(crate) use nginx::Nginx;

/// Measures both, and prints them.
pub(crate) fn measure() -> Result<()> {
    link::measure()?;
    println!();
    throughput::measure()
}
