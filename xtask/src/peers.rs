//! What a request costs the floor and hyper beside other load generators, all against the same nginx:
//! requests per second, CPU time for each request and peak memory, in turn at several numbers of
//! connections, without and with TLS.
//!
//! ```text
//! cargo xtask peers [--rounds N] [--requests N] [--connections N,N…] [--publish]
//! ```
//!
//! In each round every client runs once, in random order. Server and client use one core each. A ratio
//! is the Hodges-Lehmann estimate over the rounds, with its 95% interval. The peak of memory of a tool is
//! never less than that of the small process that starts it, about 10 MB.

mod client;
mod cost;
mod options;
mod tool;

use anyhow::{Context, Result};
use runner::schedule::block_order;
use stats::describe::describe;
use stats::hodges_lehmann::HodgesLehmann;
use stats::quantity::{Confidence, LogRatio, Ratio, Seconds};

use crate::endpoint::{Cores, Nginx};
use crate::performance_page::Table;
use client::{Client, Clients, Load};
use cost::Cost;
use options::Options;

/// The body that nginx serves: a todo.
const BODY: &[u8] = br#"{"userId":1,"id":1,"title":"delectus aut autem","completed":false}"#;
const SEED: u64 = 1;

/// Whether requests go through TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Security {
    Plain,
    Tls,
}

/// Measures and prints a table for each number of connections, without and with TLS. The hidden word
/// `cost` runs one tool and prints what it used.
pub(crate) fn measure() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(2).collect();
    if let [first, command @ ..] = words.as_slice()
        && first == cost::STEP
    {
        return cost::run_and_print(command);
    }
    let options = Options::read(words.into_iter())?;
    let cores = Cores::available()?;
    cores.move_to_server()?;
    let nginx = Nginx::start(BODY)?
        .context("nginx is not installed; install it with `apt-get install nginx-light`")?;
    cores.move_to_client()?;
    let mut page = Table::new("peers");
    page.line(&tool::versions());
    for (security, port) in [(Security::Plain, nginx.plain), (Security::Tls, nginx.tls)] {
        for &connections in &options.connections {
            let load = client::Load { security, port, connections, requests: options.requests };
            measure_load(&load, options.rounds, &mut page)?;
        }
    }
    page.finish(options.publication)
}

fn measure_load(load: &Load, rounds: u32, page: &mut Table) -> Result<()> {
    let mut clients = Clients::start(load)?;
    let mut costs: Vec<Vec<Cost>> = vec![Vec::new(); clients.all.len()];
    for round in 0..rounds {
        for place in block_order(SEED, round, clients.all.len()) {
            let cost = clients.all[place.0].run(load);
            costs[place.0]
                .push(cost.with_context(|| format!("{} failed", clients.all[place.0].name()))?);
        }
    }
    let security = if load.security == Security::Tls { "TLS" } else { "plain" };
    let (connections, requests) = (load.connections, load.requests);
    page.line(&format!(
        "\n{security}, {connections} connections, {requests} requests, {rounds} rounds; medians"
    ));
    page.line(&format!(
        "  {:<12} {:>10} {:>7} {:>6} {:>6} {:>6}  {:<24}{:<24}",
        "", "requests/s", "CPU µs", "user", "system", "MB", "CPU / floor", "rate / floor"
    ));
    for (client, rounds) in clients.all.iter().zip(&costs) {
        page.line(&row(client, rounds, &costs[0])?);
    }
    Ok(())
}

fn row(client: &Client, costs: &[Cost], floor: &[Cost]) -> Result<String> {
    let median = |value: fn(&Cost) -> f64| -> Result<f64> {
        let values: Vec<f64> = costs.iter().map(value).collect();
        describe(&values).median.context("there are no rounds")
    };
    let against_floor = |value: fn(&Cost) -> f64| -> Result<String> {
        let log_ratios: Option<Vec<LogRatio>> = costs
            .iter()
            .zip(floor)
            .map(|(cost, floor)| Some(Seconds::new(value(cost))?.over(Seconds::new(value(floor))?)))
            .collect();
        ratio(&log_ratios.context("a client used no measurable CPU time: raise --requests")?)
    };
    Ok(format!(
        "  {:<12} {:>10.0} {:>7.2} {:>6.2} {:>6.2} {:>6.1}  {:<24}{:<24}",
        client.name(),
        median(Cost::rate)?,
        median(Cost::cpu_micros)?,
        median(Cost::user_micros)?,
        median(Cost::system_micros)?,
        median(Cost::megabytes)?,
        against_floor(Cost::cpu_micros)?,
        against_floor(Cost::rate)?,
    ))
}

/// `1.43 [1.40, 1.46]`; without an interval where there are too few rounds for one.
fn ratio(log_ratios: &[LogRatio]) -> Result<String> {
    let found =
        HodgesLehmann::new(log_ratios, Confidence::NINETY_FIVE).context("there are no rounds")?;
    let value = |ratio: Ratio| ratio.value();
    let interval = found.interval.map_or_else(String::new, |interval| {
        format!(" [{:.2}, {:.2}]", value(interval.low.ratio()), value(interval.high.ratio()))
    });
    Ok(format!("{:.2}{interval}", value(found.estimate.ratio())))
}
