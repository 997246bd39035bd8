//! How exact the emulated link is.

use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use host::{clock, timer};
use runner::process_groups::ProcessGroups;

use super::client::{Client, Security};
use crate::harness::start_endpoint;

const ROUND_TRIP: Duration = Duration::from_millis(11);
const ROUNDS: u64 = 8;
const ROUND: Duration = Duration::from_millis(1500);

/// The time between two request starts on a connection is between this and twice this.
const SHORTEST_PERIOD: Duration = Duration::from_nanos(14_666_667);

/// The goals in seconds.
const GOAL_MEDIAN: f64 = 0.1e-3;
const GOAL_P99: f64 = 0.5e-3;

/// Measures with and without TLS, with one connection and with many.
pub(crate) fn measure() -> Result<()> {
    println!("link: rtt=11ms; latency - 11 ms - median latency with the link off, in µs");
    println!(
        "{:>4} {:>11} {:>8} {:>8} {:>8} {:>10} {:>12} {:>12} {:>12}  goal",
        "tls",
        "connections",
        "requests",
        "median",
        "p99",
        "off median",
        "off p99-med",
        "holds median",
        "holds p99"
    );
    for (tls, connections) in [("off", 1), ("off", 64), ("on", 1), ("on", 64)] {
        measure_case(tls, connections)?;
    }
    Ok(())
}

fn measure_case(tls: &str, connections: u64) -> Result<()> {
    let mut endpoint = start_endpoint(&ProcessGroups::default())?;
    let security = match tls {
        "on" => Security::trusting(endpoint.ca_certificate())?,
        _ => Security::Plain,
    };
    let mut open = |link: String| -> Result<Vec<Client>> {
        let port = endpoint.listen(&link.parse()?)?;
        (0..connections).map(|_| Client::connect(port, &security)).collect()
    };
    let mut delayed = open(format!("rtt=11ms,tls={tls}"))?;
    let mut direct = open(format!("rtt=0,tls={tls}"))?;

    let (mut excess, mut noise, mut off_medians, mut holds) = (vec![], vec![], vec![], vec![]);
    for round in 0..ROUNDS {
        let off = run_round(&mut direct, round)?;
        let from = clock::monotonic();
        let on = run_round(&mut delayed, round)?;
        let off_median = quantile(off.clone(), 0.5);
        off_medians.push(off_median);
        noise.extend(off.iter().map(|latency| latency - off_median));
        excess.extend(on.iter().map(|latency| latency - ROUND_TRIP.as_secs_f64() - off_median));
        let witness = endpoint.collect(from.into(), clock::monotonic().into())?;
        holds.extend(witness.requests.iter().filter_map(|row| {
            Some((row.hold_in + row.hold_out?).as_secs() - ROUND_TRIP.as_secs_f64())
        }));
    }
    let (median, p99) = (quantile(excess.clone(), 0.5), quantile(excess.clone(), 0.99));
    let noise = quantile(noise, 0.99);
    let verdict = match () {
        () if median.abs() <= GOAL_MEDIAN && p99 <= GOAL_P99 => "reached",
        () if noise > GOAL_P99 => "missed, also with the link off: the machine is busy",
        () => "missed",
    };
    let micros = |seconds: f64| format!("{:.0}", seconds * 1e6);
    println!(
        "{:>4} {:>11} {:>8} {:>8} {:>8} {:>10} {:>12} {:>12} {:>12}  {}",
        tls,
        connections,
        excess.len(),
        micros(median),
        micros(p99),
        micros(quantile(off_medians, 0.5)),
        micros(noise),
        micros(quantile(holds.clone(), 0.5)),
        micros(quantile(holds, 0.99)),
        verdict
    );
    Ok(())
}

/// Runs all connections at the same time for one round, and returns the latencies in seconds.
fn run_round(clients: &mut [Client], round: u64) -> Result<Vec<f64>> {
    let end = clock::monotonic() + ROUND;
    thread::scope(|scope| {
        let threads: Vec<_> = clients
            .iter_mut()
            .zip(1u64..)
            .map(|(client, number)| scope.spawn(move || pace(client, number * 1000 + round, end)))
            .collect();
        let mut latencies = Vec::new();
        for thread in threads {
            latencies.extend(thread.join().ok().context("a client panicked")??);
        }
        Ok(latencies)
    })
}

/// Makes the requests of one connection until `end`.
fn pace(client: &mut Client, mut seed: u64, end: Duration) -> Result<Vec<f64>> {
    timer::sharpen_this_thread();
    let mut latencies = Vec::new();
    let mut next = clock::monotonic() + random_up_to(SHORTEST_PERIOD, &mut seed);
    while next < end {
        thread::sleep(next.saturating_sub(clock::monotonic()));
        let start = clock::monotonic();
        client.send_request()?;
        client.read_answer()?;
        latencies.push((clock::monotonic() - start).as_secs_f64());
        next = start + SHORTEST_PERIOD + random_up_to(SHORTEST_PERIOD, &mut seed);
    }
    Ok(latencies)
}

/// A time below `most`, from a linear congruential generator, which is enough to keep the
/// connections out of step.
fn random_up_to(most: Duration, seed: &mut u64) -> Duration {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    let fraction = f64::from(u32::try_from(*seed >> 32).unwrap_or(0)) / 2f64.powi(32);
    most.mul_f64(fraction)
}

/// The smallest value that `part` of the values do not exceed; 0 without values.
fn quantile(mut values: Vec<f64>, part: f64) -> f64 {
    values.sort_unstable_by(f64::total_cmp);
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        clippy::cast_precision_loss,
        reason = "an index among some hundred thousand values"
    )]
    let place = (part * values.len() as f64).ceil() as usize;
    values.get(place.saturating_sub(1)).copied().unwrap_or(0.0)
}
