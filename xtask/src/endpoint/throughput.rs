//! The throughput of the endpoint beside nginx.

use std::time::Duration;

use anyhow::Result;
use host::clock;
use runner::endpoint::Endpoint;
use runner::process_groups::ProcessGroups;

use super::client::{Client, Security};
use super::cores::Cores;
use super::cpu_time::cpu_time;
use super::nginx::Nginx;
use crate::harness::start_endpoint;

const CONNECTIONS: usize = 32;
const ROUNDS: usize = 5;
const ROUND: Duration = Duration::from_millis(1500);

/// The goal, as a fraction of nginx's requests per second.
const GOAL: f64 = 0.8;

/// The result of one round.
struct Round {
    requests_per_second: f64,
    /// The fraction of the time in which the server was busy.
    busy: f64,
}

impl Round {
    fn requests_per_cpu_second(&self) -> f64 {
        self.requests_per_second / self.busy
    }
}

/// Measures with and without TLS.
pub(crate) fn measure() -> Result<()> {
    let cores = Cores::available()?;
    cores.move_to_server()?;
    let mut endpoint = start_endpoint(&ProcessGroups::default())?;
    let port = endpoint.listen(&"rtt=0,tls=off".parse()?)?;
    let body = Client::connect(port, &Security::Plain)?.body().to_owned();
    let Some(nginx) = Nginx::start(&body)? else {
        cores.allow_all()?;
        println!(
            "throughput: nginx is not installed; install it with `apt-get install nginx-light`"
        );
        return Ok(());
    };
    cores.move_to_client()?;
    println!(
        "throughput: link off, {CONNECTIONS} kept-alive connections, {} bytes of body, medians",
        body.len()
    );
    println!(
        "{:>4} {:>9} {:>6} {:>9} {:>9} {:>6} {:>9} {:>6} {:>8}  goal",
        "tls", "endpoint", "busy", "per CPU s", "nginx", "busy", "per CPU s", "ratio", "CPU ratio"
    );
    compare(
        "off",
        (port, &Security::Plain),
        (nginx.plain, &Security::Plain),
        &mut endpoint,
        &nginx,
    )?;
    let port = endpoint.listen(&"rtt=0,tls=on".parse()?)?;
    let ours = Security::trusting(endpoint.ca_certificate())?;
    let theirs = Security::trusting(&nginx.certificate())?;
    compare("on", (port, &ours), (nginx.tls, &theirs), &mut endpoint, &nginx)?;
    cores.allow_all()
}

fn compare(
    tls: &str,
    ours: (u16, &Security),
    theirs: (u16, &Security),
    endpoint: &mut Endpoint,
    nginx: &Nginx,
) -> Result<()> {
    let connect = |(port, security): (u16, &Security)| -> Result<Vec<Client>> {
        (0..CONNECTIONS).map(|_| Client::connect(port, security)).collect()
    };
    let (mut ours, mut theirs) = (connect(ours)?, connect(theirs)?);
    let worker = nginx.worker()?;
    let (mut endpoints, mut nginxes) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        endpoints.push(run_round(&mut ours, endpoint.process_id())?);
        // Drops the endpoint's rows, as a run does after each trial.
        let now = clock::monotonic().into();
        endpoint.collect(now, now)?;
        nginxes.push(run_round(&mut theirs, worker)?);
    }
    let rate = |rounds: &[Round]| median(rounds, |round| round.requests_per_second);
    let busy = |rounds: &[Round]| median(rounds, |round| round.busy);
    let per_cpu = |rounds: &[Round]| median(rounds, Round::requests_per_cpu_second);
    let ratio = rate(&endpoints) / rate(&nginxes);
    println!(
        "{tls:>4} {:>9.0} {:>6.2} {:>9.0} {:>9.0} {:>6.2} {:>9.0} {ratio:>6.2} {:>9.2}  {}",
        rate(&endpoints),
        busy(&endpoints),
        per_cpu(&endpoints),
        rate(&nginxes),
        busy(&nginxes),
        per_cpu(&nginxes),
        per_cpu(&endpoints) / per_cpu(&nginxes),
        if ratio >= GOAL { "reached" } else { "missed" }
    );
    Ok(())
}

/// Runs a closed loop: every connection has one request in flight. One thread sends a request on all
/// connections and then reads all answers, which costs two system calls per request and no wake-up.
fn run_round(clients: &mut [Client], server: u32) -> Result<Round> {
    let (start, cpu) = (clock::monotonic(), cpu_time(server)?);
    let mut requests = 0u32;
    while clock::monotonic() < start + ROUND {
        for client in &mut *clients {
            client.send_request()?;
        }
        for client in &mut *clients {
            client.read_answer()?;
            requests += 1;
        }
    }
    let seconds = (clock::monotonic() - start).as_secs_f64();
    Ok(Round {
        requests_per_second: f64::from(requests) / seconds,
        busy: (cpu_time(server)? - cpu).as_secs_f64() / seconds,
    })
}

fn median(rounds: &[Round], value: impl Fn(&Round) -> f64) -> f64 {
    let mut values: Vec<f64> = rounds.iter().map(value).collect();
    values.sort_unstable_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
