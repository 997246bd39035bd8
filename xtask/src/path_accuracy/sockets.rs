//! How far the milestones of the socket witness are from the endpoint's own.
//!
//! ```text
//! cargo xtask path-accuracy --witness socket
//! ```
//!
//! Each client fetches batches of 4, cold, with and without TLS. The link's jitter keeps
//! answers apart, so that none lies ready while the client takes another one. For each milestone the task prints the
//! median of the socket witness's time minus the endpoint's. Both have as many of each in a trial, and
//! are compared in their order. The goal: within 0.1 ms. `closed` has none: the kernel stamps no close that
//! brings no bytes, so the endpoint sees it when its thread has woken up, and the socket witness is the more
//! exact one. The counts of connections, handshakes, resumed
//! sessions and requests must be equal in every trial.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, anyhow, ensure};
use model::arm::Role;
use model::recording::Recording;
use model::socket::SocketWitness;
use model::time::Span;
use model::trial::Trial;
use model::witness::Witness;

use crate::program;

const CODE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/path_accuracy/own.py");
const CURL: &str = "curl=curl -fsS --parallel --cacert {cacert} {urls}";
const PLAIN_CURL: &str = "curl=curl -fsS --parallel {urls}";
const STRATEGIES: &str = "ureq/threads,hyper/async,reqwest/async,reqwest/blocking,requests/threads,urllib3/threads,\
                          httpx/threads,aiohttp/async,httpx2/async,niquests/threads,niquests/async,pycurl/multi,curl_cffi/async,\
                          urllib/sequential,fetch/concurrent,http/agent,undici/request,axios/concurrent,\
                          got/concurrent,own/get_all,command/curl";
/// Those of Java, if there is a JDK. Go's system calls are not seen.
const JAVA_STRATEGIES: &str = "java/async,java/threads";
const BLOCKS: &str = "20";
/// The largest accepted median, in milliseconds.
const GOAL: f64 = 0.1;
/// The milestones that both see.
const MILESTONES: [&str; 6] = ["securing", "secured", "sent", "first byte", "last byte", CLOSED];
/// The one of which the endpoint's time is not exact.
const CLOSED: &str = "closed";

/// Measures every client, prints its errors, and counts those beyond the goal.
pub(crate) fn measure() -> Result<()> {
    let folder = tempfile::tempdir()?;
    println!(
        "medians of the socket witness's times minus the endpoint's, in ms; the goal is {GOAL} ms"
    );
    let heads = MILESTONES.map(|name| format!("{name:>11}")).concat();
    println!("{:<28} {:>8} {heads}", "client", "counts");
    let (mut within, mut checked) = (0, 0);
    for tls in ["on", "off"] {
        let recording = record(tls, &folder.path().join(format!("{tls}.jsonl")))?;
        let plan = recording.plan.as_ref().context("the recording has no plan")?;
        for arm in plan.arms.iter().filter(|arm| arm.role == Role::Measured) {
            let of_arm = |trial: &&Trial| trial.arm == arm.name && trial.place().is_some();
            let trials: Vec<&Trial> = recording.trials.iter().filter(of_arm).collect();
            let errors = Errors::of(&trials)?;
            println!("{:<28} {errors}", format!("{} tls {tls}", arm.strategy));
            checked += errors.medians().count();
            within += errors.medians().filter(|error| error.abs() <= GOAL).count();
        }
    }
    println!("{within} of {checked} medians are within {GOAL} ms");
    Ok(())
}

fn record(tls: &str, file: &Path) -> Result<Recording> {
    let command = &mut program::command()?;
    let link = format!("rtt=11ms,jitter=8ms,tls={tls}");
    let curl = if tls == "on" { CURL } else { PLAIN_CURL };
    let tests = program::build_folder()?.join("tmp");
    let python = provision::python(&tests).map_err(|reason| anyhow!("no Python: {reason}"))?;
    let packages =
        provision::node_packages(&tests).map_err(|reason| anyhow!("no Node packages: {reason}"))?;
    command.env("NODE_PATH", packages);
    command.args(["run", "--quiet", "--no-controls", "-n", BLOCKS, "-b", "4", "-s", STRATEGIES]);
    if provision::java().is_ok() {
        command.args(["-s", JAVA_STRATEGIES]);
    }
    command.args(["--own", CODE, "--command", curl, "--link", &link]);
    command.arg("--python").arg(python).arg("--save").arg(file);
    run(command)?;
    Ok(Recording::read(std::io::BufReader::new(std::fs::File::open(file)?))?)
}

fn run(command: &mut Command) -> Result<()> {
    let output = command.output().context("cannot start the program")?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the program ended with {}:\n{text}", output.status);
    Ok(())
}

/// What both witnesses of some trials say.
struct Errors {
    trials: usize,
    /// The trials in which all counts are equal.
    equal: usize,
    /// For each milestone, the differences in milliseconds.
    errors: [Vec<f64>; MILESTONES.len()],
}

impl Errors {
    fn of(trials: &[&Trial]) -> Result<Self> {
        let mut all = Self { trials: trials.len(), equal: 0, errors: Default::default() };
        for trial in trials {
            let seen = trial.socket.as_deref().context("the socket witness is off")?;
            let endpoint = trial.witness.as_ref().context("the endpoint saw nothing")?;
            all.equal += usize::from(counts_of_sockets(seen) == counts_of_endpoint(endpoint));
            let times = times_of_sockets(seen).into_iter().zip(times_of_endpoint(endpoint));
            for (errors, (seen, endpoint)) in all.errors.iter_mut().zip(times) {
                errors.extend(differences(seen, endpoint));
            }
        }
        Ok(all)
    }

    /// The medians of the milestones that were compared and have a goal.
    fn medians(&self) -> impl Iterator<Item = f64> {
        let has_goal = |(_, name): &(&Vec<f64>, &str)| *name != CLOSED;
        let named = self.errors.iter().zip(MILESTONES).filter(has_goal);
        named.filter_map(|(errors, _)| median(errors))
    }
}

impl std::fmt::Display for Errors {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let shown = |errors: &Vec<f64>| {
            median(errors).map_or_else(|| format!("{:>11}", "-"), |error| format!("{error:>11.3}"))
        };
        let medians: String = self.errors.iter().map(shown).collect();
        let counts = format!("{}/{}", self.equal, self.trials);
        write!(formatter, "{counts:>8} {medians}")
    }
}

/// Connections, handshakes, resumed sessions and requests of a trial.
#[derive(PartialEq, Eq)]
struct Counts {
    connections: usize,
    handshakes: usize,
    resumed: usize,
    requests: usize,
}

fn counts_of_sockets(seen: &SocketWitness) -> Counts {
    let opened = || seen.connections.iter().filter(|row| row.connecting.is_some());
    Counts {
        connections: opened().count(),
        handshakes: opened().filter(|row| row.tls.is_some()).count(),
        resumed: opened().filter(|row| row.tls.as_ref().is_some_and(|tls| tls.resumed)).count(),
        requests: seen.requests.len(),
    }
}

fn counts_of_endpoint(seen: &Witness) -> Counts {
    let resumed =
        |row: &&model::witness::ConnectionRow| row.tls.as_ref().is_some_and(|tls| tls.resumed);
    Counts {
        connections: seen.connections.len(),
        handshakes: seen.connections.iter().filter(|row| row.tls.is_some()).count(),
        resumed: seen.connections.iter().filter(resumed).count(),
        requests: seen.requests.len(),
    }
}

type Times = [Vec<Span>; MILESTONES.len()];

fn times_of_sockets(seen: &SocketWitness) -> Times {
    let (connections, requests) = (&seen.connections, &seen.requests);
    [
        connections.iter().filter_map(|row| row.securing).collect(),
        connections.iter().filter_map(|row| row.secured).collect(),
        requests.iter().map(|row| row.sent).collect(),
        requests.iter().filter_map(|row| row.first_byte).collect(),
        requests.iter().filter_map(|row| row.last_byte).collect(),
        connections.iter().filter_map(|row| row.closed).collect(),
    ]
}

fn times_of_endpoint(seen: &Witness) -> Times {
    let (connections, requests) = (&seen.connections, &seen.requests);
    let secured = || connections.iter().filter(|row| row.tls.is_some());
    [
        secured().filter_map(|row| row.first_byte_in).collect(),
        secured().filter_map(|row| row.handshake_in).collect(),
        requests.iter().map(|row| row.last_byte_in).collect(),
        requests.iter().filter_map(|row| row.first_byte_out).collect(),
        requests.iter().filter_map(|row| row.last_byte_out).collect(),
        connections.iter().filter_map(|row| row.closed).collect(),
    ]
}

/// The differences of times in their order, in milliseconds; none where their counts differ.
fn differences(mut seen: Vec<Span>, mut endpoint: Vec<Span>) -> Vec<f64> {
    if seen.len() != endpoint.len() {
        return Vec::new();
    }
    seen.sort();
    endpoint.sort();
    seen.iter()
        .zip(&endpoint)
        .map(|(seen, endpoint)| 1e3 * (seen.as_secs() - endpoint.as_secs()))
        .collect()
}

fn median(values: &[f64]) -> Option<f64> {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied()
}
