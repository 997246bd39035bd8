//! How exactly a sleep, a timer, a lock and a computation of known length show in what the threads of a
//! Python client did. The goal: within 5%, by the states of its threads and by the account. `thread-states
//! PROGRAM` asks another Python than that of the tests, such as one without a global interpreter lock.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, anyhow, ensure};
use evidence::Evidence;
use evidence::account::{Account, Charge};
use evidence::thread_states::{ThreadState, ThreadStates};
use evidence::{ArmEvidence, Examined};
use model::arm::ArmName;
use model::recording::Recording;
use model::time::Span;

use crate::program;

const CODE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/thread_states/known.py");
/// The injected length, in seconds; `known.py` has the same.
const INJECTED: f64 = 0.2;
/// The largest accepted deviation, as a share of it.
const GOAL: f64 = 0.05;
/// How many requests a batch has. The two hold the injected time between them.
const REQUESTS: usize = 2;

/// A batch of `known.py` beside the one that does nothing.
struct Injection {
    name: &'static str,
    state: ThreadState,
    charge: Charge,
}

const INJECTIONS: [Injection; 4] = [
    Injection { name: "slept", state: ThreadState::Sleep, charge: Charge::Sleep },
    Injection { name: "timed", state: ThreadState::Timer, charge: Charge::Sleep },
    Injection { name: "locked", state: ThreadState::Lock, charge: Charge::Lock },
    Injection { name: "burned", state: ThreadState::Running, charge: Charge::Client },
];

/// Measures every injection and prints how far what was found is from it.
pub(crate) fn measure() -> Result<()> {
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("known.jsonl");
    record(&file)?;
    let recording = Recording::read(std::io::BufReader::new(std::fs::File::open(&file)?))?;
    let evidence = Evidence::of_recording(&recording).context("the recording has no plan")?;
    let plain = arm(&evidence, "plain")?;
    check_that_states_tile(&evidence)?;
    println!("{:.0} ms injected; medians of what was found, in ms", 1e3 * INJECTED);
    println!("  batch   state             threads       off  charge  account       off");
    for injection in INJECTIONS {
        println!("  {}", row(&injection, arm(&evidence, injection.name)?, plain)?);
    }
    Ok(())
}

/// Runs the batches and records them.
fn record(file: &Path) -> Result<()> {
    let python = python()?;
    let mut command = program::command()?;
    let names = INJECTIONS.map(|injection| format!("own/{}", injection.name));
    command.args(["run", "--quiet", "--no-controls", "-n", "10", "--own", CODE]);
    command.args(["--link", "rtt=5ms,tls=off", "-b", &REQUESTS.to_string()]);
    command.arg("-s").arg(format!("own/plain,{}", names.join(",")));
    command.arg("--python").arg(python).arg("--save").arg(file);
    let output = command.output().context("cannot start the program")?;
    let text = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "the program ended with {}:\n{text}", output.status);
    Ok(())
}

/// The Python that is named behind the task, or else that of the tests.
fn python() -> Result<PathBuf> {
    if let Some(program) = std::env::args_os().nth(2) {
        return Ok(program.into());
    }
    let tests = program::build_folder()?.join("tmp");
    provision::python(&tests).map_err(|reason| anyhow!("no Python: {reason}"))
}

fn arm<'e, 'a>(evidence: &'e Evidence<'a>, name: &str) -> Result<&'e ArmEvidence<'a>> {
    let full = ArmName(format!("own/{name}@{REQUESTS}"));
    evidence.arm(&full).with_context(|| format!("{full} was not measured"))
}

/// The states of each thread must sum to its life, to the nanosecond.
fn check_that_states_tile(evidence: &Evidence<'_>) -> Result<()> {
    let mut threads = 0;
    for success in evidence.arms.iter().flat_map(|arm| &arm.successes) {
        for (_, history) in success.threads.histories() {
            let (began, ended) = (history.thread().began, history.thread().ended);
            let sum: Span = history.times(began, ended).values().copied().sum();
            ensure!(
                sum == ended.saturating_sub(began),
                "the states of a thread do not tile its life"
            );
            threads += 1;
        }
    }
    ensure!(
        threads > 0,
        "no thread was observed: the socket witness is off or cannot see this Python"
    );
    println!("the states of {threads} threads sum to their lives");
    Ok(())
}

fn row(injection: &Injection, arm: &ArmEvidence<'_>, plain: &ArmEvidence<'_>) -> Result<String> {
    let Injection { name, state, charge } = injection;
    let by_threads = |success: &Examined<'_>| Some(in_state(&success.threads, *state));
    let by_account = |success: &Examined<'_>| Some(charged(&success.account?, *charge)?.as_secs());
    let states = median(arm, by_threads)? - median(plain, by_threads)?;
    let charged = median(arm, by_account)? - median(plain, by_account)?;
    Ok(format!("{name:<6}  {state:<16} {}  {charge:<6} {}", found(states), found(charged)))
}

/// What is charged to a cause; of the client's own time, the part on a core. On a busy machine the rest
/// is not what was injected.
fn charged(account: &Account, charge: Charge) -> Option<Span> {
    match charge {
        Charge::Client => Some(account.computing()?.ran),
        _ => Some(account.charged_to(charge)),
    }
}

/// How long the threads of a trial were in a state. The thread that holds the lock is not counted: it
/// sends nothing.
fn in_state(threads: &ThreadStates<'_>, state: ThreadState) -> f64 {
    let senders =
        threads.histories().filter(|(place, _)| !threads.rows().of_thread(*place).is_empty());
    let time = |(_, history): (_, &evidence::thread_states::ThreadHistory<'_>)| {
        history.times(history.thread().began, history.thread().ended)[state]
    };
    senders.map(time).sum::<Span>().as_secs()
}

fn median(arm: &ArmEvidence<'_>, value: impl Fn(&Examined<'_>) -> Option<f64>) -> Result<f64> {
    let mut values: Vec<f64> = arm.successes.iter().filter_map(value).collect();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().with_context(|| format!("{} has no times", arm.arm.name))
}

/// `201.3 ms  +0.7%  within 5%`.
fn found(seconds: f64) -> String {
    let off = seconds / INJECTED - 1.0;
    let verdict = if off.abs() <= GOAL { "within" } else { "BEYOND" };
    format!("{:>7.1}  {:>+6.1}%  {verdict}", 1e3 * seconds, 100.0 * off)
}
